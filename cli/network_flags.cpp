// NAME=VALUE words become names with numbers.

#include "cli/network_flags.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/core.h>

#include "base/number.h"
#include "base/text.h"
#include "cli/common_flags.h"
#include "graph/pass.h"
#include "passes/activations.h"
#include "passes/precision/precision.h"

namespace tpuscope {
namespace {

constexpr Flag kDimFlag{.name = "--dim",
                        .value = "SYMBOL=N",
                        .help = "a dynamic dimension of the inputs, as sequence=128",
                        .repeats = true};
constexpr Flag kShapeFlag{.name = "--shape",
                          .value = "INPUT=1x3x640x640",
                          .help = "the shape of an input",
                          .repeats = true};
constexpr Flag kValueFlag{.name = "--value",
                          .value = "INPUT=N,N",
                          .help = "values of a small input on which shapes depend",
                          .repeats = true};
constexpr Flag kBranchFlag{.name = "--branch",
                           .value = "NODE=then|else",
                           .help = "the branch that an If on data takes",
                           .repeats = true};
constexpr Flag kMaxRowsFlag{
    .name = "--max-rows",
    .value = "N",
    .help = "most rows of results whose number depends on data, as of NonZero"};
constexpr Flag kOutputsFlag{.name = "--outputs",
                            .value = "TENSOR,TENSOR",
                            .help = "end the network at these tensors",
                            .repeats = true};
constexpr Flag kActivationsFlag{
    .name = "--activations",
    .value = "source|relu",
    .help = "what if: ReLU for Silu, Gelu, Mish, HardSwish and their like",
    .fallback = "source"};
constexpr Flag kWithoutFlag{.name = "--without",
                            .value = "REWRITE,REWRITE",
                            .help = "rewrites on import to leave out, as channels_last",
                            .repeats = true};

Error wrong_word(const Flag& flag, const std::string& word) {
  return {.code = ErrorCode::kUsage,
          .message = fmt::format("{} is {}", flag.name, in_quotes(word)),
          .hint = fmt::format("write {} {}", flag.name, flag.value)};
}

/// Name and value around the last "=": names may hold one, values do not.
Result<std::pair<std::string, std::string>> named_value(const Flag& flag, const std::string& word) {
  const std::size_t equals = word.rfind('=');
  if (equals == std::string::npos || equals == 0) return wrong_word(flag, word);
  return std::pair{word.substr(0, equals), word.substr(equals + 1)};
}

std::vector<std::string> parts_of(const std::string& text, const char* separators) {
  std::vector<std::string> parts;
  std::size_t begin = 0;
  while (begin <= text.size()) {
    const std::size_t end = std::min(text.find_first_of(separators, begin), text.size());
    parts.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

template <typename Number>
bool read_number(const std::string& text, Number& number) {
  const std::optional<Number> read = number_in<Number>(text);
  number = read.value_or(number);
  return read.has_value();
}

Status take_dims(const Arguments& arguments, ImportOptions& options) {
  for (const std::string& word : arguments.texts(kDimFlag)) {
    TPU_TRY(const auto given, named_value(kDimFlag, word));
    std::int64_t extent = 0;
    if (!read_number(given.second, extent) || extent < 0) return wrong_word(kDimFlag, word);
    options.dims[given.first] = extent;
  }
  return Ok{};
}

Status take_shapes(const Arguments& arguments, ImportOptions& options) {
  for (const std::string& word : arguments.texts(kShapeFlag)) {
    TPU_TRY(const auto given, named_value(kShapeFlag, word));
    Shape shape;
    for (const std::string& part : parts_of(given.second, "x,")) {
      if (!read_number(part, shape.emplace_back()) || shape.back() < 0) {
        return wrong_word(kShapeFlag, word);
      }
    }
    options.shapes[given.first] = std::move(shape);
  }
  return Ok{};
}

Status take_values(const Arguments& arguments, ImportOptions& options) {
  for (const std::string& word : arguments.texts(kValueFlag)) {
    TPU_TRY(const auto given, named_value(kValueFlag, word));
    std::vector<double> values;
    for (const std::string& part : parts_of(given.second, ",")) {
      if (!read_number(part, values.emplace_back())) return wrong_word(kValueFlag, word);
    }
    options.values[given.first] = std::move(values);
  }
  return Ok{};
}

Status take_branches(const Arguments& arguments, ImportOptions& options) {
  for (const std::string& word : arguments.texts(kBranchFlag)) {
    TPU_TRY(const auto given, named_value(kBranchFlag, word));
    if (given.second != "then" && given.second != "else") return wrong_word(kBranchFlag, word);
    options.branches[given.first] = given.second == "then";
  }
  return Ok{};
}

Status take_left_out(const Arguments& arguments, ImportOptions& options) {
  std::vector<std::string> known;
  for (const Pass* pass : passes_of(PassStage::kImport))
    known.emplace_back(pass->name);
  for (const std::string& word : arguments.texts(kWithoutFlag)) {
    for (std::string& name : parts_of(word, ",")) {
      if (std::find(known.begin(), known.end(), name) == known.end()) {
        return Error{.code = ErrorCode::kUsage,
                     .message = fmt::format("there is no rewrite of import {}", in_quotes(name)),
                     .hint = did_you_mean(name, known)};
      }
      options.without.insert(std::move(name));
    }
  }
  return Ok{};
}

/// A what-if: the network with other activations.
Status take_activations(const Arguments& arguments, const ImportOptions& options, Graph& graph) {
  const std::string wanted = arguments.text(kActivationsFlag);
  if (wanted == kActivationsFlag.fallback) return Ok{};
  if (wanted != "relu") {
    return Error{.code = ErrorCode::kUsage,
                 .message = fmt::format("{} is {}", kActivationsFlag.name, in_quotes(wanted)),
                 .hint = did_you_mean(wanted, {"relu", std::string(kActivationsFlag.fallback)})};
  }
  const std::size_t count = replace_activations(graph);
  options.on_notice({.message = fmt::format("ReLU stands for {} smooth activations", count),
                     .hint = "the network has to be trained again"});
  return Ok{};
}

}  // namespace

std::vector<Flag> network_flags() {
  return {kBatchFlag,   kDimFlag,     kShapeFlag,   kValueFlag,      kBranchFlag,
          kMaxRowsFlag, kOutputsFlag, kWithoutFlag, kActivationsFlag};
}

std::vector<std::string> words_of(const std::vector<Flag>& flags, const Arguments& arguments) {
  std::vector<std::string> words;
  for (const Flag& flag : flags) {
    if (!arguments.has(flag)) continue;
    for (const std::string& value : arguments.texts(flag)) {
      words.emplace_back(flag.name);
      words.push_back(sanitised_utf8(value));
    }
  }
  return words;
}

Result<ImportOptions> import_options(const Arguments& arguments, const Console& console) {
  ImportOptions options;
  TPU_TRY_STATUS(take_dims(arguments, options));
  TPU_TRY_STATUS(take_shapes(arguments, options));
  TPU_TRY_STATUS(take_values(arguments, options));
  TPU_TRY_STATUS(take_branches(arguments, options));
  TPU_TRY_STATUS(take_left_out(arguments, options));
  for (const std::string& word : arguments.texts(kOutputsFlag)) {
    for (std::string& name : parts_of(word, ","))
      options.outputs.push_back(std::move(name));
  }
  if (arguments.has(kMaxRowsFlag)) {
    TPU_TRY(options.max_rows, arguments.number(kMaxRowsFlag));
  }
  if (arguments.has(kBatchFlag)) {
    TPU_TRY(options.batch, arguments.number(kBatchFlag));
  }
  options.is_one_of_several = arguments.positionals().size() > 1;
  options.on_notice = [&console](const Error& notice) {
    const std::string where = notice.where.empty() ? "" : notice.where + ": ";
    const std::string hint = notice.hint.empty() ? "" : "; " + notice.hint;
    console.say(shown("note: " + where + notice.message + hint, console.err_terminal));
  };
  return options;
}

Result<Graph> read_network(const NetworkFile& file, const Arguments& arguments,
                           const Console& console, bool keep_values) {
  TPU_TRY(ImportOptions options, import_options(arguments, console));
  options.keep_all_data = keep_values;
  TPU_TRY(Graph graph, read_graph(file, options));
  TPU_TRY_STATUS(take_activations(arguments, options, graph));
  if (arguments.text(kPrecisionFlag) == name_of(DType::kF32) && has_half_precision(graph)) {
    options.on_notice({.message = "the file has tensors of 16 bits; they are computed in f32",
                       .where = sanitised_utf8(file.path)});
  }
  return graph;
}

}  // namespace tpuscope
