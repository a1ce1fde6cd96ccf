// Runs every registered writer: see formats.h.

#include "tests/generators/formats.h"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "graph/frontend.h"
#include "graph/graph_writer.h"
#include "profiles/views/results.h"
#include "profiles/views/trace/trace_check.h"

namespace tpuscope::generators {
namespace {

class TextSink : public ByteSink {
 public:
  void write(std::string_view bytes) override { text_ += bytes; }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

/// The place of a negative number; empty where there is none.
std::string negative_number(const nlohmann::json& json, const std::string& where) {
  if (json.is_number()) return json.get<double>() < 0 ? where : "";
  if (!json.is_structured()) return "";
  for (const auto& [key, value] : json.items()) {
    std::string found = negative_number(value, where + "/" + key);
    if (!found.empty()) return found;
  }
  return "";
}

std::string problem_of_json(const std::string& text) {
  const nlohmann::json json = nlohmann::json::parse(text, nullptr, false);
  if (json.is_discarded()) return "the report is no JSON";
  const std::string place = negative_number(json, "");
  return place.empty() ? "" : "the report has a negative number at " + place;
}

std::string problem_of_network(const Graph& graph) {
  for (const auto& [name, writer] : WriterRegistry<Graph>::instance().all()) {
    TextSink text;
    const Status status = writer.write(graph, {}, text);
    if (!status.ok()) {
      if (status.error().code == ErrorCode::kUnsupported) continue;
      return fmt::format("the network cannot be written as {}: {}", name, status.error().message);
    }
    if (name == ".dot") continue;
    const Result<Graph> read = read_graph("written" + std::string(name), text.text());
    // What the file format cannot say, as an op of ours, is not read; all else must be.
    if (!read.ok() && read.error().code != ErrorCode::kUnsupported)
      return fmt::format("the network written as {} does not read: {}", name, read.error().message);
  }
  return "";
}

}  // namespace

std::string problem_of_formats(const Profile& profile) {
  Results results;
  results.after = &profile;
  for (const auto& [name, writer] : WriterRegistry<Results>::instance().all()) {
    TextSink sink;
    if (const Status status = writer.write(results, {}, sink); !status.ok()) {
      return fmt::format("the run cannot be written as {}: {}", name, status.error().message);
    }
    if (name == "json") {
      std::string problem = problem_of_json(sink.text());
      if (!problem.empty()) return problem;
    }
    if (name == "trace") {
      const Status status = check_trace(sink.text(), "trace");
      if (!status.ok()) {
        return fmt::format("the trace breaks a rule: {} {}", status.error().where,
                           status.error().message);
      }
    }
  }
  return problem_of_network(profile.graph);
}

}  // namespace tpuscope::generators
