// Looking names up: as they are, as casts, then with less and less after them.

#include "passes/planner/compiler_names.h"

#include <algorithm>

namespace tpuscope {
namespace {

constexpr std::string_view kCastEndings[] = {"_f32", "_f16",  "_bf16", "_si8",  "_ui8", "_i8",
                                             "_u8",  "_si16", "_ui16", "_si32", "_i32", "_ui32"};
/// What PyTorch puts after the node's name for its results.
constexpr std::string_view kOutputMark = "_output_";

std::string_view cast_ending(std::string_view name) {
  for (const std::string_view ending : kCastEndings) {
    if (name.ends_with(ending)) return ending;
  }
  return {};
}

bool is_found_anywhere(const Op& op) {
  return op.def->layout != LayoutRule::kSink && !op.is("Weight");
}

}  // namespace

bool is_cast_name(std::string_view name) {
  return !cast_ending(name).empty();
}

CompilerNames::CompilerNames(const Graph& graph) : graph_(graph) {
  for (const OpId id : graph.topological_order()) {
    const Op& op = graph[id];
    if (!is_found_anywhere(op)) continue;
    for (const Tensor& result : op.results)
      tensors_.emplace(result.name, id);
    if (op.def->layout == LayoutRule::kSource) continue;
    // Of the ops that a node became the last one makes what others read.
    for (const std::string& node : op.origin)
      origins_.insert_or_assign(node, id);
    if (op.is("Cast") && !op.inputs.empty()) casts_[op.inputs.front().op].push_back(id);
  }
}

std::optional<OpId> CompilerNames::find_exact(const std::string& name) const {
  const auto tensor = tensors_.find(name);
  if (tensor != tensors_.end()) return tensor->second;
  const auto node = origins_.find(name);
  if (node != origins_.end()) return node->second;
  const std::size_t mark = name.rfind(kOutputMark);
  if (mark == std::string::npos) return std::nullopt;
  const std::string_view number = std::string_view(name).substr(mark + kOutputMark.size());
  const bool is_number =
      !number.empty() && number.find_first_not_of("0123456789") == std::string_view::npos;
  if (!is_number) return std::nullopt;
  const auto made = origins_.find(name.substr(0, mark));
  return made == origins_.end() ? std::nullopt : std::optional(made->second);
}

std::optional<OpId> CompilerNames::find_stripped(std::string name) const {
  for (;;) {
    if (const auto found = find_exact(name)) return found;
    const std::size_t cut = name.rfind('_');
    if (cut == std::string::npos || cut == 0) return std::nullopt;
    name.resize(cut);
  }
}

bool CompilerNames::is_read_by(OpId cast, std::string_view readers) const {
  for (const Use use : graph_.uses(cast)) {
    for (const Tensor& result : graph_[use.op].results) {
      if (!result.name.empty() && readers.find(result.name) != std::string_view::npos) return true;
    }
  }
  return false;
}

std::optional<OpId> CompilerNames::find_cast(const std::string& name) const {
  std::string_view stem = name;
  stem.remove_suffix(cast_ending(name).size());
  // What is read comes first; the longest name of ours that the stem begins with.
  std::size_t length = stem.size();
  auto source = tensors_.find(stem);
  while (source == tensors_.end() && length > 1)
    source = tensors_.find(stem.substr(0, --length));
  if (source == tensors_.end()) return std::nullopt;
  const auto casts = casts_.find(source->second);
  if (casts == casts_.end()) return std::nullopt;
  for (const OpId cast : casts->second) {
    if (is_read_by(cast, stem.substr(length))) return cast;
  }
  if (casts->second.size() > 1) return std::nullopt;
  return casts->second.front();
}

std::optional<OpId> CompilerNames::find(const std::string& name) const {
  std::optional<OpId> found;
  if (const auto tensor = tensors_.find(name); tensor != tensors_.end()) {
    found = tensor->second;
  } else if (is_cast_name(name)) {
    found = find_cast(name);
  } else {
    found = find_stripped(name);
  }
  if (found && graph_[*found].def->layout == LayoutRule::kSource) return std::nullopt;
  return found;
}

}  // namespace tpuscope
