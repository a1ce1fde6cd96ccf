// A command of the program: how many ops a network has.

#include "cli/verb.h"

#include "cli/network_flags.h"

namespace tpuscope {
namespace {

Result<ExitCode> run_count(const Arguments& arguments, Console& console) {
  TPU_TRY(const Graph graph, load_graph(arguments.positionals().front()));
  console.out->write(std::to_string(graph.topological_order().size()) + " ops\n");
  return ExitCode::kDone;
}

TPU_REGISTER(
    register_verb({.name = "count",
                   .summary = "counts the ops of a network",
                   .examples = {"tpuscope count swin_t"},
                   .positional = {.name = "MODEL", .help = "the network", .is_required = true},
                   .run = run_count}));

}  // namespace
}  // namespace tpuscope
