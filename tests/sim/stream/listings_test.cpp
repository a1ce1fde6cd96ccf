// Real compiled models against what the vendor's own disassembler prints of them, command by
// command: kind, ids, shapes, kernels, strides, padding, places in local memory, messages.

#include <map>
#include <memory>
#include <sstream>

#include <doctest/doctest.h>

#include "sim/stream/bmodel.h"
#include "sim/stream/hardware_command.h"
#include "tests/support/shared_files.h"

namespace tpuscope::test {
namespace {

/// Numbers in a text, in order.
std::vector<std::uint64_t> numbers_in(std::string_view text) {
  std::vector<std::uint64_t> numbers;
  for (std::size_t i = 0; i < text.size();) {
    if (text[i] < '0' || text[i] > '9') {
      ++i;
      continue;
    }
    std::uint64_t number = 0;
    for (; i < text.size() && text[i] >= '0' && text[i] <= '9'; ++i)
      number = number * 10 + static_cast<std::uint64_t>(text[i] - '0');
    numbers.push_back(number);
  }
  return numbers;
}

/// What stands between two words; empty without them.
std::string between(const std::string& text, std::string_view from, std::string_view to) {
  const std::size_t begin = text.find(from);
  if (begin == std::string::npos) return "";
  const std::size_t at = begin + from.size();
  return text.substr(at, text.find(to, at) - at);
}

/// One line of a listing.
struct Listed {
  std::string op{};
  std::uint64_t id = 0;
  std::uint64_t wait_id = 0;
  std::uint64_t core = 0;
  Engine engine = Engine::kBdc;
  std::string result{};  ///< "R15.8320.L6"
  std::vector<std::uint64_t> shape{};
  std::vector<std::uint64_t> operand{};  ///< shape of the first
  std::string line{};

