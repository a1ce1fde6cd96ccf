// A form of results: the names of the ops, one per line.

#include "base/writer.h"

#include "profiles/views/results.h"

namespace tpuscope {
namespace {

void write_op_names(const Results& results, ByteSink& sink) {
  for (const OpRow& op : results.after->report.ops)
    sink.write(op.name + "\n");
}

TPU_REGISTER(register_writer<Results>(
    {.name = "op_names",
     .summary = "names of ops, one per line",
     .flag = {.name = "--op-names", .value = "FILE", .help = "write the names of the operators"},
     .write = write_op_names}));

}  // namespace
}  // namespace tpuscope
