// Reads programs: JSON files that name networks and say in which order and how often they run.
// "FILE#RUN" is one of its runs.

#include <algorithm>
#include <filesystem>
#include <map>

#include <fmt/core.h>

#include "base/strict_json.h"
#include "base/text.h"
#include "graph/frontend.h"
#include "graph/programs/join_nets.h"

namespace tpuscope {
namespace {

constexpr std::string_view kKind = "tpuscope.program";
/// More nets than any program has; mistakes must not fill memory.
constexpr std::int64_t kMostNets = 4096;

bool accepts_program(std::string_view, std::string_view head) {
  const std::size_t first = head.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && head[first] == '{' &&
         head.find(kKind) != std::string_view::npos;
}

class ProgramReader {
 public:
  ProgramReader(std::string_view path, const ImportOptions& options) : options_(options) {
    const std::size_t mark = path.rfind('#');
    file_ = sanitised_utf8(path.substr(0, mark));
    if (mark != std::string_view::npos) wanted_ = path.substr(mark + 1);
    name_ = std::filesystem::path(file_).stem().string();
  }

  Result<Graph> read(std::string_view bytes) {
    TPU_TRY(const nlohmann::ordered_json json, parse_json(bytes, file_));
    const JsonReader reader(json, file_);
    TPU_TRY_STATUS(reader.expect_keys({"kind", "schema", "name", "host", "nets", "runs"}));
    TPU_TRY_STATUS(check_form(reader));
    if (reader.has("host")) {
      TPU_TRY(const JsonReader host, reader.at("host"));
      TPU_TRY(host_, host.text());
      if (host_ != "cpp" && host_ != "python") {
        return host.error(fmt::format("unknown host {}", in_quotes(host_)), "cpp or python");
      }
    }
    TPU_TRY(const JsonReader runs, reader.at("runs"));
    TPU_TRY(const JsonReader run, chosen_run(runs));
    TPU_TRY(const JsonReader nets, reader.at("nets"));
    TPU_TRY(const std::vector<JsonReader> steps, run.elements());
    std::vector<ProgramStep> program;
    std::int64_t count = 0;
    for (const JsonReader& step : steps) {
      TPU_TRY(program.emplace_back(), read_step(step, nets));
      count += std::min(program.back().count, kMostNets);
      if (count > kMostNets) {
        return step.error(fmt::format("the run starts more than {} nets", kMostNets));
      }
    }
    return with_location(join_nets(name_, program), run.where());
  }

 private:
  static Status check_form(const JsonReader& reader) {
    TPU_TRY(const JsonReader kind, reader.at("kind"));
    TPU_TRY(const std::string name, kind.text());
    if (name != kKind) return kind.error(fmt::format("expected \"{}\"", kKind));
    TPU_TRY(const JsonReader schema, reader.at("schema"));
    TPU_TRY(const std::int64_t version, schema.integer());
    if (version != 1) return schema.error(fmt::format("schema {} is not known, 1 is", version));
    return Ok{};
  }

  Result<JsonReader> chosen_run(const JsonReader& runs) const {
    if (!runs.json().is_object() || runs.json().empty()) {
      return runs.error("is no object with runs", "as {\"decode\": [\"net\"]}");
    }
    std::vector<std::string> names;
    for (const auto& [name, unused] : runs.json().items())
      names.push_back(name);
    if (!wanted_.empty()) {
      if (runs.has(wanted_)) return runs.at(wanted_);
      return Error{.code = ErrorCode::kUsage,
                   .message = fmt::format("the program has no run {}", in_quotes(wanted_)),
                   .where = file_,
                   .hint = did_you_mean(wanted_, names)};
    }
    if (names.size() > 1 && options_.on_notice) {
      options_.on_notice(
          {.message = fmt::format("the run {} of {} ({})", names[0], names.size(), join(names)),
           .where = file_,
           .hint = fmt::format("{}#{} takes another", file_, names[1])});
    }
    return runs.at(names[0]);
  }

  Result<ProgramStep> read_step(const JsonReader& step, const JsonReader& nets) {
    ProgramStep read{.host = host_};
    if (step.json().is_string()) {
      TPU_TRY(read.net, step.text());
    } else {
      TPU_TRY_STATUS(step.expect_keys({"net", "count", "cache_bytes", "copied_bytes"}));
      TPU_TRY(const JsonReader net, step.at("net"));
      TPU_TRY(read.net, net.text());
      TPU_TRY_STATUS(take_number(step, "count", 1, read.count));
      TPU_TRY_STATUS(take_number(step, "cache_bytes", 0, read.cache_bytes));
      TPU_TRY_STATUS(take_number(step, "copied_bytes", 0, read.copied_bytes));
    }
    TPU_TRY(read.graph, net_of(read.net, step, nets));
    return read;
  }

  static Status take_number(const JsonReader& step, std::string_view key, std::int64_t least,
                            std::int64_t& number) {
    if (!step.has(key)) return Ok{};
    TPU_TRY(const JsonReader value, step.at(key));
    TPU_TRY(number, value.integer());
    if (number < least)
      return value.error(fmt::format("{} is {}, {} is the least", key, number, least));
    return Ok{};
  }

  Result<const Graph*> net_of(const std::string& name, const JsonReader& step,
                              const JsonReader& nets) {
    if (const auto known = graphs_.find(name); known != graphs_.end()) return &known->second;
    if (!nets.has(name)) {
      std::vector<std::string> names;
      if (nets.json().is_object())
        for (const auto& [net, unused] : nets.json().items())
          names.push_back(net);
      return step.error(fmt::format("there is no net {}", in_quotes(name)),
                        did_you_mean(name, names));
    }
    TPU_TRY(const JsonReader place, nets.at(name));
    TPU_TRY(const std::string relative, place.text());
    if (!options_.folder) return place.error("files of nets are beside the program, which is none");
    const std::filesystem::path path = std::filesystem::path(*options_.folder) / relative;
    TPU_TRY(const NetworkFile file, with_location(open_network(path.string()), place.where()));
    if (accepts_program(file.path, file.bytes)) {
      return place.error("a net of a program is a network, no program");
    }
    ImportOptions options = options_;
    options.is_one_of_several = true;
    TPU_TRY(Graph graph, read_graph(file, options));
    return &graphs_.emplace(name, std::move(graph)).first->second;
  }

  const ImportOptions& options_;
  std::string file_{};
  std::string wanted_{};
  std::string name_{};
  std::string host_ = "cpp";
  std::map<std::string, Graph> graphs_{};
};

Result<Graph> read_program(std::string_view path, std::string_view bytes,
                           const ImportOptions& options) {
  return ProgramReader(path, options).read(bytes);
}

TPU_REGISTER(
    FrontendRegistry::instance().add({.name = "program",
                                      .summary = "a JSON object whose kind is tpuscope.program",
                                      .priority = 30,
                                      .has_open_ends = true,
                                      .accepts = accepts_program,
                                      .read = read_program}));

}  // namespace
}  // namespace tpuscope