  std::vector<std::uint64_t> attribute(const std::string& name) const {
    return numbers_in(between(line, name + " = [", "]"));
  }
  std::uint64_t value(const std::string& name) const {
    return numbers_in(between(line, name + " = ", ",") + "}").at(0);
  }
};

/// "1x8x4x4" of "memref<1x8x4x4xsi8, ...".
std::vector<std::uint64_t> shape_in(const std::string& text) {
  const std::string inside = between(text, "memref<", ">");
  const std::string extents = inside.substr(0, inside.find(','));
  return numbers_in(extents.substr(0, extents.rfind('x')));
}

std::vector<Listed> listed_of(const std::string& text) {
  std::vector<Listed> lines;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string line = text.substr(at, end - at);
    at = end + 1;
    const std::string op = between(line, " = \"", "\"");
    if (op.empty() || op.front() == '@' || line.find("module") != std::string::npos) continue;
    Listed listed{.op = op, .line = line};
    const std::string results = line.substr(0, line.find(" = \""));
    const bool is_dma = op.starts_with("dma.");
    listed.engine = is_dma ? Engine::kGdma : Engine::kBdc;
    const std::string operands = between(line, op + "\"(", ")");
    const std::string mark = is_dma ? "%D" : "%B";
    const std::size_t own = results.rfind(mark);
    const std::size_t other = operands.rfind(is_dma ? "%B" : "%D");
    if (own == std::string::npos) continue;
    const auto own_numbers =
        numbers_in(results.substr(own).substr(0, results.find(',', own) - own));
    listed.id = own_numbers.at(0);
    listed.core = own_numbers.size() > 1 ? own_numbers[1] : 0;
    if (other != std::string::npos) listed.wait_id = numbers_in(operands.substr(other)).at(0);
    if (results.find("%R") != std::string::npos) listed.result = between(results + ",", "%", ",");
    const std::size_t arrow = line.rfind("->");
    if (arrow != std::string::npos) listed.shape = shape_in(line.substr(arrow));
    listed.operand =
        shape_in(line.substr(line.find(": (") == std::string::npos ? 0 : line.find(": (")));
    lines.push_back(std::move(listed));
  }
  return lines;
}

const std::map<std::string, std::string>& forms_of_listing() {
  static const std::map<std::string, std::string> forms{{"arith", "AR"},
                                                        {"conv", "CONV"},
                                                        {"pord", "PorD"},
                                                        {"mm", "MM"},
                                                        {"sg", "SG"},
                                                        {"quant", "RQ"},
                                                        {"system_tr_wr", "SYS_TR_ACC"},
                                                        {"system", "SYS"},
                                                        {"tsbc", "BC"},
                                                        {"dma", "DMA"}};
  return forms;
}

/// Bytes per lane and of a bank: how "R15.8320.L6" counts.
std::uint64_t place_of(const std::string& result, InstructionSet set) {
  const bool is_x = set == InstructionSet::kBm1684x;
  const std::uint64_t bank = is_x ? 1U << 14U : 1U << 13U;
  const std::uint64_t lane = is_x ? 1U << 18U : 1U << 17U;
  const auto numbers = numbers_in(result);
  const bool has_lane = result.find('L') != std::string::npos;
  std::uint64_t place = numbers.at(0) * bank;
  if (numbers.size() > (has_lane ? 2U : 1U)) place += numbers[1];
  if (has_lane) place += numbers.back() * lane;
  return place;
}

void compare(const Listed& listed, const HardwareCommand& command, InstructionSet set) {
  CAPTURE(listed.line);
  // Writes of registers do not wait; the listing shows what the command before them waited for.
  if (!listed.op.starts_with("system_tr_wr")) CHECK(command.wait_id == listed.wait_id);
  const std::string family = listed.op.substr(0, listed.op.find('.'));
  CHECK(command.form->name.find(forms_of_listing().at(family)) != std::string_view::npos);
  if (listed.op.find("send") != std::string::npos || listed.op.find("wait") != std::string::npos) {
    const bool is_dma = listed.engine == Engine::kGdma;
    const std::uint64_t word = command[is_dma ? "constant_value" : "imm"];
    CHECK((word & 0x7F) == listed.value("msg_id"));
    CHECK((word >> (is_dma ? 8 : 16) & 7) == listed.value("cnt"));
    const bool waits = listed.op.find("wait") != std::string::npos;
    CHECK(command[is_dma ? "cmd_special_function" : "tsk_eu_typ"] ==
          (is_dma ? (waits ? 4U : 3U) : (waits ? 9U : 8U)));
    return;
  }
  if (family == "system_tr_wr") return;
  const bool is_copy = command["nchw_copy"] != 0;
  // The listing shows matrices as they lie in DDR; the command has rows and columns.
  if (listed.shape.size() == 4 && listed.op != "dma.matrix") {
    const std::vector<std::uint64_t> shape =
        listed.engine == Engine::kBdc ? std::vector{command["res0_n"], command["res0_c"],
                                                    command["res0_h"], command["res0_w"]}
        : is_copy ? std::vector{command["src_nsize"], command["src_csize"], command["src_hsize"],
                                command["src_wsize"]}
                  : std::vector{command["dst_nsize"], command["dst_csize"], command["dst_hsize"],
                                command["dst_wsize"]};
    if (listed.op != "dma.tensor.broadcast" || !is_copy) CHECK(shape == listed.shape);
  }
  if (family == "conv" || family == "pord") {
    const auto kernel = listed.attribute("kernel");
    CHECK(std::vector{command["opd1_h"], command["opd1_w"]} == kernel);
    CHECK(std::vector{command["res_op_y_str"], command["res_op_x_str"]} ==
          listed.attribute("stride"));
    CHECK(std::vector{command["opd0_up_pad"], command["opd0_dn_pad"], command["opd0_lf_pad"],
                      command["opd0_rt_pad"]} == listed.attribute("pad"));
    CHECK(std::vector{command["opd0_h"], command["opd0_w"]} ==
          std::vector{listed.operand.at(2), listed.operand.at(3)});
    if (family == "conv") CHECK(command["opd0_c"] == listed.operand.at(1));
  }
  if (family == "mm") {
    CHECK(command["opd0_n"] == listed.operand.at(0));
    CHECK(command["opd0_w"] * (command["opd0_c"] - 1) + command["opd1_w"] == listed.operand.at(1));
  }
  if (listed.result.starts_with("R")) {
    constexpr std::uint64_t kLocalOfBm1684x = 0x8000000;
    const std::uint64_t base = set == InstructionSet::kBm1684x ? kLocalOfBm1684x : 0;
    const std::uint64_t place =
        listed.engine == Engine::kBdc ? command["res0_addr"] : command["dst_start_addr_l32"] - base;
    CHECK(place == place_of(listed.result, set));
  }
}

TEST_CASE("every command of real models is what the vendor's disassembler says") {
  const auto shared = shared_folder();
  if (!shared) return;
  std::size_t compared = 0;
  for (const auto& path : shared_files(*shared / "artefacts/listings", ".mlir.test")) {
    const std::string name = path.stem().stem().string();
    const auto source = open_source((*shared / "artefacts/bmodels" / name).string());
    REQUIRE(source.ok());
    const Result<Bmodel> model = read_bmodel(**source, name);
    // Of BM1684 it prints no operands: see below.
    if (name.find("bm1684_") != std::string::npos) continue;
    REQUIRE(model.ok());
    std::map<std::pair<std::uint64_t, Engine>, std::vector<Listed>> listings;
    for (Listed& line : listed_of(shared_text(path)))
      listings[{line.core, line.engine}].push_back(std::move(line));
    const BmodelSubnet& subnet = model->nets.at(0).stages.at(0).subnets.at(0);
    for (std::uint64_t core = 0; core < subnet.cores.size(); ++core) {
      const BmodelCommands& group = subnet.cores[core].at(0);
      for (const Engine engine : {Engine::kBdc, Engine::kGdma}) {
        const Extent extent = engine == Engine::kBdc ? group.bdc : group.gdma;
        const auto bytes = (*source)->read(model->binary_start + extent.start, extent.size);
        REQUIRE(bytes.ok());
        const auto commands = decode_stream(model->set, engine, *bytes, name);
        REQUIRE(commands.ok());
        CHECK(commands->size() == (engine == Engine::kBdc ? group.bdc_count : group.gdma_count));
        for (const Listed& line : listings[{core, engine}]) {
          REQUIRE(line.id <= commands->size());
          compare(line, commands->at(line.id - 1), model->set);
          ++compared;
        }
      }
    }
  }
  CHECK(compared > 3000);
}

/// "%B27 = convolution neuron(%D9)": of BM1684 ids and kinds are all that is printed.
const std::map<std::string, std::string>& former_forms_of_listing() {
  static const std::map<std::string, std::string> forms{
      {"convolution neuron", "CONV"}, {"depthwise or pooling", "PorD"}, {"matrix multiply", "MM"},
      {"tensor arithmetic", "AR"},    {"table lookup", "LUT"},          {"md scalar", "MD_SCALAR"},
      {"md sfu", "MD_SFU"},           {"DMA tensor", "DMA_tensor"}};
  return forms;
}

TEST_CASE("commands of BM1684 have the kinds and ids of the vendor's listing") {
  const auto shared = shared_folder();
  if (!shared) return;
  const std::string name = "yolov5s_bm1684_f32.bmodel";
  const auto source = open_source((*shared / "artefacts/bmodels" / name).string());
  REQUIRE(source.ok());
  const Result<Bmodel> model = read_bmodel(**source, name);
  REQUIRE(model.ok());
  const BmodelCommands& group = model->nets.at(0).stages.at(0).subnets.at(0).cores.at(0).at(0);
  std::map<Engine, std::string> bytes;
  std::map<Engine, std::vector<HardwareCommand>> streams;
  for (const Engine engine : {Engine::kBdc, Engine::kGdma}) {
    const Extent extent = engine == Engine::kBdc ? group.bdc : group.gdma;
    const auto read = (*source)->read(model->binary_start + extent.start, extent.size);
    REQUIRE(read.ok());
    bytes[engine] = *read;
    const auto commands = decode_stream(model->set, engine, bytes[engine], name);
    REQUIRE(commands.ok());
    CHECK(commands->size() == (engine == Engine::kBdc ? group.bdc_count : group.gdma_count));
    streams[engine] = *commands;
  }
  std::size_t compared = 0;
  std::istringstream lines(shared_text(*shared / "artefacts/listings" / (name + ".mlir.test")));
  for (std::string line; std::getline(lines, line);) {
    const std::string form = between(line, " = ", "(");
    const auto known = former_forms_of_listing().find(form);
    if (known == former_forms_of_listing().end()) continue;
    CAPTURE(line);
    const auto ids = numbers_in(line);
    const Engine engine = form == "DMA tensor" ? Engine::kGdma : Engine::kBdc;
    const HardwareCommand& command = streams[engine].at(ids.at(0) - 1);
    CHECK(command.form->name == known->second);
    CHECK(command.wait_id == ids.at(1));
    ++compared;
  }
  CHECK(compared == streams[Engine::kBdc].size() + streams[Engine::kGdma].size());
}

TEST_CASE("every compiled model has as many commands as its tables say") {
  const auto shared = shared_folder();
  if (!shared) return;
  std::size_t files = 0;
  for (const auto& path : shared_files(*shared / "compiled", "model.bmodel.gz")) {
    CAPTURE(path);
    const auto source = open_source(path.string());
    REQUIRE(source.ok());
    const Result<Bmodel> model = read_bmodel(**source, path.string());
    REQUIRE(model.ok());
    ++files;
    for (const BmodelNet& net : model->nets) {
      for (const BmodelStage& stage : net.stages) {
        for (const BmodelSubnet& subnet : stage.subnets) {
          for (const auto& core : subnet.cores) {
            for (const BmodelCommands& group : core) {
              for (const Engine engine : {Engine::kBdc, Engine::kGdma}) {
                const bool is_bdc = engine == Engine::kBdc;
                const Extent extent = is_bdc ? group.bdc : group.gdma;
                const auto bytes = (*source)->read(model->binary_start + extent.start, extent.size);
                REQUIRE(bytes.ok());
                const auto commands = decode_stream(model->set, engine, *bytes, path.string());
                if (!commands.ok()) FAIL(commands.error().message);
                CHECK(commands->size() == (is_bdc ? group.bdc_count : group.gdma_count));
              }
            }
          }
        }
      }
    }
  }
  CHECK(files > 40);
}

}  // namespace
}  // namespace tpuscope::test
