// instruction.csv of the vendor's `tpu_profile --format layer`: one line per command. Registers of
// the command buffer (des_*) are not simulated, except shapes and addresses of the result.

#include <fmt/core.h>

#include "profiles/csv.h"
#include "profiles/figures.h"
#include "profiles/writer.h"
#include "profiles/writers/vendor_tables.h"

namespace tpuscope {
namespace {

constexpr std::string_view kHeader =
    "EngineId,Inst Function,DMA data size(B),Direction,Opd0 Dtype,Res Dtype,Layer ID,Alg cycle,"
    "1684x Cycle,StartCycle,EndCycle,Inst ID,Dep ID,pmu_info,Alg Ops,uArch Ops,uArch Rate,"
    "des_res0_n,des_res0_c,des_res0_h,des_res0_w,des_res0_addr";

void write_instructions(const Results& results, const WriterOptions&, ByteSink& sink) {
  const Profile& profile = *results.after;
  const Timeline& timeline = profile.simulation.timeline;
  const std::int64_t clock = profile.report.summary.clock_khz;
  sink.write(std::string(kHeader) + "\r\n");
  for (std::size_t i = 0; i < profile.simulation.program.commands.size(); ++i) {
    const Command& command = profile.simulation.program.commands[i];
    const bool is_bdc = command.engine == Engine::kBdc;
    std::vector<std::string> fields = {is_bdc ? "0" : "1",
                                       std::string(name_of(command.kind)),
                                       is_bdc ? "" : std::to_string(command.bytes),
                                       is_bdc ? "" : std::string(name_of(command.direction)),
                                       std::string(name_of(command.dtype)),
                                       std::string(name_of(command.dtype)),
                                       command.op == kNone ? "" : std::to_string(command.op),
                                       std::to_string(command.cost.useful),
                                       std::to_string(command.cost.total()),
                                       std::to_string(cycles_in(timeline.start[i], clock)),
                                       std::to_string(cycles_in(timeline.end[i], clock)),
                                       std::to_string(command.id),
                                       std::to_string(command.wait_id),
                                       "",
                                       std::to_string(command.useful_ops),
                                       std::to_string(command.issued_ops),
                                       share_text(ratio(command.useful_ops, command.issued_ops))};
    for (const std::uint32_t extent : command.shape)
      fields.push_back(std::to_string(extent));
    fields.push_back(std::to_string(command.result.address));
    write_csv_row(sink, fields);
  }
}

const bool registered =
    register_writer({.name = "instruction_csv",
                     .summary = "instruction.csv as the vendor's tpu_profile writes it",
                     .extension = "",
                     .mark = "EngineId,Inst Function",
                     .write = write_instructions});

}  // namespace
}  // namespace tpuscope
