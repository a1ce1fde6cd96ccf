// Launch: where one net of a program ends and the next one begins. Its result is operand 0, which
// the net takes, once everything before it is done; further operands are results of the net before,
// so that there is an order also where nothing is handed on. What the runtime and the program on
// the host take in between is priced; nothing is computed and nothing moves but what is said to be
// copied within DDR.

#include "graph/onnx/emission.h"
#include "graph/op_def.h"

namespace tpuscope {
namespace {

Result<std::vector<TensorType>> infer_launch(const OpView& op) {
  for (const std::string_view name : {"cache_bytes", "copied_bytes"}) {
    if (op.attrs().integer(name) < 0) return Error{.message = std::string(name) + " is below 0"};
  }
  const std::string& host = op.attrs().text("host");
  if (host != "cpp" && host != "python") {
    return Error{.message = "host is " + host, .hint = "cpp or python"};
  }
  return std::vector{op.input(0)};
}

Result<std::vector<HostTensor>> evaluate_launch(const OpView&, std::span<const HostTensor> inputs) {
  return std::vector{inputs[0]};
}

TPU_REGISTER(register_op(
    {.name = "Launch",
     .summary = "the next net of a program begins, with operand 0 as its input",
     .operands = {1, kAnyNumber},
     .attributes = {{"net", std::string(), "name of the net"},
                    {"host", std::string("cpp"), "what drives the device: cpp or python"},
                    {"cache_bytes", std::int64_t{0}, "keys and values that the host hands over"},
                    {"copied_bytes", std::int64_t{0},
                     "that are copied within DDR before the net begins"}},
     .infer = infer_launch,
     .evaluate = evaluate_launch}));

Status emit_launch(OnnxEmission& out) {
  return out.finish("Identity", {out.input(0)});
}

TPU_REGISTER(register_onnx_emission("Launch", emit_launch));

}  // namespace
}  // namespace tpuscope
