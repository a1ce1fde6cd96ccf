// Permuting constants with the reference kernel of Permute.

#include "passes/rewrites/constant_permute.h"

#include <memory>

#include "graph/queries.h"

namespace tpuscope {
namespace {

std::shared_ptr<const HostTensor> permuted_values(const HostTensor& data,
                                                  const Permutation& order) {
  const OpDef* permute = OpRegistry::instance().find("Permute");
  const Attributes attributes = {{"order", order.to_list()}};
  const OpView view{&attributes, {data.type}, {{data.type.dtype, order.apply(data.type.shape)}}};
  auto results = permute->evaluate(view, {&data, 1});
  TPU_CHECK(results.ok(), "{}", results.error().message);
  HostTensor permuted = std::move(results->at(0));
  permuted.type = view.result();
  return std::make_shared<const HostTensor>(std::move(permuted));
}

}  // namespace

Value permuted_constant(Graph& graph, Value constant, const Permutation& order, OpId near,
                        std::string_view made_by) {
  const Op weight = graph[constant.op];
  TPU_CHECK(is_weight(graph, constant), "{} is no constant", weight.name);
  TensorType type = weight.results[0].type;
  if (type.elements() == 1 && type.rank() == 0) return constant;  // a scalar has no axes to move
  TPU_CHECK(type.rank() <= order.rank(), "{} has more axes than the order", weight.name);
  type.shape.insert(type.shape.begin(), order.rank() - type.rank(), 1);
  OpSpec spec{.type = "Weight",
              .name = weight.name,
              .origin = weight.origin,
              .made_by = std::string(made_by)};
  if (weight.data != nullptr) spec.data = permuted_values({type, weight.data->values}, order);
  type.shape = order.apply(type.shape);
  spec.result_types = {type};
  return {graph.add_checked(std::move(spec), {}, &near)};
}

}  // namespace tpuscope
