// Reading: container, streams, names. Running: prices and replay.

#include "passes/streams/compiled_network.h"

#include <algorithm>
#include <filesystem>
#include <map>

#include <fmt/core.h>

#include "base/input_file.h"
#include "base/text.h"
#include "passes/streams/stream_ops.h"
#include "passes/streams/stream_owners.h"
#include "sim/engine/replay.h"
#include "sim/stream/locations.h"
#include "sim/stream/profile_text.h"

namespace tpuscope {
namespace {

/// What of a sub-net has no commands, in words; empty where it has.
std::string unsimulated(const BmodelSubnet& subnet) {
  switch (subnet.mode) {
    case BmodelSubnet::Mode::kCpu:
      return fmt::format("{} on the host",
                         subnet.cpu_layers.empty() ? "layers" : join(subnet.cpu_layers));
    case BmodelSubnet::Mode::kMerge:
      return "a merge of branches";
    case BmodelSubnet::Mode::kSwitch:
      return "a choice between branches";
    case BmodelSubnet::Mode::kTpu:
      break;
  }
  return subnet.is_dynamic ? "a dynamic part, whose commands are made on the board" : "";
}

/// The first of them.
std::string results_text(std::vector<std::string> names) {
  constexpr std::size_t kMostListed = 4;
  if (names.size() > kMostListed) {
    names.resize(kMostListed);
    names.emplace_back("...");
  }
  return join(names);
}

/// Streams of one stage and how many commands stand before each of its sub-nets.
struct StageStreams {
  std::vector<std::vector<StreamBytes>> parts{};
  std::vector<IdsBefore> subnets{};
};

Result<StageStreams> read_streams(ByteSource& source, const Bmodel& model, const BmodelStage& stage,
                                  std::vector<std::string>& notes) {
  StageStreams streams;
  std::size_t cores = 1;
  for (const BmodelSubnet& subnet : stage.subnets)
    cores = std::max(cores, subnet.cores.size());
  IdsBefore before(cores);
  const auto bytes_of = [&](const Extent& extent) {
    return source.read(model.binary_start + extent.start, extent.size);
  };
  for (std::size_t s = 0; s < stage.subnets.size(); ++s) {
    const BmodelSubnet& subnet = stage.subnets[s];
    streams.subnets.push_back(before);
    if (const std::string what = unsimulated(subnet); !what.empty()) {
      std::string note = fmt::format("not simulated: sub-net {}, {}", s, what);
      if (!subnet.results.empty()) note += "; it makes " + results_text(subnet.results);
      notes.push_back(std::move(note));
      continue;
    }
    std::size_t groups = 0;
    for (const std::vector<BmodelCommands>& core : subnet.cores)
      groups = std::max(groups, core.size());
    for (std::size_t g = 0; g < groups; ++g) {
      std::vector<StreamBytes>& part = streams.parts.emplace_back(subnet.cores.size());
      for (std::size_t core = 0; core < subnet.cores.size(); ++core) {
        if (g >= subnet.cores[core].size()) continue;
        const BmodelCommands& commands = subnet.cores[core][g];
        TPU_TRY(part[core].bdc, bytes_of(commands.bdc));
        TPU_TRY(part[core].gdma, bytes_of(commands.gdma));
        before[core][static_cast<std::size_t>(Engine::kBdc)] += commands.bdc_count;
        before[core][static_cast<std::size_t>(Engine::kGdma)] += commands.gdma_count;
      }
    }
  }
  // What the tables count, the streams must hold.
  streams.subnets.push_back(before);
  return streams;
}

Status check_counts(const DecodedStream& stream, const IdsBefore& expected,
                    const std::string& where) {
  IdsBefore found(expected.size());
  for (const StreamCommand& command : stream.commands)
    ++found.at(command.core)[static_cast<std::size_t>(command.engine)];
  for (std::size_t core = 0; core < expected.size(); ++core) {
    for (const Engine engine : {Engine::kBdc, Engine::kGdma}) {
      const auto own = static_cast<std::size_t>(engine);
      if (found[core][own] == expected[core][own]) continue;
      return Error{
          .message = fmt::format("the stream of {} on core {} has {} commands, {} expected",
                                 name_of(engine), core, found[core][own], expected[core][own]),
          .where = where,
          .hint = "the file is damaged"};
    }
  }
  return Ok{};
}

/// Multiply-accumulates of a product; 0 for other instructions.
double macs_of(const ComputeInstruction& compute) {
  const auto& shape = compute.result;
  const double columns = static_cast<double>(shape[1]) * shape[2] * shape[3];
  switch (compute.kind) {
    case ComputeKind::kConv:
      return shape[0] * columns * compute.input[1] * compute.kernel[0] * compute.kernel[1];
    case ComputeKind::kMatMul:
      return columns * compute.input[0] * compute.reduced;
    case ComputeKind::kCubeMatMul:
    case ComputeKind::kCubeMatMulNT:
      return columns * compute.reduced;
    default:
      return 0;
  }
}

/// The element type in which the most is multiplied; in models without products that of most
/// commands.
DType precision_of(const DecodedStream& stream) {
  std::map<DType, std::pair<double, std::size_t>> types;
  for (const ComputeInstruction& compute : stream.computes) {
    auto& [macs, commands] = types[compute.dtype];
    macs += macs_of(compute);
    ++commands;
  }
  const auto most = std::max_element(
      types.begin(), types.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  return most == types.end() ? DType::kI8 : most->first;
}

void describe_boundary(const BmodelStage& stage, CompiledNetwork& network) {
  const auto add = [&](const BmodelTensor& tensor, std::vector<DdrRange>& ranges) {
    const auto bytes = static_cast<std::uint64_t>(tensor.bytes());
    ranges.push_back({tensor.address, tensor.address + bytes});
    network.boundary_bytes += tensor.bytes();
  };
  for (const BmodelTensor& input : stage.inputs)
    add(input, network.boundary.inputs);
  for (const BmodelTensor& output : stage.outputs)
    add(output, network.boundary.outputs);
  network.boundary.weights = {stage.weight_address, stage.weight_address + stage.weight_bytes};
  network.boundary.is_whole =  // files whose weights were taken out do not say where they were
      stage.weight_bytes > 0 &&
      std::all_of(stage.subnets.begin(), stage.subnets.end(),
                  [](const BmodelSubnet& subnet) { return unsimulated(subnet).empty(); });
}

std::string shapes_text(const BmodelStage& stage) {
  std::vector<std::string> shapes;
  for (const BmodelTensor& input : stage.inputs)
    shapes.push_back(list_text(input.shape));
  return join(shapes);
}

std::vector<NetStage> all_stages(const Bmodel& model) {
  std::vector<NetStage> stages;
  for (std::size_t n = 0; n < model.nets.size(); ++n) {
    for (std::size_t s = 0; s < model.nets[n].stages.size(); ++s)
      stages.push_back({choice_text(model, n, s), shapes_text(model.nets[n].stages[s])});
  }
  return stages;
}

/// A net and one of its input shapes, by their places in the file.
struct StagePlace {
  std::size_t net = 0;
  std::size_t stage = 0;
};

/// The place of "NAME" or "NAME:STAGE"; of the first where nothing is chosen.
Result<StagePlace> chosen_stage(const Bmodel& model, const std::string& choice,
                                const std::string& where) {
  if (choice.empty()) return StagePlace{};
  std::vector<std::string> known;
  for (std::size_t n = 0; n < model.nets.size(); ++n) {
    if (model.nets[n].name == choice) return StagePlace{n, 0};
    for (std::size_t s = 0; s < model.nets[n].stages.size(); ++s) {
      known.push_back(choice_text(model, n, s));
      if (known.back() == choice) return StagePlace{n, s};
    }
  }
  return Error{.code = ErrorCode::kUsage,
               .message = fmt::format("the model has no net {}", in_quotes(choice)),
               .where = where,
               .hint = did_you_mean(choice, known)};
}

/// Which of several is simulated, and how to choose another one.
std::string stage_note(const Bmodel& model, const StagePlace& place) {
  constexpr std::size_t kMostListed = 8;
  const BmodelNet& net = model.nets[place.net];
  const std::string own = choice_text(model, place.net, place.stage);
  std::vector<std::string> others;
  std::size_t count = 0;
  for (const NetStage& stage : all_stages(model)) {
    ++count;
    if (stage.choice == own || others.size() > kMostListed) continue;
    others.push_back(others.size() == kMostListed ? "..." : stage.choice + " " + stage.inputs);
  }
  return fmt::format("simulated is {} {}, one of {} in the file; --net chooses another: {}", own,
                     shapes_text(net.stages[place.stage]), count, join(others));
}

/// What the compiler leaves beside a model or a capture, also compressed.
Result<std::optional<std::string>> locations_beside(const std::string& path) {
  const std::filesystem::path model(path);
  std::error_code problem;
  const std::filesystem::path folder =
      std::filesystem::is_directory(model, problem) ? model : model.parent_path();
  for (const std::filesystem::path& candidate :
       {std::filesystem::path(path + ".json"), folder / "tensor_location.json",
        folder / "tensor_location.json.gz"}) {
    if (!std::filesystem::is_regular_file(candidate, problem)) continue;
    TPU_TRY(std::string text, read_input(candidate.string()));
    return std::optional(std::move(text));
  }
  return std::optional<std::string>();
}

/// The model's own locations; files whose weights were taken out hold zeros in their place.
Result<std::optional<std::string>> locations_inside(ByteSource& source, const Bmodel& model,
                                                    const BmodelStage& stage) {
  if (stage.locations.size == 0) return std::optional<std::string>();
  TPU_TRY(std::string text,
          source.read(model.binary_start + stage.locations.start, stage.locations.size));
  if (text.find_first_not_of('\0') == std::string::npos) return std::optional<std::string>();
  return std::optional(std::move(text));
}

/// Compiled models that a folder which is no capture holds, sorted; without any the one beside it
/// that has its name: model_deploy leaves NAME.bmodel and a folder NAME with the rest.
std::vector<std::string> models_in(const std::string& folder) {
  std::vector<std::string> models;
  std::error_code problem;
  if (!std::filesystem::is_directory(folder, problem) || is_capture(folder)) return models;
  for (auto at = std::filesystem::directory_iterator(folder, problem);
       !problem && at != std::filesystem::directory_iterator(); at.increment(problem)) {
    const std::string name = at->path().filename().string();
    const bool is_model = name.ends_with(".bmodel") || name.ends_with(".bmodel.gz");
    if (is_model && at->is_regular_file(problem)) models.push_back(at->path().string());
  }
  std::sort(models.begin(), models.end());
  const std::string own = std::filesystem::path(folder).lexically_normal().string();
  const std::string beside = own.substr(0, own.find_last_not_of('/') + 1) + ".bmodel";
  if (models.empty() && std::filesystem::is_regular_file(beside, problem)) {
    models.push_back(beside);
  }
  return models;
}

Result<CompiledNetwork> capture_network(const std::string& folder) {
  CompiledNetwork network;
  TPU_TRY(network.capture, read_capture_folder(folder));
  Capture& capture = *network.capture;
  network.chip = capture.chip;
  TPU_TRY(network.home, load_chip(capture.chip));
  std::vector<StreamBytes> part;
  for (const CaptureCore& core : capture.cores)
    part.push_back(core.streams);
  TPU_TRY(network.stream, decode_parts(capture.set, {part}, sanitised_utf8(folder)));
  network.precision = precision_of(network.stream);
  if (!capture.net.empty()) network.graph.set_name(capture.net);
  const BmodelStage none{.inputs = {}, .outputs = {{.name = "output", .shape = {1}}}};
  TPU_TRY(const std::optional<std::string> json, locations_beside(folder));
  std::vector<LocatedOp> located;
  if (json) {
    TPU_TRY(located, read_locations(*json, sanitised_utf8(folder)));
    network.owners = owners_of(located, {IdsBefore(capture.cores.size())}, network.stream);
    network.has_tensor_names = true;
  } else {
    located = read_profile_layers(capture.layers);
  }
  if (!located.empty()) {
    TPU_TRY_STATUS(name_by_locations(located, none, {IdsBefore(capture.cores.size())}, network));
    network.has_names = true;
  } else {
    TPU_TRY_STATUS(name_by_commands(none, network));
  }
  network.notes.emplace_back("times are measured, commands without a record are priced");
  return network;
}

/// Bytes that loads bring from places that hold weights, each place once.
std::int64_t weight_bytes(const DecodedStream& stream, const Program& program) {
  std::map<std::uint64_t, std::int64_t> places;
  for (std::size_t i = 0; i < program.commands.size(); ++i) {
    const Command& command = program.commands[i];
    if (command.kind != CommandKind::kLoadWeight) continue;
    const TransferInstruction& transfer = stream.transfers[stream.commands[i].index];
    std::int64_t& bytes = places[transfer.source.address];
    bytes = std::max(bytes, command.bytes);
  }
  std::int64_t sum = 0;
  for (const auto& [address, bytes] : places)
    sum += bytes;
  return sum;
}

Bounds bounds_of_stream(const CompiledNetwork& network, const Program& program, const Chip& chip) {
  constexpr double kPicosecondsPerSecond = 1e12;
  Bounds bounds{.ddr_bytes = network.boundary_bytes + weight_bytes(network.stream, program)};
  double seconds = 0;
  for (const Command& command : program.commands) {
    if (!is_cube(command.kind)) continue;
    const std::int64_t macs = command.useful_ops / 2;
    bounds.macs += macs;
    const Result<double> rate = peak_macs_per_second(chip, command.dtype);
    if (rate.ok()) seconds += static_cast<double>(macs) / *rate;
  }
  bounds.compute_time = {static_cast<std::int64_t>(seconds * kPicosecondsPerSecond)};
  bounds.ddr_time = {static_cast<std::int64_t>(static_cast<double>(bounds.ddr_bytes) /
                                               peak_ddr_bytes_per_second(chip) *
                                               kPicosecondsPerSecond)};
  return bounds;
}

}  // namespace

Result<std::string> model_in(const std::string& path) {
  const std::vector<std::string> models = models_in(path);
  if (models.empty()) return path;
  if (models.size() == 1) return models.front();
  constexpr std::size_t kMostListed = 4;
  std::vector<std::string> names;
  for (const std::string& model : models) {
    if (names.size() > kMostListed) break;
    names.push_back(names.size() == kMostListed
                        ? "..."
                        : sanitised_utf8(std::filesystem::path(model).filename().string()));
  }
  return Error{
      .code = ErrorCode::kUsage,
      .message = fmt::format("the folder holds {} compiled models: {}", models.size(), join(names)),
      .where = sanitised_utf8(path),
      .hint = "name one of them instead of the folder"};
}

bool is_compiled(const std::string& path) {
  std::error_code problem;
  if (std::filesystem::is_directory(path, problem)) {
    return is_capture(path) || !models_in(path).empty();
  }
  if (!std::filesystem::is_regular_file(path, problem)) return false;
  const auto source = open_source(path);
  if (!source.ok()) return false;
  const Result<std::string> head = (*source)->read(0, 4);
  return head.ok() && is_bmodel(*head);
}

Result<CompiledNetwork> compiled_from(ByteSource& source, const std::string& where,
                                      const std::optional<std::string>& beside,
                                      const std::string& net_choice) {
  TPU_TRY(const Bmodel model, read_bmodel(source, where));
  TPU_TRY(const StagePlace place, chosen_stage(model, net_choice, where));
  const BmodelNet& net = model.nets[place.net];
  const BmodelStage& stage = net.stages[place.stage];
  CompiledNetwork network;
  network.chip = model.chip;
  TPU_TRY(network.home, load_chip(model.chip));
  network.graph.set_name(net.name);
  if (model.nets.size() > 1 || net.stages.size() > 1) {
    network.notes.push_back(stage_note(model, place));
  }
  TPU_TRY(const StageStreams streams, read_streams(source, model, stage, network.notes));
  if (streams.parts.empty()) {
    return Error{.code = ErrorCode::kUnsupported,
                 .message = "the model has no commands: its parts are dynamic or run on the host",
                 .where = where,
                 .hint = "compile it without --dynamic"};
  }
  if (stage.outputs.empty()) {
    return Error{.message = "the net has no output: the file is damaged", .where = where};
  }
  TPU_TRY(network.stream, decode_parts(model.set, streams.parts, where));
  TPU_TRY_STATUS(check_counts(network.stream, streams.subnets.back(), where));
  network.precision = precision_of(network.stream);
  describe_boundary(stage, network);
  TPU_TRY(std::optional<std::string> json, locations_inside(source, model, stage));
  const std::optional<std::string> cut = json ? whole_entries(*json) : std::nullopt;
  if (cut && !beside) {
    json = cut;
    network.notes.emplace_back(
        "the names of the last ops are cut off in the model; the file MODEL.bmodel.json that "
        "model_deploy writes beside it has them");
  }
  if (!json || (cut && beside)) json = beside;
  if (!json) {
    network.notes.emplace_back(
        "the model names no ops: compile it with --debug to see them in place of addresses");
    TPU_TRY_STATUS(name_by_commands(stage, network));
    return network;
  }
  TPU_TRY(const std::vector<LocatedOp> located, read_locations(*json, where));
  TPU_TRY_STATUS(name_by_locations(located, stage, streams.subnets, network));
  network.owners = owners_of(located, streams.subnets, network.stream);
  network.has_names = true;
  network.has_tensor_names = true;
  return network;
}

Result<std::vector<NetStage>> stages_of(const std::string& path) {
  if (is_capture(path)) return std::vector<NetStage>{};
  TPU_TRY(const std::string file, model_in(path));
  TPU_TRY(const std::unique_ptr<ByteSource> source, open_source(file));
  TPU_TRY(const Bmodel model, read_bmodel(*source, sanitised_utf8(file)));
  return all_stages(model);
}

Result<std::shared_ptr<const CompiledNetwork>> load_compiled(const std::string& path,
                                                             const std::string& net_choice) {
  if (is_capture(path)) {
    if (!net_choice.empty()) {
      return Error{.code = ErrorCode::kUsage,
                   .message = "a capture is of one net, which cannot be chosen",
                   .where = sanitised_utf8(path)};
    }
    TPU_TRY(CompiledNetwork network, capture_network(path));
    return std::make_shared<const CompiledNetwork>(std::move(network));
  }
  TPU_TRY(const std::string file, model_in(path));
  TPU_TRY(const std::unique_ptr<ByteSource> source, open_source(file));
  TPU_TRY(const std::optional<std::string> beside, locations_beside(file));
  TPU_TRY(CompiledNetwork network,
          compiled_from(*source, sanitised_utf8(file), beside, net_choice));
  return std::make_shared<const CompiledNetwork>(std::move(network));
}

Program program_on(const CompiledNetwork& network, const Chip& chip) {
  Program program = program_of(network.stream, chip, network.boundary.inputs);
  for (std::size_t i = 0; i < program.commands.size(); ++i) {
    program.commands[i].op = network.places[i].op;
    program.commands[i].group = network.places[i].group;
    program.commands[i].slice = network.places[i].slice;
  }
  program.groups = std::max<std::size_t>(1, network.plan.groups.size());
  return program;
}

Result<Simulation> simulate(const CompiledNetwork& network, const Chip& chip) {
  const Chip& own = network.home;
  if (chip.array.lanes != own.array.lanes ||
      chip.array.eu_bytes_per_lane != own.array.eu_bytes_per_lane ||
      chip.local_memory.kib_per_lane != own.local_memory.kib_per_lane) {
    return Error{
        .code = ErrorCode::kUsage,
        .message =
            fmt::format("the model was compiled for {}, not for {}", network.chip, chip.name),
        .hint = fmt::format("leave out --chip, or change numbers of {} with --set", network.chip)};
  }
  if (std::cmp_greater(network.stream.cores, chip.array.cores)) {
    return Error{.code = ErrorCode::kUsage,
                 .message = fmt::format("the model was compiled for {} cores, {} has {}",
                                        network.stream.cores, chip.name, chip.array.cores)};
  }
  Simulation simulation{.plan = network.plan};
  Program& program = simulation.program;
  program = program_on(network, chip);
  simulation.bounds = bounds_of_stream(network, program, chip);
  Chip paced = chip;
  if (network.capture) {
    Capture capture = *network.capture;
    join_records(capture, program);
    // What was measured contains how transfers of other cores slowed a transfer.
    if (set_measured(capture, chip, program) > 0) paced.command.sharing_factor = 1;
  }
  TPU_TRY(simulation.timeline, replay(program, paced));
  simulation.ddr_peak_bytes = simulation.bounds.ddr_bytes;
  const auto& all = network.stream.commands;  // what BM1684's computations touch is not read
  if (std::none_of(all.begin(), all.end(), [](const auto& one) { return one.is_opaque; })) {
    simulation.banks = bank_use(network.stream, simulation.timeline, chip);
  }
  return simulation;
}

Errors check_compiled(const CompiledNetwork& network, const Chip& chip,
                      const Simulation& simulation) {
  return check_streams(network.graph, chip, network.stream, network.owners, network.boundary,
                       simulation.program, simulation.timeline);
}

}  // namespace tpuscope
