// mcp: a server of the Model Context Protocol on standard input and output, one JSON-RPC 2.0
// message a line, so that agents can ask what people ask on the command line. Its tools are the
// verbs that answer questions; their parameters are the verbs' flags, but for those that write
// files. https://modelcontextprotocol.io/specification

#include <algorithm>
#include <array>
#include <exception>
#include <iostream>
#include <optional>

#include <fmt/core.h>

#include "base/json_writer.h"
#include "base/strict_json.h"
#include "base/text.h"
#include "cli/common_flags.h"
#include "cli/flags.h"
#include "cli/program.h"

namespace tpuscope {
namespace {

using Json = nlohmann::ordered_json;

/// The newest version first: what is answered to a client that asks for one that is not here.
constexpr std::array<std::string_view, 3> kProtocols = {"2025-06-18", "2025-03-26", "2024-11-05"};

// Codes of JSON-RPC 2.0, section 5.1.
constexpr int kParseError = -32700;
constexpr int kInvalidRequest = -32600;
constexpr int kMethodNotFound = -32601;
constexpr int kInvalidParams = -32602;

/// Longer messages are no calls of ours: they are refused before they take memory.
constexpr std::size_t kLongestMessage = 1U << 20U;
/// Lines of an answer, unless the caller asks for others: what a model reads costs it room.
constexpr std::int64_t kAnswerLines = 60;
constexpr std::string_view kLinesKey = "max_lines";
constexpr std::string_view kJsonKey = "json";

/// Names of verbs that agents can call. Those that are not there in a build are left out.
constexpr std::array<std::string_view, 9> kTools = {"advise", "check", "compare", "diff", "explain",
                                                    "list",   "llm",   "profile", "sweep"};

std::vector<const Verb*> tools() {
  std::vector<const Verb*> verbs;
  for (const std::string_view name : kTools) {
    const Verb* verb = VerbRegistry::instance().find(name);
    if (verb != nullptr) verbs.push_back(verb);
  }
  return verbs;
}

/// A parameter's name: the flag's without dashes in front, as JSON names are written.
std::string key_of(std::string_view flag) {
  std::string key(flag.substr(std::min(flag.find_first_not_of('-'), flag.size())));
  std::replace(key.begin(), key.end(), '-', '_');
  return lower_case(std::move(key));
}

/// The flags of a verb that are its tool's parameters: an answer is text, so what writes files,
/// colours or help has no use.
std::vector<Flag> parameters_of(const Verb& verb) {
  std::vector<Flag> flags;
  if (verb.flags != nullptr) flags = verb.flags();
  std::erase_if(flags,
                [](const Flag& flag) { return flag.writes || flag.name == kForceFlag.name; });
  return flags;
}

std::string description_of(const Flag& flag) {
  std::string text(flag.help);
  if (!flag.value.empty()) text += fmt::format(" ({})", flag.value);
  if (!flag.fallback.empty()) text += fmt::format("; default: {}", flag.fallback);
  return text;
}

/// What JSON Schema says of a parameter.
Json schema_of(const Flag& flag) {
  Json schema = {{"type", "string"}};
  if (flag.value.empty()) schema["type"] = "boolean";
  if (flag.repeats) schema = {{"type", "array"}, {"items", {{"type", "string"}}}};
  schema["description"] = description_of(flag);
  return schema;
}

Json tool_of(const Verb& verb) {
  Json properties = Json::object();
  Json required = Json::array();
  const Positional& positional = verb.positional;
  if (!positional.name.empty()) {
    Json schema = {{"type", "string"}};
    if (positional.repeats) schema = {{"type", "array"}, {"items", {{"type", "string"}}}};
    schema["description"] = positional.help;
    properties[key_of(positional.name)] = std::move(schema);
    if (positional.is_required) required.push_back(key_of(positional.name));
  }
  for (const Flag& flag : parameters_of(verb))
    properties[key_of(flag.name)] = schema_of(flag);
  properties[kJsonKey] = {
      {"type", "boolean"},
      {"description", "the whole report as JSON, which is long, in place of the text"}};
  properties[kLinesKey] = {
      {"type", "integer"},
      {"minimum", 1},
      {"description", fmt::format("lines of the text; default: {}", kAnswerLines)}};
  return {{"name", verb.name},
          {"description", verb.summary},
          {"inputSchema",
           {{"type", "object"},
            {"properties", std::move(properties)},
            {"required", std::move(required)},
            {"additionalProperties", false}}},
          {"annotations", {{"readOnlyHint", true}, {"openWorldHint", false}}}};
}

/// An error of the protocol, or of a call's parameters.
struct Failure {
  int code = 0;
  std::string message{};
};

/// What a value says as a word of the command line; null, lists and objects say nothing.
std::optional<std::string> word_of(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number()) return value.dump();
  return std::nullopt;
}

/// The words of one value or of a list of them.
std::optional<std::vector<std::string>> words_of(const Json& value, bool repeats) {
  std::vector<std::string> words;
  if (!repeats || !value.is_array()) {
    const std::optional<std::string> word = word_of(value);
    if (!word) return std::nullopt;
    words.push_back(*word);
    return words;
  }
  for (const Json& element : value) {
    const std::optional<std::string> word = word_of(element);
    if (!word) return std::nullopt;
    words.push_back(*word);
  }
  return words;
}

struct ToolCall {
  std::vector<std::string> words{};  ///< of the command line, the verb first
  std::int64_t lines = kAnswerLines;
  bool is_json = false;
};

Failure wrong_type(std::string_view key) {
  return {kInvalidParams, fmt::format("{} has a value of the wrong type", key)};
}

/// Puts a flag with its value, or with each of its values, among the words.
std::optional<Failure> take_flag(const Flag& flag, const Json& value, ToolCall& call) {
  if (flag.value.empty()) {
    if (!value.is_boolean()) return wrong_type(key_of(flag.name));
    if (value.get<bool>()) call.words.emplace_back(flag.name);
    return std::nullopt;
  }
  const auto words = words_of(value, flag.repeats);
  if (!words) return wrong_type(key_of(flag.name));
  for (const std::string& word : *words)
    call.words.push_back(fmt::format("{}={}", flag.name, word));
  return std::nullopt;
}

/// Takes one argument of a call; a failure where the tool has none of that name.
std::optional<Failure> take_argument(const Verb& verb, const std::string& key, const Json& value,
                                     ToolCall& call, std::vector<std::string>& positionals) {
  if (key == kLinesKey) {
    if (!value.is_number_integer() || value.get<std::int64_t>() < 1) return wrong_type(key);
    call.lines = value.get<std::int64_t>();
    return std::nullopt;
  }
  if (key == kJsonKey) {
    if (!value.is_boolean()) return wrong_type(key);
    call.is_json = value.get<bool>();
    return std::nullopt;
  }
  if (!verb.positional.name.empty() && key == key_of(verb.positional.name)) {
    const auto words = words_of(value, verb.positional.repeats);
    if (!words) return wrong_type(key);
    positionals = *words;
    return std::nullopt;
  }
  std::vector<std::string> known = {std::string(kJsonKey), std::string(kLinesKey)};
  for (const Flag& flag : parameters_of(verb)) {
    known.push_back(key_of(flag.name));
    if (known.back() == key) return take_flag(flag, value, call);
  }
  return Failure{kInvalidParams, fmt::format("{} has no parameter {}: {}", verb.name,
                                             in_quotes(key), did_you_mean(key, known))};
}

/// The command line that a call stands for.
std::optional<Failure> read_call(const Json& params, ToolCall& call) {
  const auto name = params.find("name");
  if (name == params.end() || !name->is_string())
    return Failure{kInvalidParams, "tools/call needs the name of a tool"};
  std::vector<std::string> known;
  const Verb* verb = nullptr;
  for (const Verb* tool : tools()) {
    known.emplace_back(tool->name);
    if (known.back() == name->get<std::string>()) verb = tool;
  }
  if (verb == nullptr) {
    const auto wanted = name->get<std::string>();
    return Failure{kInvalidParams, fmt::format("there is no tool {}: {}", in_quotes(wanted),
                                               did_you_mean(wanted, known))};
  }
  call.words.emplace_back(verb->name);
  std::vector<std::string> positionals;
  const Json arguments = params.value("arguments", Json::object());
  if (!arguments.is_object()) return wrong_type("arguments");
  for (const auto& [key, value] : arguments.items()) {
    if (auto failure = take_argument(*verb, key, value, call, positionals)) return failure;
  }
  if (call.is_json) call.words.emplace_back(kJsonFlag.name);
  call.words.emplace_back(kQuietFlag.name);
  // After "--" nothing is a flag, whatever a file is called.
  if (!positionals.empty()) call.words.emplace_back("--");
  call.words.insert(call.words.end(), positionals.begin(), positionals.end());
  return std::nullopt;
}

/// The first lines of a text, and how many there are in all where some are left out.
std::string first_lines(const std::string& text, std::int64_t lines) {
  std::size_t end = 0;
  for (std::int64_t i = 0; i < lines; ++i) {
    end = text.find('\n', end);
    if (end == std::string::npos) return text;
    ++end;
  }
  if (end == text.size()) return text;
  const auto all = std::count(text.begin(), text.end(), '\n');
  return text.substr(0, end) +
         fmt::format("... {} of {} lines; {} gives more\n", lines, all, kLinesKey);
}

/// Runs the command line as a person would, into memory.
Json answer_of(const ToolCall& call) {
  StringSink out;
  StringSink err;
  Console console{&out, &err};
  console.out_terminal.unicode = console.err_terminal.unicode = true;
  console.out_terminal.cut_names = console.err_terminal.cut_names = false;
  ExitCode code = ExitCode::kInternalError;
  try {
    code = run_program(call.words, console);
  } catch (const std::exception& failure) {
    // A bug of ours ends the call, not the server.
    report_bug(failure.what(), call.words, err);
  }
  // `check` and `diff --fail-on` answer "no" with 1: an answer like any other.
  const bool has_answer = code == ExitCode::kDone || code == ExitCode::kAnswerIsNo;
  std::string text = call.is_json ? out.text() : first_lines(out.text(), call.lines);
  if (!has_answer) text = err.text().empty() ? out.text() : err.text();
  return {{"content", Json::array({{{"type", "text"}, {"text", std::move(text)}}})},
          {"isError", !has_answer}};
}

Json initialized(const Json& params) {
  const std::string wanted = params.value("protocolVersion", std::string());
  const auto* const known = std::find(kProtocols.begin(), kProtocols.end(), wanted);
  return {
      {"protocolVersion", known == kProtocols.end() ? kProtocols.front() : *known},
      {"capabilities", {{"tools", Json::object()}}},
      {"serverInfo", {{"name", "tpuscope"}, {"version", TPUSCOPE_VERSION}}},
      {"instructions",
       "tpuscope simulates neural networks on Sophgo's TPUs: latencies, what bounds them, what "
       "optimisations give. Models are paths of ONNX files, compiled models (.bmodel), captures, "
       "or built-in names (list with kind=models)."}};
}

/// The result of a request, or its failure.
std::optional<Failure> respond(const std::string& method, const Json& params, Json& result) {
  if (method == "ping") {
    result = Json::object();
  } else if (method == "initialize") {
    result = initialized(params);
  } else if (method == "tools/list") {
    result = {{"tools", Json::array()}};
    for (const Verb* verb : tools())
      result["tools"].push_back(tool_of(*verb));
  } else if (method == "tools/call") {
    ToolCall call;
    if (auto failure = read_call(params, call)) return failure;
    result = answer_of(call);
  } else {
    return Failure{kMethodNotFound, "there is no method " + in_quotes(method)};
  }
  return std::nullopt;
}

Json error_message(const Json& id, const Failure& failure) {
  return {{"jsonrpc", "2.0"},
          {"id", id},
          {"error", {{"code", failure.code}, {"message", failure.message}}}};
}

/// The message that answers a line; none for notifications.
std::optional<Json> reply_to(const std::string& line) {
  const Json message = Json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (message.is_discarded()) return error_message(nullptr, {kParseError, "this is no JSON"});
  const bool is_call = message.is_object() && message.value("jsonrpc", Json()) == "2.0" &&
                       message.contains("method") && message["method"].is_string();
  const Json id = message.is_object() ? message.value("id", Json()) : Json();
  if (!is_call)
    return error_message(id, {kInvalidRequest, "a message is one JSON-RPC 2.0 request"});
  if (!message.contains("id")) return std::nullopt;
  const Json params = message.value("params", Json::object());
  if (!params.is_object()) return error_message(id, wrong_type("params"));
  Json result;
  if (auto failure = respond(message["method"].get<std::string>(), params, result))
    return error_message(id, *failure);
  return Json{{"jsonrpc", "2.0"}, {"id", id}, {"result", std::move(result)}};
}

enum class LineState { kWhole, kTooLong, kEnd };

/// The next line of standard input. The rest of one that is too long is passed over.
LineState next_line(std::string& line) {
  line.clear();
  bool is_too_long = false;
  for (int byte = std::cin.get(); byte != std::char_traits<char>::eof(); byte = std::cin.get()) {
    if (byte == '\n') return is_too_long ? LineState::kTooLong : LineState::kWhole;
    if (line.size() >= kLongestMessage) {
      is_too_long = true;
    } else {
      line.push_back(static_cast<char>(byte));
    }
  }
  if (is_too_long) return LineState::kTooLong;
  return line.empty() ? LineState::kEnd : LineState::kWhole;
}

Result<ExitCode> run_mcp(const Arguments&, Console& console) {
  std::string line;
  for (LineState state = next_line(line); state != LineState::kEnd; state = next_line(line)) {
    std::optional<Json> reply;
    if (state == LineState::kTooLong) {
      reply = error_message(nullptr, {kInvalidRequest, fmt::format("a message has at most {} bytes",
                                                                   kLongestMessage)});
    } else if (line.find_first_not_of(" \t\r") != std::string::npos) {
      reply = reply_to(line);
    }
    if (!reply) continue;
    console.out->write(reply->dump(-1, ' ', false, Json::error_handler_t::replace) + "\n");
    if (console.out_stream == nullptr) continue;
    TPU_TRY_STATUS(console.out_stream->flush());
    if (console.out_stream->is_closed()) break;
  }
  return ExitCode::kDone;
}

TPU_REGISTER(register_verb(
    {.name = "mcp",
     .summary = "serves agents: the Model Context Protocol on standard input and output",
     .examples = {"tpuscope mcp", "npx @modelcontextprotocol/inspector tpuscope mcp",
                  R"(echo '{"jsonrpc":"2.0","id":1,"method":"tools/list"}' | tpuscope mcp)"},
     .run = run_mcp}));

}  // namespace
}  // namespace tpuscope
