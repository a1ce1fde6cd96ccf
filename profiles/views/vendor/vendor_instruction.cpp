// instruction.csv of the vendor's `tpu_profile --format layer`: one line per command. Registers of
// the command buffer (des_*) are not simulated; only fields derivable from the simulation are
// written: extents of the result and of operands that are cut like it, addresses in local memory,
// strides of a window over the result, and precisions.

#include <fmt/core.h>

#include "base/check.h"
#include "base/csv.h"
#include "base/figures.h"
#include "profiles/views/results.h"
#include "profiles/views/vendor/vendor_tables.h"

namespace tpuscope {
namespace {

constexpr std::size_t kVendorOperands = 3;

constexpr std::string_view kVendorInstructionHeader =
    "EngineId,Inst Function,DMA data size(B),Direction,Opd0 Dtype,Res Dtype,Layer ID,Alg cycle,"
    "1684x Cycle,StartCycle,EndCycle,Inst ID,Dep ID,pmu_info,Alg Ops,uArch Ops,uArch Rate,"
    "des_res0_n,des_res0_c,des_res0_h,des_res0_w,des_opd0_n,des_opd0_c,des_opd0_h,des_opd0_w,"
    "des_opd1_n,des_opd1_c,des_opd1_h,des_opd1_w,des_res0_addr,des_opd0_addr,des_opd1_addr,"
    "des_opd2_addr,des_res_op_x_str,des_res_op_y_str,des_opd0_prec,des_res0_prec";

/// The register's code of an element type, as tpu-mlir's debugger names them.
std::string precision_code(DType dtype) {
  switch (dtype) {
    case DType::kI8:
    case DType::kU8:
    case DType::kBool:
      return "0";
    case DType::kF16:
      return "1";
    case DType::kF32:
      return "2";
    case DType::kI16:
    case DType::kU16:
      return "3";
    case DType::kI32:
    case DType::kU32:
      return "4";
    case DType::kBF16:
      return "5";
    case DType::kF64:
    case DType::kI64:
    case DType::kU64:
    default:
      return "";  // No register of the chip has them.
  }
  unreachable();
}

/// Where something begins in every lane, or nothing for what is not in local memory.
std::string address_text(const LocalRange& range) {
  return range.bytes == 0 ? "" : std::to_string(range.address);
}

/// Whether an operand has the extents of the result: the same elements of a tensor of the same
/// shape. Commands say nothing of how the others are laid out.
bool is_cut_like_result(const Profile& profile, const Command& command, std::size_t operand) {
  const std::uint32_t read = command.operand_parts[operand];
  if (read == kNone || command.result_part == kNone) return false;
  const std::vector<TensorPart>& parts = profile.simulation.program.parts;
  const TensorPart& from = parts[read];
  const TensorPart& to = parts[command.result_part];
  return from.box == to.box &&
         profile.graph.type(from.value).shape == profile.graph.type(to.value).shape;
}

bool slides_window(CommandKind kind) {
  return kind == CommandKind::kConv || kind == CommandKind::kDepthwise;
}

/// What the table says of every command.
std::vector<std::string> common_fields(const Profile& profile, std::size_t i) {
  const Timeline& timeline = profile.simulation.timeline;
  const std::int64_t clock = profile.report.summary.clock_khz;
  const Command& command = profile.simulation.program.commands[i];
  const bool is_bdc = command.engine == Engine::kBdc;
  return {is_bdc ? "0" : "1",
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
}

void add_shapes(const Profile& profile, const Command& command, std::vector<std::string>& fields) {
  for (const std::uint32_t extent : command.shape)
    fields.push_back(std::to_string(extent));
  for (const std::size_t operand : {0U, 1U}) {
    const bool is_known = is_cut_like_result(profile, command, operand);
    for (const std::uint32_t extent : command.shape)
      fields.push_back(is_known ? std::to_string(extent) : "");
  }
}

void write_instructions(const Results& results, ByteSink& sink) {
  const Profile& profile = *results.after;
  sink.write(std::string(kVendorInstructionHeader) + "\r\n");
  for (std::size_t i = 0; i < profile.simulation.program.commands.size(); ++i) {
    const Command& command = profile.simulation.program.commands[i];
    std::vector<std::string> fields = common_fields(profile, i);
    add_shapes(profile, command, fields);
    fields.push_back(address_text(command.result));
    // The vendor's table has columns for three.
    for (const LocalRange& operand : std::span(command.operands).first(kVendorOperands))
      fields.push_back(address_text(operand));
    const WindowTexts window = slides_window(command.kind) && command.op != kNone
                                   ? window_texts(profile.graph, profile.graph[OpId{command.op}])
                                   : WindowTexts{};
    fields.push_back(window.stride_w);
    fields.push_back(window.stride_h);
    fields.push_back(precision_code(command.dtype));
    fields.push_back(precision_code(command.dtype));
    write_csv_row(sink, fields);
  }
}

TPU_REGISTER(
    register_writer<Results>({.name = "instruction_csv",
                              .summary = "instruction.csv as the vendor's tpu_profile writes it",
                              .signature = "EngineId,Inst Function",
                              .folder = kBmprofileFlag,
                              .file_in_folder = "instruction.csv",
                              .write = write_instructions}));

}  // namespace
}  // namespace tpuscope
