// The examples as a table, and their inputs.

#include "tests/support/op_examples.h"

#include <cmath>

namespace tpuscope::testing {
namespace {

std::vector<OpExample> make_examples() {
  std::vector<OpExample> all;
  for (const char* op : {"Abs",         "Asinh",
                         "Atan",        "Ceil",
                         "Celu",        "Cos",
                         "Cosh",        "Elu",
                         "Erf",         "Exp",
                         "Floor",       "Gelu",
                         "HardSigmoid", "HardSwish",
                         "Hardmax",     "IsInf",
                         "IsNaN",       "LeakyRelu",
                         "LogSoftmax",  "LpNorm",
                         "Mish",        "Neg",
                         "Reciprocal",  "Relu",
                         "Round",       "Selu",
                         "Shrink",      "Sigmoid",
                         "Sign",        "Silu",
                         "Sin",         "Sinh",
                         "Softmax",     "Softplus",
                         "Softsign",    "Tan",
                         "Tanh",        "ThresholdedRelu",
                         "LayerNorm",   "RmsNorm",
                         "Clip"}) {
    all.push_back({"x = Input f32[2,3,4]\ny = " + std::string(op) + "(x)"});
  }
  for (const char* op : {"Log", "Sqrt", "Rsqrt", "Acos", "Asin", "Atanh"})
    all.push_back({"x = Input f32[2,3]\ny = " + std::string(op) + "(x)", 0.1, 0.9});
  all.push_back({"x = Input f32[2,3]\ny = Acosh(x)", 1.1, 3.0});
  for (const char* op : {"Add", "Sub", "Mul", "Div", "Max", "Min", "Equal", "Greater",
                         "GreaterOrEqual", "Less", "LessOrEqual", "PRelu"})
    all.push_back({"a = Input f32[2,3,4]\nb = Input f32[3,1]\ny = " + std::string(op) + "(a, b)"});
  for (const char* op : {"And", "Or", "Xor"})
    all.push_back({"a = Input bool[2,3]\nb = Input bool[3]\ny = " + std::string(op) + "(a, b)"});
  for (const char* mode :
       {"sum", "mean", "max", "min", "prod", "l1", "l2", "log_sum", "log_sum_exp", "sum_square"}) {
    const std::string reduce = "x = Input f32[2,3,4]\ny = Reduce(x) mode=\"" + std::string(mode);
    all.push_back({reduce + "\" axes=[0,2]", 0.1, 2.0});
    all.push_back({reduce + "\" keepdims=false", 0.1, 2.0});
  }
  const std::vector<OpExample> others = {
      {"a = Input f32[2,3]\nb = Input f32[3]\ny = Pow(a, b)", 0.1, 2.0},
      {"a = Input i32[2,3]\nb = Weight i32[3] {2, 3, 5}\ny = Mod(a, b)"},
      {"a = Input u8[2,3]\nb = Input u8[3]\ny = BitShift(a, b) direction=\"LEFT\""},
      {"x = Input f32[1,2,4,5]\ng = Input f32[1,3,2,2]\ny = GridSample(x, g)", -1.2, 1.2},
      {"x = Input f32[1,2,4,5]\ng = Input f32[1,3,2,2]\n"
       "y = GridSample(x, g) mode=\"cubic\" padding=\"reflection\"",
       -1.2, 1.2},
      {"x = Input f32[1,2,4,5]\ng = Input f32[1,3,2,2]\n"
       "y = GridSample(x, g) mode=\"nearest\" padding=\"border\" align_corners=true",
       -1.2, 1.2},
      {"a = Input bool[2,3]\ny = Not(a)"},
      {"a = Input i32[2,3]\nb = Input i32[3]\ny = BitwiseAnd(a, b)"},
      {"a = Input i32[2,3]\nb = Input i32[3]\ny = BitwiseOr(a, b)"},
      {"a = Input i32[2,3]\nb = Input i32[3]\ny = BitwiseXor(a, b)"},
      {"a = Input i32[2,3]\ny = BitwiseNot(a)"},
      {"c = Input bool[3]\na = Input f32[2,3]\nb = Input f32[2,1]\ny = Where(c, a, b)"},
      {"x = Input f32[2,3]\ny = Gelu(x) approximate=\"tanh\""},
      {"a = Input f32[2,3]\nb = Input f32[3]\ny = Add(a, b) relu=true"},
      {"x = Input f32[2,4]\nw = Input f32[4,3]\ny = MatMul(x, w) relu=true relu_limit=0.5"},
      {"x = Input f32[2,4]\nw = Input f32[4,3]\nb = Input f32[3]\n"
       "y = MatMul(x, w, b) relu=true"},
      {"x = Input f32[2,2,4,3]\nw = Input f32[2,3,4,2]\n"
       "y = MatMul(x, w) hdim_is_batch=true relu=true"},
      {"x = Input f32[1,4,5,5]\nw = Input f32[6,4,3,3]\ny = Conv(x, w) relu=true relu_limit=1.5"},
      {"x = Input f32[1,4,3,3]\nw = Input f32[4,2,2,2]\n"
       "y = ConvTranspose(x, w) strides=[2,2] relu=true"},
      {"x = Input f32[2,3]\ny = Clip(x) min=-0.5"},
      {"x = Input f32[2,3]\ny = Clip(x) min=0.0 max=0.75"},
      {"x = Input f32[2,3]\ny = Cast(x) to=\"i32\""},
      {"x = Input f32[2,3]\ns = Weight f32[3] {0.25, 0.5, 0.125}\nz = Weight u8[3] {1, 128, 3}\n"
       "y = Quantize(x, s, z) to=\"u8\""},
      {"x = Input f32[2,3]\ns = Weight f32[] {0.0078125}\ny = Quantize(x, s) to=\"i32\""},
      {"x = Input u8[2,3]\ns = Weight f32[2,1] {0.25, 0.5}\nz = Weight u8[2,1] {1, 2}\n"
       "y = Dequantize(x, s, z)"},
      {"x = Input i32[2,3]\ny = Cast(x) to=\"f32\""},
      {"x = Input f32[2,3,4]\ny = Arg(x) mode=\"max\" axis=1"},
      {"x = Input f32[2,3,4]\ny = Arg(x) mode=\"min\" axis=2 keepdims=false"},
      {"x = Input f32[2,3,4]\ny = CumSum(x) axis=1 reverse=true exclusive=true"},
      {"x = Input f32[2,3,4]\nv, i = TopK(x) k=2 axis=1 largest=false\nreturn v, i"},
      {"x = Input f32[2,3,4]\ny = Trilu(x) upper=0 k=1"},
      {"x = Input f32[2,3,4]\ny = Permute(x) order=[2,0,1]"},
      {"x = Input f32[2,3,4]\ny = Reshape(x) shape=[6,4]"},
      {"x = Input f32[2,3,4]\nn = Slice(x) starts=[0,0,0] extents=[2,0,4]\n"
       "y = Reshape(n) shape=[0,8]"},
      {"x = Input f32[2,1,4,1]\ny = Squeeze(x) axes=[1,3]"},
      {"x = Input f32[2,4]\ny = Unsqueeze(x) axes=[0,2]"},
      {"x = Input f32[2,1,4]\ny = Expand(x) shape=[2,3,4]"},
      {"x = Input f32[2,3]\ny = Tile(x) repeats=[2,3]"},
      {"x = Input f32[4,6]\ny = Slice(x) starts=[1,0] extents=[2,3] steps=[1,2]"},
      {"x = Input f32[4,6]\ny = Slice(x) starts=[3,5] extents=[4,2] steps=[-1,-3]"},
      {"a = Input f32[2,3]\nb = Input f32[2,1]\ny = Concat(a, b) axis=1"},
      {"x = Input f32[3,4,2]\ny = SwapDimInner(x) offset=[1,3,0]"},
      {"x = Input f32[2,3]\ny = Pad(x) pads=[1,0,0,2] value=0.5"},
      {"x = Input f32[2,3]\ny = Pad(x) pads=[0,1,0,2] mode=\"reflect\""},
      {"x = Input f32[3,4]\ni = Input i64[2,2]\ny = Gather(x, i)"},
      {"x = Input f32[3,4]\ni = Input i64[2,4]\ny = GatherElements(x, i)"},
      {"x = Input f32[3,4]\ni = Input i64[2,1]\ny = GatherND(x, i)"},
      {"x = Input f32[3,4]\ni = Weight i64[1,4] {0,2,1,0}\nu = Input f32[1,4]\n"
       "y = ScatterElements(x, i, u)"},
      {"x = Input f32[3,4]\ni = Weight i64[2,1] {2,0}\nu = Input f32[2,4]\n"
       "y = ScatterND(x, i, u) reduction=\"add\""},
      {"i = Input i64[2,2]\nv = Input f32[2]\ny = OneHot(i, v) depth=3 axis=1"},
      {"x = Input f32[3,2,2]\nn = Weight i64[2] {3, 1}\ny = ReverseSequence(x, n)"},
      {"x = Input f32[1,8,2,3]\ny = DepthToSpace(x) block=2 mode=\"CRD\""},
      {"x = Input f32[1,2,4,6]\ny = SpaceToDepth(x) block=2"},
      {"x = Input f32[1,2,4,6]\ny = MaxPool(x) kernel=[2,2] strides=[2,1] pads=[1,0,0,0]"},
      {"x = Input f32[1,2,5,5]\ny = MaxPool(x) kernel=[2,2] dilations=[2,2]"},
      {"x = Input f32[1,2,5,5]\ny = AveragePool(x) kernel=[2,2] strides=[2,2] ceil_mode=true"},
      {"x = Input f32[1,2,5,5]\ny = AveragePool(x) kernel=[3,3] pads=[1,1,1,1] "
       "count_include_pad=true"},
      {"x = Input f32[1,4,5,5]\nw = Input f32[6,2,3,3]\nb = Input f32[6]\n"
       "y = Conv(x, w, b) strides=[2,1] pads=[1,1,1,1] group=2"},
      {"x = Input f32[1,2,5,5]\nw = Input f32[3,2,2,2]\ny = Conv(x, w) dilations=[2,2]"},
      {"x = Input f32[1,2,3,3]\nw = Input f32[2,3,2,2]\n"
       "y = ConvTranspose(x, w) strides=[2,2] output_padding=[1,0]"},
      {"x = Input f32[2,3,2,2]\ns = Input f32[3]\nb = Input f32[3]\nm = Input f32[3]\n"
       "v = Weight f32[3] {0.5, 1.0, 2.0}\ny = BatchNorm(x, s, b, m, v) epsilon=0.01"},
      {"x = Input f32[2,3,4]\ns = Input f32[3]\nb = Input f32[3]\ny = InstanceNorm(x, s, b)"},
      {"x = Input f32[2,4,3,2]\ns = Input f32[4]\nb = Input f32[4]\n"
       "y = GroupNorm(x, s, b) groups=2"},
      {"x = Input f32[2,3,4]\ns = Input f32[3,4]\nb = Input f32[3,1]\n"
       "y = LayerNorm(x, s, b) axis=1 epsilon=0.01"},
      {"x = Input f32[2,3,4]\ns = Input f32[4]\ny = RmsNorm(x, s) epsilon=0.01"},
      {"x = Input f32[1,5,2,2]\ny = Lrn(x) size=3"},
      {"x = Input f32[1,1,2,3]\ny = Resize(x) sizes=[1,1,4,6] scales=[1.0,1.0,2.0,2.0]"},
      {"x = Input f32[1,1,4,3]\ny = Resize(x) sizes=[1,1,3,7] "
       "scales=[1.0,1.0,0.75,2.3333333333333335] mode=\"linear\" coordinates=\"align_corners\""},
      {"a = Input f32[2,3]\nb = Input f32[3,4]\ny = MatMul(a, b)"},
      {"x = Input f32[2,4]\nw = Weight u8[3,2] {33, 67, 5, 250, 18, 1}\n"
       "s = Weight f32[3,2] {0.5, 1.0, 2.0, 0.25, 1.5, 1.0}\n"
       "z = Weight u8[3,2] {1, 2, 8, 8, 0, 15}\ny = A16MatMul(x, w, s, z) bits=4 group=2"},
      {"x = Input f32[2,2]\nw = Weight u8[2,2] {7, 200, 128, 0}\n"
       "s = Weight f32[2,1] {0.5, 0.25}\nz = Weight u8[2,1] {5, 128}\nb = Input f32[2]\n"
       "y = A16MatMul(x, w, s, z, b) bits=8 group=2"},
      {"x = Input f32[2,3]\nw = Input f32[4,3]\ny = A16MatMul(x, w) bits=16"},
      {"x = Input f32[1,3,2,4]\nc = Input f32[1,3,1,4]\ns = Input f32[1,3,1,4]\n"
       "y = Rope(x, c, s)"},
      {"q = Input f32[1,2,4,3]\nk = Input f32[1,2,2,3]\nv = Input f32[1,2,2,3]\n"
       "m = Input f32[1,1,2,2]\ny = GroupedAttention(q, k, v, m) scale=0.5"},
      {"q = Input f32[1,1,2,3]\nk = Input f32[1,1,2,3]\nv = Input f32[1,1,2,3]\n"
       "m = Input f32[1,1,1,4]\na = Input f32[1,3,2,3]\nb = Input f32[1,3,2,3]\n"
       "y = GroupedAttention(q, k, v, m, a, b)"},
      {"x = Input f32[2,3,4]\nw = Input f32[12,2]\no = Input f32[2,5]\n"
       "y = HeadAttention(x, w, o) scale=0.5"},
      {"x = Input f32[2,3,4]\nw = Input f32[12,2]\no = Input f32[2,5]\nb = Input f32[9]\n"
       "m = Input f32[2,1,1,3]\ny = HeadAttention(x, w, o, b, m) biased=[1,0,1,1] masked=true"},
      {"a = Input f32[3,2]\nb = Input f32[4,3]\nc = Input f32[4]\n"
       "y = MatMul(a, b, c) left_transpose=true right_transpose=true"},
      {"a = Input f32[2,5,2,3]\nb = Input f32[5,3,4]\nc = Input f32[4]\ny = MatMul(a, b, c)"},
      {"a = Input f32[2,3,2]\nb = Input f32[4,3]\ny = MatMul(a, b) "
       "left_transpose=true right_transpose=true"},
      {"a = Input f32[2,3,5,4]\nb = Input f32[2,4,5,6]\ny = MatMul(a, b) hdim_is_batch=true"},
      {"a = Input f32[2,4,5,3]\nb = Input f32[2,6,5,4]\nc = Input f32[6]\n"
       "y = MatMul(a, b, c) hdim_is_batch=true left_transpose=true right_transpose=true"},
      {"a = Input f32[2,3,5,4]\nb = Input f32[1,6,5,4]\n"
       "y = MatMul(a, b) hdim_is_batch=true right_transpose=true"},
      {"x = Input f32[2,3]\ny = Launch(x)"},
  };
  all.insert(all.end(), others.begin(), others.end());
  return all;
}

}  // namespace

const std::vector<OpExample>& op_examples() {
  static const std::vector<OpExample> examples = make_examples();
  return examples;
}

std::vector<HostTensor> example_inputs(const Graph& graph, const OpExample& example) {
  std::vector<HostTensor> inputs;
  int step = 0;
  for (const OpId input : graph.inputs()) {
    HostTensor tensor = HostTensor::zeros(graph.type({input, 0}));
    for (double& value : tensor.values) {
      const double position = std::fmod(0.618034 * ++step, 1.0);  // of 0 to 1, well spread
      value = is_float(tensor.type.dtype) ? example.low + (example.high - example.low) * position
                                          : std::floor(3 * position);
    }
    tensor.round();
    inputs.push_back(std::move(tensor));
  }
  return inputs;
}

}  // namespace tpuscope::testing
