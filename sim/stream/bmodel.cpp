// Fields are numbered as in the vendor's schema (bmodel.fbs).

#include "sim/stream/bmodel.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <string_view>

#include <fmt/core.h>

#include "base/text.h"

namespace tpuscope {
namespace {

constexpr std::uint32_t kMagic = 0xFF55AAEE;
constexpr std::uint32_t kFormerMagic = 0xFF55AAFF;  ///< of the toolchain before tpu-mlir
constexpr std::uint64_t kHeaderBytes = 64;
/// Tables of the largest public models take a few megabytes.
constexpr std::uint64_t kMostTables = std::uint64_t{256} << 20U;
/// Larger streams than any command id can count.
constexpr std::uint64_t kMostStream = std::uint64_t{2} << 30U;

struct ChipOfBmodel {
  std::string_view written{};
  std::string_view name{};
  InstructionSet set = InstructionSet::kBm1684x;
};
constexpr ChipOfBmodel kChips[] = {
    {"BM1684", "bm1684", InstructionSet::kBm1684},
    {"BM1684X", "bm1684x", InstructionSet::kBm1684x},
    {"BM1688", "bm1688", InstructionSet::kBm1688},
    {"CV186X", "cv186x", InstructionSet::kBm1688},
};

constexpr std::array kDataTypes{DType::kF32,  DType::kF16, DType::kI8,  DType::kU8,
                                DType::kI16,  DType::kU16, DType::kI32, DType::kU32,
                                DType::kBF16, DType::kI4,  DType::kU4};

/// Layers that the host computes, by the number that files have for them.
// clang-format off
constexpr std::string_view kHostLayers[] = {
    "SSD_DETECTION_OUTPUT", "ANAKIN_DETECT_OUTPUT", "RPN", "USER_DEFINED", "ROI_POOLING", "ROIALIGN",
    "BOXNMS", "YOLO", "CROP_AND_RESIZE", "GATHER", "NON_MAX_SUPPRESSION", "ARGSORT", "GATHERND",
    "YOLOV3_DETECTION_OUTPUT", "WHERE", "ADAPTIVE_AVERAGE_POOL", "ADAPTIVE_MAX_POOL", "TOPK",
    "RESIZE_INTERPOLATION", "GATHERND_TF", "SORT_PER_DIM", "WHERE_SQUEEZE_GATHER", "MASKED_SELECT",
    "UNARY", "EMBEDDING", "TOPK_MX", "INDEX_PUT", "SCATTER_ND", "RANDOM_UNIFORM", "GATHER_PT",
    "BINARY", "TENSORFLOW_NMS_V5", "GENERATE_PROPOSALS", "BBOX_TRANSFORM", "BOX_WITH_NMS_LIMIT",
    "COLLECT_RPN_PROPOSALS", "DISTRIBUTE_FPN_PROPOSALS",
    "DISTRIBUTE_FPN_PROPOSALS_ROI_ALIGN_CONCAT", "PYTORCH_ROI_ALIGN", "AFFINE_GRID_GENERATOR",
    "GRID_SAMPLER", "AFFINE_GRID_SAMPLER", "RANDOM_UNIFORM_INT", "TOPK_ASCENDING", "PYTORCH_INDEX",
    "EMBEDDING_BAG", "ONNX_NMS", "DEFORM_GATHER", "DEFORM_PSROIPOOLING", "PADDLE_YOLO_BOX",
    "PADDLE_MULTICLASS_NMS", "PADDLE_DEFORM_CONV", "PADDLE_MATRIX_NMS", "REVERSE_SEQUENCE",
    "FULL_INDEX", "ADAPTIVE_AVERAGE_POOL_3D", "TENSOR_SCATTER_OP",
};
// clang-format on

std::string host_layer_name(std::uint32_t type) {
  return type < std::size(kHostLayers) ? std::string(kHostLayers[type])
                                       : fmt::format("layer {}", type);
}

std::uint64_t little_endian(std::string_view bytes, std::size_t at, std::size_t count) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < count; ++i)
    value |= std::uint64_t{static_cast<unsigned char>(bytes[at + i])} << (8 * i);
  return value;
}

