// Codes of the fields are those of the vendor's documents; they are written beside their names.

#include "sim/stream/instructions.h"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>

#include "sim/stream/local_block.h"

namespace tpuscope {
namespace {

/// Fields that instructions are made of, in the order of their names below.
enum StreamField : std::size_t {
  kUnit,
  kOperandCount,
  kLeftTransposed,
  kResN,
  kResC,
  kResH,
  kResW,
  kOpd0N,
  kOpd0C,
  kOpd0H,
  kOpd0W,
  kOpd1N,
  kOpd1C,
  kOpd1H,
  kOpd1W,
  kStrideX,
  kStrideY,
  kResPrecision,
  kOpd0Precision,
  kOpd1Precision,
  kOpd0Constant,
  kOpd1Constant,
  kResLayout,
  kOpd0Layout,
  kOpd1Layout,
  kResWStride,
  kOpd0WStride,
  kOpd1WStride,
  kResAddress,
  kOpd0Address,
  kOpd1Address,
  kImmediate,
  kDmaConstant,
  kDmaFunction,
  kDmaFill,
  kDmaFormat,
  kDmaSameShape,
  kSrcN,
  kSrcC,
  kSrcH,
  kSrcW,
  kDstN,
  kDstC,
  kDstH,
  kDstW,
  kSrcNStride,
  kSrcCStride,
  kSrcHStride,
  kSrcWStride,
  kDstNStride,
  kDstCStride,
  kDstHStride,
  kDstWStride,
  kSrcLow,
  kSrcHigh,
  kDstLow,
  kDstHigh,
  kSrcCount,
  kFormerMatrix,
  kDmaStrided,
  kStreamFieldCount,
};
constexpr std::string_view kStreamFieldNames[] = {
    "tsk_eu_typ",
    "tsk_opd_num",
    "left_tran",
    "res0_n",
    "res0_c",
    "res0_h",
    "res0_w",
    "opd0_n",
    "opd0_c",
    "opd0_h",
    "opd0_w",
    "opd1_n",
    "opd1_c",
    "opd1_h",
    "opd1_w",
    "res_op_x_str",
    "res_op_y_str",
    "res0_prec",
    "opd0_prec",
    "opd1_prec",
    "opd0_const",
    "opd1_const",
    "res0_str",
    "opd0_str",
    "opd1_str",
    "res0_w_str",
    "opd0_w_str",
    "opd1_w_str",
    "res0_addr",
    "opd0_addr",
    "opd1_addr",
    "imm",
    "constant_value",
    "cmd_special_function",
    "fill_constant_en",
    "src_data_format",
    "nchw_copy",
    "src_nsize",
    "src_csize",
    "src_hsize",
    "src_wsize",
    "dst_nsize",
    "dst_csize",
    "dst_hsize",
    "dst_wsize",
    "src_nstride",
    "src_cstride",
    "src_hstride",
    "src_wstride",
    "dst_nstride",
    "dst_cstride",
    "dst_hstride",
    "dst_wstride",
    "src_start_addr_l32",
    "src_start_addr_h8",
    "dst_start_addr_l32",
    "dst_start_addr_h8",
    "src_cnt",
    "sys_mem_type",
    "stride_enable",
};
static_assert(std::size(kStreamFieldNames) == kStreamFieldCount);

constexpr std::uint32_t kFreeLayout = 3;

std::uint32_t bits_of_precision(std::uint64_t code) {
  constexpr std::uint32_t kBits[] = {8, 16, 32, 16, 32, 16, 4, 32};
  return kBits[code & 7U];
}

ComputeKind arith_kind(std::uint64_t unit) {
  switch (unit) {
    case 12:
      return ComputeKind::kDivide;
    case 14:
      return ComputeKind::kCast;
    case 19:  // copy
    case 28:  // copy per image
      return ComputeKind::kCopy;
    default:
      return ComputeKind::kArith;
  }
}

ComputeKind window_kind(std::uint64_t unit) {
  // 0 depthwise, 1 average, 2 depthwise with ReLU, 4 maximum, 5 to 7 the same over regions
  return unit == 0 || unit == 2 || unit == 5 ? ComputeKind::kDepthwise : ComputeKind::kPool;
}

ComputeKind broadcast_kind(std::uint64_t unit) {
  switch (unit) {
    case 0:
    case 1:
      return ComputeKind::kTranspose;
    case 2:
      return ComputeKind::kLaneCopy;
    case 3:
      return ComputeKind::kLaneBroadcast;
    default:
      return ComputeKind::kStaticBroadcast;
  }
}

ComputeKind special_kind(std::uint64_t unit) {
  if (unit == 12 || unit == 13) return ComputeKind::kTaylor;
  return unit == 17 ? ComputeKind::kRsqrt : ComputeKind::kSpecial;
}

ComputeKind system_kind(std::uint64_t unit) {
  return unit == 8 || unit == 9 ? ComputeKind::kMessage : ComputeKind::kSystem;
}

/// Forms all of whose commands are of one kind.
ComputeKind kind_of_name(std::string_view name) {
  constexpr std::pair<std::string_view, ComputeKind> kKinds[] = {
      {"CONV", ComputeKind::kConv},        {"MM", ComputeKind::kMatMul},
      {"RQ&sDQ", ComputeKind::kRequant},   {"RQ&DQ", ComputeKind::kRequant},
      {"SGL", ComputeKind::kLines},        {"LIN", ComputeKind::kLinear},
      {"CMP", ComputeKind::kCompare},      {"VC", ComputeKind::kVector},
      {"SYS_TR_ACC", ComputeKind::kSystem}};
  for (const auto& [known, kind] : kKinds) {
    if (known == name) return kind;
  }
  return ComputeKind::kOther;
}

ComputeKind kind_of_form(std::string_view form, std::uint64_t unit) {
  const std::string_view name = form.starts_with('s') ? form.substr(1) : form;
  if (name == "PorD") return window_kind(unit);
  if (name == "MM2") return unit == 4 ? ComputeKind::kCubeMatMul : ComputeKind::kCubeMatMulNT;
  if (name == "AR") return arith_kind(unit);
  if (name.starts_with("TRANS") || name.starts_with("CW")) return broadcast_kind(unit);
  if (name == "SG") return unit == 13 ? ComputeKind::kHazardGather : ComputeKind::kGather;
  if (name == "SFU") return special_kind(unit);
  if (name == "SYSID" || name == "SYS") return system_kind(unit);
  return kind_of_name(name);
}

TransferKind kind_of_transfer(std::string_view form, std::uint64_t function, bool fills) {
  const std::string_view name = form.starts_with('s') ? form.substr(1) : form;
  if (name == "DMA_sys") {
    return function == 3 || function == 4 ? TransferKind::kMessage : TransferKind::kSystem;
  }
  if (name == "DMA_matrix") {
    return function == 1 ? TransferKind::kTransposedMatrix : TransferKind::kMatrix;
  }
  if (name == "DMA_general") return TransferKind::kGeneral;
  if (name == "DMA_gather" || name == "DMA_scatter") return TransferKind::kPick;
  if (fills) return TransferKind::kFill;
  if (name == "DMA_cw_transpose") return TransferKind::kTranspose;
  return name == "DMA_tensor" && function == 3 ? TransferKind::kBroadcast : TransferKind::kTensor;
}

/// Of BM1684, whose units have more types of commands, with the codes of AR.
ComputeKind kind_of_former_form(std::string_view name, std::uint64_t unit, bool has_constant) {
  if (name == "PorD")
    return unit == 1 && !has_constant ? ComputeKind::kDepthwise : ComputeKind::kPool;
  if (name == "AR" || name == "MD_SCALAR") return arith_kind(unit);
  if (name == "MD_SFU") return unit == 14 ? ComputeKind::kCast : special_kind(unit);
  constexpr std::pair<std::string_view, ComputeKind> kKinds[] = {
      {"MD_SUM", ComputeKind::kArith},     {"LUT", ComputeKind::kGather},
      {"MD_LINEAR", ComputeKind::kLinear}, {"LMA", ComputeKind::kCopy},
      {"DECOMPRESS", ComputeKind::kCopy},  {"MD_CMP", ComputeKind::kCompare}};
  for (const auto& [known, kind] : kKinds) {
    if (known == name) return kind;
  }
  return kind_of_name(name);
}

TransferKind kind_of_former_transfer(std::uint64_t function, bool is_matrix) {
  if (function == kFormerFill) return TransferKind::kFill;
  if (function == kFormerTranspose) return TransferKind::kTranspose;
  if (!is_matrix) return TransferKind::kTensor;
  return function == 1 ? TransferKind::kTransposedMatrix : TransferKind::kMatrix;
}

/// Without strides of its own a tensor of BM1684 is dense in DDR, and every channel begins on a
/// vector in local memory.
void set_former_strides(std::uint32_t element_bits, TransferSide& side) {
  const LocalGeometry geometry = local_geometry(InstructionSet::kBm1684);
  const auto& [n, c, h, w] = side.extents;
  std::uint32_t channel = h * w;
  std::uint32_t channels = c;
  if (side.is_local) {
    const std::uint32_t vector = geometry.vector_bytes * 8 / element_bits;
    channel = (channel + vector - 1) / vector * vector;
    channels = (c + geometry.lanes - 1) / geometry.lanes;
  }
  side.strides = {channels * channel, channel, w, 1};
}

}  // namespace

DType dtype_of_precision(std::uint64_t code) {
  constexpr DType kTypes[] = {DType::kI8,  DType::kF16,  DType::kF32, DType::kI16,
                              DType::kI32, DType::kBF16, DType::kI4,  DType::kF32};
  return kTypes[code & 7U];
}

InstructionReader::InstructionReader(InstructionSet set)
    : set_(set), fields_(set, kStreamFieldNames) {}

ComputeInstruction InstructionReader::compute(const HardwareCommand& command) const {
  const auto field = [&](std::size_t name) { return small(command, name); };
  const auto extent = [&](std::size_t name) {
    return has(command, name) ? std::max(1U, field(name)) : 1U;
  };
  const std::string_view form = command.form->name;
  const std::uint64_t unit = value(command, kUnit);
  ComputeInstruction op{.kind = set_ == InstructionSet::kBm1684
                                    ? kind_of_former_form(form, unit, field(kOpd1Constant) != 0)
                                    : kind_of_form(form, unit)};
  op.result = {extent(kResN), extent(kResC), extent(kResH), extent(kResW)};
  op.input = {extent(kOpd0N), extent(kOpd0C), extent(kOpd0H), extent(kOpd0W)};
  op.kernel = {extent(kOpd1H), extent(kOpd1W)};
  op.stride = {extent(kStrideY), extent(kStrideX)};
  op.dtype = dtype_of_precision(value(command, kOpd0Precision));
  op.operand_count = has(command, kOperandCount) ? field(kOperandCount) : 1;
  op.terms = extent(kOpd1N);
  op.output = {.bits = bits_of_precision(value(command, kResPrecision)),
               .is_strided = field(kResLayout) == kFreeLayout,
               .address = field(kResAddress),
               .w_stride = field(kResWStride)};
  op.operands[0] = {.bits = bits_of_precision(value(command, kOpd0Precision)),
                    .is_constant = field(kOpd0Constant) != 0,
                    .is_strided = field(kOpd0Layout) == kFreeLayout,
                    .address = field(kOpd0Address),
                    .w_stride = field(kOpd0WStride)};
  op.operands[1] = {.bits = has(command, kOpd1Precision)
                                ? bits_of_precision(value(command, kOpd1Precision))
                                : op.operands[0].bits,
                    .is_constant = field(kOpd1Constant) != 0,
                    .is_strided = field(kOpd1Layout) == kFreeLayout,
                    .address = field(kOpd1Address),
                    .w_stride = field(kOpd1WStride)};
  // What is between lanes has one precision, that of the result.
  if (!has(command, kOpd0Precision)) op.dtype = dtype_of_precision(value(command, kResPrecision));
  if (op.kind == ComputeKind::kMatMul) {
    // The left operand's columns are dealt out to lanes, the last lane holds opd1_w of them.
    const std::uint32_t width = extent(kOpd0W);
    const std::uint32_t last = field(kOpd1W) > 0 ? field(kOpd1W) : width;
    op.reduced = width * (extent(kOpd0C) - 1) + last;
    if (field(kLeftTransposed) != 0) std::swap(op.reduced, op.input[0]);
  } else if (op.kind == ComputeKind::kCubeMatMul) {
    op.reduced = extent(kOpd1C);
  } else if (op.kind == ComputeKind::kCubeMatMulNT) {
    op.reduced = extent(kOpd1W);
  }
  return op;
}

TransferInstruction InstructionReader::transfer(const HardwareCommand& command) const {
  const auto field = [&](std::size_t name) { return small(command, name); };
  const auto address = [&](std::size_t low, std::size_t high) {
    return value(command, low) | value(command, high) << 32U;
  };
  const std::uint64_t function = value(command, kDmaFunction);
  const bool is_former = set_ == InstructionSet::kBm1684;
  const bool fills = is_former ? function == kFormerFill : field(kDmaFill) != 0;
  TransferInstruction op{.kind = is_former
                                     ? kind_of_former_transfer(function, field(kFormerMatrix) != 0)
                                     : kind_of_transfer(command.form->name, function, fills)};
  const std::uint64_t precision = transfer_precision(set_, value(command, kDmaFormat));
  op.dtype = dtype_of_precision(precision);
  op.element_bits = bits_of_precision(precision);
  op.source = {
      .address = address(kSrcLow, kSrcHigh),
      .extents = {field(kSrcN), field(kSrcC), field(kSrcH), field(kSrcW)},
      .strides = {field(kSrcNStride), field(kSrcCStride), field(kSrcHStride), field(kSrcWStride)}};
  op.destination = {
      .address = address(kDstLow, kDstHigh),
      .extents = {field(kDstN), field(kDstC), field(kDstH), field(kDstW)},
      .strides = {field(kDstNStride), field(kDstCStride), field(kDstHStride), field(kDstWStride)}};
  op.source.is_local = !fills && is_local_address(set_, op.source.address);
  op.destination.is_local = is_local_address(set_, op.destination.address);
  const bool same_shape = has(command, kDmaSameShape) ? field(kDmaSameShape) != 0 : !is_former;
  const bool is_tensor = op.kind == TransferKind::kTensor || op.kind == TransferKind::kBroadcast ||
                         op.kind == TransferKind::kTranspose;
  if (is_tensor && same_shape && op.kind != TransferKind::kTranspose) {
    op.destination.extents = op.source.extents;
  }
  if (is_former && op.kind == TransferKind::kTensor && field(kDmaStrided) == 0) {
    set_former_strides(op.element_bits, op.source);
    set_former_strides(op.element_bits, op.destination);
  }
  constexpr std::uint64_t kSwapsImages = 1;  // with channels
  if (op.kind == TransferKind::kTensor && same_shape && function == kSwapsImages &&
      command.form->name == "DMA_tensor") {
    std::swap(op.destination.extents[0], op.destination.extents[1]);
  }
  if (op.kind == TransferKind::kBroadcast) {  // rows of one source, whatever the command says
    if (op.source.strides[3] == 0) op.source.strides[3] = 1;
    if (op.destination.strides[3] == 0) op.destination.strides[3] = 1;
  }
  if (op.kind == TransferKind::kGeneral) {
    op.destination.extents = {1, std::max({1U, field(kSrcC), field(kDstC), field(kSrcCount)}), 1,
                              1};
  }
  return op;
}

StreamMessage InstructionReader::message(const HardwareCommand& command, Engine engine) const {
  constexpr std::uint64_t kNumber = 0x7F;
  const bool is_bdc = engine == Engine::kBdc;
  const std::string_view form = command.form->name;
  if (form != (is_bdc ? "SYS" : "sDMA_sys") || set_ != InstructionSet::kBm1688) return {};
  const std::uint64_t function = value(command, is_bdc ? kUnit : kDmaFunction);
  const std::uint64_t send = is_bdc ? 8 : 3;
  if (function != send && function != send + 1) return {};
  const std::uint64_t word = value(command, is_bdc ? kImmediate : kDmaConstant);
  return {.is_wait = function == send + 1,
          .number = static_cast<std::uint32_t>(word & kNumber),
          .count = static_cast<std::uint32_t>(is_bdc ? word >> 16U & 0x7 : word >> 8U & kNumber)};
}

}  // namespace tpuscope
