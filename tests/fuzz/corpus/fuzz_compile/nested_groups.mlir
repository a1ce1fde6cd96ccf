#loc1 = loc("x")
module @two attributes {module.chip = "bm1688", module.mode = "INT8"} {
  %1 = "tpu.Group"(%0) ({
    %2 = "tpu.Group"(%0) ({
      %3 = "tpu.Relu"(%0) {} : (tensor<1x1xf32>) -> tensor<1x1xf32> loc(#loc1)
    }) {nsecs = 1 : i64, hsecs = 5 : i64} : (tensor<1x1xf32>) -> tensor<1x1xf32> loc(#loc1)
  }) {nsecs = 1 : i64, hsecs = 2 : i64} : (tensor<1x1xf32>) -> tensor<1x1xf32> loc(#loc1)
