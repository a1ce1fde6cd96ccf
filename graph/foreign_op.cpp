// One table, by name.

#include "graph/foreign_op.h"

#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace tpuscope {
namespace {

struct ForeignOps {
  std::mutex mutex{};
  std::map<std::string, std::unique_ptr<OpDef>, std::less<>> definitions{};
};

ForeignOps& foreign_ops() {
  static ForeignOps ops;
  return ops;
}

}  // namespace

void declare_foreign_op(std::string_view type) {
  ForeignOps& ops = foreign_ops();
  const std::lock_guard lock(ops.mutex);
  const auto [found, is_new] =
      ops.definitions.try_emplace(std::string(type), std::make_unique<OpDef>());
  if (!is_new) return;
  OpDef& def = *found->second;
  def.name = found->first;  // keys of a map stay where they are
  def.summary = "an operator of the vendor's compiler";
  def.operands = {0, kAnyNumber};
}

const OpDef* foreign_op(std::string_view type) {
  ForeignOps& ops = foreign_ops();
  const std::lock_guard lock(ops.mutex);
  const auto found = ops.definitions.find(type);
  return found == ops.definitions.end() ? nullptr : found->second.get();
}

}  // namespace tpuscope
