// Keeps registers between commands; what commands touch is read in compute_access.cpp and
// transfer_access.cpp.

#include "sim/stream/local_access.h"

#include <iterator>

#include "sim/stream/command_access.h"

namespace tpuscope {
namespace {

// clang-format off
constexpr std::string_view kAccessFieldNames[] = {
    "tsk_eu_typ", "tsk_opd_num", "left_tran", "res_add", "rq",
    "res0_addr", "res1_addr", "opd0_addr", "opd1_addr", "opd2_addr", "opd3_addr",
    "res0_prec", "opd0_prec", "opd1_prec", "opd2_prec",
    "opd0_const", "opd1_const", "opd2_const", "opd3_const", "opd4_const", "opd5_const",
    "res0_str", "opd0_str", "opd1_str",
    "res0_n", "res0_c", "res0_h", "res0_w",
    "opd0_n", "opd0_c", "opd0_h", "opd0_w",
    "opd1_n", "opd1_c", "opd1_h", "opd1_w",
    "res0_n_str", "res0_c_str", "res0_h_str", "res0_w_str",
    "opd0_n_str", "opd0_c_str", "opd0_h_str", "opd0_w_str",
    "opd1_n_str", "opd1_c_str", "opd1_h_str", "opd1_w_str",
    "cmd_special_function", "fill_constant_en", "src_data_format", "nchw_copy",
    "localmem_mask_l32", "localmem_mask_h32",
    "src_start_addr_l32", "src_start_addr_h8", "dst_start_addr_l32", "dst_start_addr_h8",
    "index_start_addr_l32", "index_start_addr_h8",
    "src_nsize", "src_csize", "src_hsize", "src_wsize",
    "dst_nsize", "dst_csize", "dst_hsize", "dst_wsize",
    "src_nstride", "src_cstride", "src_hstride", "src_wstride",
    "dst_nstride", "dst_cstride", "dst_hstride", "dst_wstride",
    "index_csize", "index_hsize", "index_cstride", "index_hstride",
    "reg_idx0", "reg_idx1", "reg_idx2", "imm0", "imm1", "sys_mem_type",
};
// clang-format on
static_assert(std::size(kAccessFieldNames) == kAccFieldCount);

}  // namespace

LocalAccessReader::LocalAccessReader(InstructionSet set)
    : fields_(set, kAccessFieldNames), set_(set) {}

bool LocalAccessReader::append(const HardwareCommand& command, Engine engine,
                               std::vector<LocalBlock>& blocks) {
  if (command.form->name == "SYS_TR_ACC") {
    const auto value = [&](std::size_t name) { return fields_.value(command, name); };
    registers_[value(kAccRegister)] = value(kAccImmediate);
    registers_[value(kAccRegister + 1)] = value(kAccImmediate + 1) & 0xFFFFFFFFU;
    registers_[value(kAccRegister + 2)] = value(kAccImmediate + 1) >> 32U;
    return true;
  }
  return engine == Engine::kBdc ? add_compute_blocks(fields_, set_, command, registers_, blocks)
                                : add_transfer_blocks(fields_, set_, command, blocks);
}

}  // namespace tpuscope
