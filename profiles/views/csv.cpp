// The table of operators as CSV, with the names of the JSON report as header.

#include "base/csv.h"

#include "base/text.h"
#include "profiles/views/results.h"

namespace tpuscope {
namespace {

constexpr std::string_view kCsvMark = "run,id,name,type,ops,group,origin,blame_ps";

void write_op_rows(const Report& report, const OpQuery& query, const std::string& run,
                   ByteSink& sink) {
  OpQuery all = query;
  all.top = 0;
  for (const OpTableRow& row : select_ops(report, all).rows) {
    const OpRow& op = row.sum;
    std::vector<std::string> fields = {run,
                                       std::to_string(op.op.index),
                                       op.name,
                                       op.type,
                                       std::to_string(row.ops),
                                       op.group == kNone ? "" : std::to_string(op.group),
                                       join(op.origin, ";"),
                                       std::to_string(op.blame().value),
                                       std::to_string(op.bdc_busy.value),
                                       std::to_string(op.gdma_busy.value),
                                       std::to_string(op.hidden.value),
                                       std::to_string(op.transfer_bytes),
                                       std::to_string(op.ddr_bytes),
                                       std::to_string(op.useful_ops),
                                       std::to_string(op.issued_ops),
                                       std::to_string(op.commands),
                                       std::string(text_of(op.waterfall.largest()).key)};
    for (const Picoseconds step : op.waterfall.steps)
      fields.push_back(std::to_string(step.value));
    write_csv_row(sink, fields);
  }
}

void write_run_csv(const Results& results, ByteSink& sink) {
  std::string header = std::string(kCsvMark) +
                       ",bdc_busy_ps,gdma_busy_ps,hidden_ps,transfer_bytes,ddr_bytes,useful_ops,"
                       "issued_ops,commands,bound";
  for (std::size_t i = 0; i < kStepCount; ++i)
    header += "," + std::string(text_of(static_cast<Step>(i)).key) + "_ps";
  sink.write(header + "\r\n");
  if (results.before != nullptr) {
    write_op_rows(results.before->report, results.query, "before", sink);
  }
  write_op_rows(results.after->report, results.query, "after", sink);
}

TPU_REGISTER(
    register_writer<Results>({.name = "csv",
                              .summary = "table of operators, for spreadsheets",
                              .signature = kCsvMark,
                              .flag = {.name = "--csv",
                                       .value = "FILE",
                                       .help = "write the operator table for spreadsheets"},
                              .write = write_run_csv}));

}  // namespace
}  // namespace tpuscope
