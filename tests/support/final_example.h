// What the vendor's compiler leaves of a small network: its final text and its estimate.

#pragma once

#include <string>

namespace tpuscope::test {

/// A cast alone, a group of two ops in three slices, an op of two results alone. The network is
/// small_network().
inline std::string small_final_text() {
  return R"(#loc = loc(unknown)
#loc1 = loc("x")
module @small attributes {module.chip = "bm1684x", module.cores = 1 : i64, module.mode = "F16", module.platform = "ONNX"} {
      %1 = "tpu.Cast"(%arg0) {with_scale = true} : (tensor<1x64x64x4xf32>) -> tensor<1x64x64x4xf16> loc(#loc2)
      %2 = "tpu.Group"(%1) ({
        %10 = "tpu.Load"(%1) {ginfo = #tpu.lg<out_addr = 0, h_idx = [0, 22, 44]>} : (tensor<1x64x64x4xf16>) -> tensor<1x64x64x4xf16> loc(#loc3)
        %11 = "tpu.Active"(%10) {mode = #tpu<active_mode RELU>} : (tensor<1x64x64x4xf16>) -> tensor<1x64x64x4xf16> loc(#loc4)
        %12 = "tpu.Active"(%11) {mode = #tpu<active_mode SIGMOID>} : (tensor<1x64x64x4xf16>) -> tensor<1x64x64x4xf16> loc(#loc5)
        %13 = "tpu.Store"(%12, %0) {ginfo = #tpu.lg<out_addr = 0>} : (tensor<1x64x64x4xf16>, none) -> tensor<1x64x64x4xf16> loc(#loc5)
        "tpu.Yield"(%13) : (tensor<1x64x64x4xf16>) -> () loc(#loc5)
      }) {csecs = 1 : i64, dsecs = 1 : i64, flow = [-1, 1, 0], group_type = 0 : i64, hsecs = 3 : i64, nsecs = 1 : i64, wsecs = 1 : i64} : (tensor<1x64x64x4xf16>) -> tensor<1x64x64x4xf16> loc(#loc5)
      %3:2 = "tpu.Split"(%2) {axis = 1 : si32} : (tensor<1x64x64x4xf16>) -> (tensor<1x32x64x4xf16>, tensor<1x32x64x4xf16>) loc(#loc8)
} loc(#loc)
#loc2 = loc("xa_Relu_f16")
#loc3 = loc("load_x")
#loc4 = loc("a_Relu")
#loc5 = loc("b_Sigmoid")
#loc6 = loc("c_Split_0")
#loc7 = loc("c_Split_1")
#loc8 = loc(fused[#loc6, #loc7])
)";
}

/// Of the same: a load of 4096 bytes, both computations, a store.
inline std::string small_estimate() {
  return "----\ns: start time, b: bd_id, e: end time\nENGINE_BD\tENGINE_GDMA\n"
         "\tLoad_6|GDMA_TENSOR|s:0|b:0|g:1|e:99|t:100|dr:0|sz:4096|bw:54.02\n"
         "Active_7|AR|s:100|b:1|g:1|e:195|t:96            "
         "Active_8|AR|s:196|b:2|g:1|e:299|t:104\n"
         "\tStore_9|GDMA_TENSOR|s:300|b:2|g:2|e:399|t:100|dr:1|sz:4096|bw:40.98\n"
         "API_END total_cycle:5400|b:3|g:3\n";
}

/// The network as text of our own.
inline std::string small_network() {
  return R"(x = Input f32[1,64,64,4]
a = Relu(x)
b = Sigmoid(a)
c = Slice(b) starts=[0,0,0,0] extents=[1,32,64,4]
return c
)";
}

}  // namespace tpuscope::test