Error damaged() {
  return {.message = "the tables of the bmodel are damaged or encrypted",
          .hint = "`model_tool --info` reads a sound file; decrypt an encrypted one before"};
}

Result<BmodelTensor> tensor_of(const FlatTable& table) {
  BmodelTensor tensor{.name = sanitised_utf8(table.text(0)), .address = table.u64(3)};
  const std::uint32_t type = table.u32(1);
  if (type >= kDataTypes.size()) return damaged();
  tensor.dtype = kDataTypes[type];
  std::int64_t elements = 1;
  const std::vector<FlatTable> shapes = table.tables(5);
  for (const std::uint64_t extent :
       shapes.empty() ? std::vector<std::uint64_t>{} : shapes.front().u64s(0)) {
    const auto whole = static_cast<std::int64_t>(extent);
    if (whole < 1 || whole > kMaxElements / elements) return damaged();
    if (tensor.shape.size() == kMaxRank) return damaged();
    elements *= whole;
    tensor.shape.push_back(whole);
  }
  return tensor;
}

Result<std::vector<BmodelTensor>> tensors_of(const std::vector<FlatTable>& tables) {
  std::vector<BmodelTensor> tensors;
  for (const FlatTable& table : tables) {
    TPU_TRY(BmodelTensor tensor, tensor_of(table));
    tensors.push_back(std::move(tensor));
  }
  return tensors;
}

std::vector<BmodelCommands> commands_of(const std::vector<FlatTable>& tables) {
  std::vector<BmodelCommands> groups;
  for (const FlatTable& table : tables) {
    groups.push_back({.bdc_count = table.u32(0),
                      .gdma_count = table.u32(1),
                      .bdc = table.extent(2),
                      .gdma = table.extent(3)});
  }
  return groups;
}

Result<BmodelSubnet> subnet_of(const FlatTable& table) {
  BmodelSubnet subnet;
  const std::int32_t mode = table.i32(0);
  if (mode < 0 || mode > static_cast<std::int32_t>(BmodelSubnet::Mode::kSwitch)) return damaged();
  subnet.mode = static_cast<BmodelSubnet::Mode>(mode);
  for (const FlatTable& layer : table.tables(2))
    subnet.cpu_layers.push_back(host_layer_name(layer.u32(0)));
  for (const FlatTable& tensor : table.tables(4))
    subnet.results.push_back(sanitised_utf8(tensor.text(0)));
  subnet.is_dynamic = table.i32(5) != 0;
  subnet.id = table.i32(10, -1);
  for (const FlatTable& core : table.tables(14))
    subnet.cores.push_back(commands_of(core.tables(0)));
  if (subnet.cores.empty()) subnet.cores.push_back(commands_of(table.tables(1)));
  return subnet;
}

Result<BmodelStage> stage_of(const FlatTable& table) {
  BmodelStage stage;
  TPU_TRY(stage.inputs, tensors_of(table.tables(0)));
  TPU_TRY(stage.outputs, tensors_of(table.tables(1)));
  const FlatTable weights = table.table(4);
  stage.weight_address = weights.u64(0);
  stage.weight_bytes = weights.extent(2).size;
  stage.locations = table.extent(19);
  for (const FlatTable& subnet : table.tables(12)) {
    TPU_TRY(BmodelSubnet read, subnet_of(subnet));
    stage.subnets.push_back(std::move(read));
  }
  if (stage.subnets.empty()) {  // files from before sub-nets
    stage.subnets.push_back({.is_dynamic = table.i32(5) != 0,
                             .cpu_layers = {},
                             .cores = {commands_of(table.tables(8))}});
  }
  return stage;
}

/// No stream is longer than ids can count, and none ends beyond what an offset can hold.
bool is_possible(const Extent& extent) {
  return extent.size <= kMostStream && extent.start <= (std::uint64_t{1} << 50U);
}

