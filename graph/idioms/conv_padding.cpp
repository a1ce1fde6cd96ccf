// Padding of a convolution: a Pad of zeros before it.
//
// Why: TensorFlow pads an image at two of its sides for strided convolutions, which its operator
// cannot say itself; other exporters write every padding as an op. A convolution of the machine
// reads zeros beyond the image for nothing; a Pad is a copy of the whole tensor in DDR that no
// layer group takes in. Structure: Conv whose first operand is a Pad with the constant 0.
// Conditions: nothing else reads the padded tensor; only spatial axes are padded, none is cropped.
//
//   p = Pad(x) pads=[0,0,0,0,0,0,1,1]  y = Conv(p, w)   becomes   y = Conv(x, w) pads=[0,0,1,1]

#include <algorithm>

#include "graph/idioms/match.h"

namespace tpuscope {
namespace {

constexpr std::string_view kConvPaddingPass = "conv_padding";

/// Padding along the spatial axes alone, [begins..., ends...]; empty where the Pad does more.
std::optional<IntList> spatial_zeros(const Op& pad) {
  const IntList& pads = pad.attributes.integers("pads");
  const std::size_t rank = pads.size() / 2;
  if (pad.attributes.text("mode") != "constant" || pad.attributes.number("value") != 0 ||
      std::any_of(pads.begin(), pads.end(), [](std::int64_t amount) { return amount < 0; })) {
    return std::nullopt;
  }
  IntList spatial;
  for (const std::size_t side : {std::size_t{0}, rank}) {
    for (std::size_t axis = 0; axis < rank; ++axis) {
      if (axis >= 2) {
        spatial.push_back(pads[side + axis]);
      } else if (pads[side + axis] != 0) {
        return std::nullopt;
      }
    }
  }
  return spatial;
}

bool rewrite_conv_padding(Graph& graph, OpId root) {
  const Op op = graph[root];
  const Op* pad = producer(graph, op.inputs[0], "Pad");
  if (pad == nullptr || pad->inputs.size() != 1) return false;
  const std::optional<IntList> zeros = spatial_zeros(*pad);
  if (!zeros || !graph.has_single_use(op.inputs[0])) return false;
  IntList pads = op.attributes.integers("pads");
  pads.resize(zeros->size(), 0);  // empty: none
  for (std::size_t i = 0; i < pads.size(); ++i)
    pads[i] += (*zeros)[i];
  Attributes attributes = op.attributes;
  attributes.set("pads", pads);
  std::vector<Value> inputs = op.inputs;
  inputs[0] = pad->inputs[0];
  OpSpec spec{.type = "Conv",
              .name = op.name,
              .attributes = std::move(attributes),
              .made_by = std::string(kConvPaddingPass)};
  return replace_matched(graph, {root, op.inputs[0].op}, std::move(spec), inputs);
}

Result<bool> run_conv_padding(Graph& graph, const PassContext& context) {
  return rewrite_each(graph, context, "Conv", "paddings folded", rewrite_conv_padding);
}

TPU_REGISTER(register_pass({.name = kConvPaddingPass,
                            .summary = "makes a Pad of zeros before a convolution its padding",
                            .stage = PassStage::kImport,
                            .order = 25,
                            .run = run_conv_padding}));

}  // namespace
}  // namespace tpuscope