bool is_possible(const BmodelStage& stage) {
  if (!is_possible(stage.locations)) return false;
  for (const BmodelSubnet& subnet : stage.subnets) {
    for (const std::vector<BmodelCommands>& core : subnet.cores) {
      const bool is_good = std::all_of(core.begin(), core.end(), [](const BmodelCommands& group) {
        return is_possible(group.bdc) && is_possible(group.gdma);
      });
      if (!is_good) return false;
    }
  }
  return true;
}

Result<Bmodel> model_of(const FlatTable& root) {
  Bmodel model{.version = sanitised_utf8(root.text(1)), .chip = {}, .nets = {}};
  const std::string chip = sanitised_utf8(root.text(3));
  if (chip.empty()) return damaged();
  const auto known = std::find_if(std::begin(kChips), std::end(kChips),
                                  [&](const ChipOfBmodel& row) { return row.written == chip; });
  if (known == std::end(kChips)) {
    return Error{.code = ErrorCode::kUnsupported,
                 .message = fmt::format("the bmodel is for {}, whose commands are not known", chip),
                 .hint = "BM1684, BM1684X, BM1688 and CV186X are read"};
  }
  model.chip = known->name;
  model.set = known->set;
  for (const FlatTable& table : root.tables(4)) {
    BmodelNet net{.name = sanitised_utf8(table.text(0)), .stages = {}};
    for (const FlatTable& parameter : table.tables(3)) {
      TPU_TRY(BmodelStage stage, stage_of(parameter));
      if (!is_possible(stage)) return damaged();
      net.stages.push_back(std::move(stage));
    }
    if (net.stages.empty()) return damaged();
    model.nets.push_back(std::move(net));
  }
  if (model.nets.empty()) return damaged();
  return model;
}

Result<Bmodel> bmodel_from(ByteSource& source) {
  TPU_TRY(const std::string header, source.read(0, kHeaderBytes));
  const std::uint64_t magic = little_endian(header, 0, 4);
  if (magic == kFormerMagic) {
    return Error{.code = ErrorCode::kUnsupported,
                 .message = "the bmodel is of the toolchain before tpu-mlir",
                 .hint = "compile the network again with model_deploy"};
  }
  if (magic != kMagic) return Error{.message = "the file is no bmodel"};
  const std::uint64_t header_size = little_endian(header, 4, 4);
  const std::uint64_t table_size = little_endian(header, 8, 4);
  if (header_size != kHeaderBytes || table_size < 8 || table_size > kMostTables) return damaged();
  const std::uint64_t whole = kHeaderBytes + table_size + little_endian(header, 12, 8);
  if (source.size() && *source.size() < whole) {
    return Error{.message = fmt::format("the bmodel is cut off: {} of {} bytes are there",
                                        *source.size(), whole)};
  }
  TPU_TRY(const std::string tables, source.read(kHeaderBytes, table_size));
  const FlatBuffer buffer(tables);
  Result<Bmodel> model = model_of(buffer.root());
  if (buffer.is_damaged()) return damaged();
  if (model.ok()) model.value().binary_start = kHeaderBytes + table_size;
  return model;
}

}  // namespace

std::int64_t BmodelTensor::bytes() const {
  std::int64_t product = size_of(dtype);
  for (const std::int64_t extent : shape)
    product *= extent;
  return product;
}

std::string choice_text(const Bmodel& model, std::size_t net, std::size_t stage) {
  const std::string& name = model.nets[net].name;
  std::size_t number = 1;
  for (std::size_t n = 0; n < net; ++n)
    number += model.nets[n].name == name ? 1U : 0U;
  return number == 1 ? fmt::format("{}:{}", name, stage)
                     : fmt::format("{}#{}:{}", name, number, stage);
}

bool is_bmodel(std::string_view head) {
  if (head.size() < 4) return false;
  const std::uint64_t magic = little_endian(head, 0, 4);
  return magic == kMagic || magic == kFormerMagic;
}

Result<Bmodel> read_bmodel(ByteSource& source, const std::string& where) {
  Result<Bmodel> model = bmodel_from(source);
  if (model.ok()) return model;
  Errors errors = model.errors();
  for (Error& error : errors)
    if (error.where.empty()) error.where = where;
  return errors;
}

}  // namespace tpuscope
