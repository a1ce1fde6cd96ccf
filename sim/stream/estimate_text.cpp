// Items as "Conv2D_25|CONV|s:36316|b:15|g:9|e:58267|t:21952", between runs of blanks or tabs.

#include "sim/stream/estimate_text.h"

#include <optional>

#include "base/number.h"
#include "base/text.h"

namespace tpuscope {
namespace {

/// Larger than any count of one network, and small enough for sums.
constexpr std::int64_t kMostEstimate = std::int64_t{1} << 42;

std::optional<std::int64_t> whole(std::string_view digits) {
  const std::optional<std::int64_t> value = take_number<std::int64_t>(digits);
  return value && *value >= 0 && *value <= kMostEstimate ? value : std::nullopt;
}

/// The number behind "|key:" in an item.
std::optional<std::int64_t> item_value(std::string_view item, const std::string& key) {
  const std::string mark = "|" + key + ":";
  const std::size_t at = item.find(mark);
  if (at == std::string_view::npos) return std::nullopt;
  return whole(item.substr(at + mark.size()));
}

Direction direction_of_code(std::int64_t code) {
  switch (code) {
    case 0:
      return Direction::kDdrToLocal;
    case 1:
      return Direction::kLocalToDdr;
    case 2:
      return Direction::kDdrToDdr;
    case 3:
      return Direction::kLocalToLocal;
    default:
      return Direction::kNone;
  }
}

std::optional<EstimatedCommand> command_in(std::string_view item) {
  const std::size_t bar = item.find('|');
  if (bar == std::string_view::npos) return std::nullopt;
  const std::string_view name = item.substr(0, bar);
  const std::size_t mark = name.rfind('_');
  const auto start = item_value(item, "s");
  const auto cycles = item_value(item, "t");
  if (mark == std::string_view::npos || !start || !cycles) return std::nullopt;
  const auto line = whole(name.substr(mark + 1));
  if (!line) return std::nullopt;
  EstimatedCommand command{.op = sanitised_utf8(name.substr(0, mark)),
                           .line = *line,
                           .start = *start,
                           .cycles = *cycles};
  command.function = sanitised_utf8(item.substr(bar + 1, item.find('|', bar + 1) - bar - 1));
  if (command.function.starts_with("GDMA")) command.engine = Engine::kGdma;
  if (const auto code = item_value(item, "dr")) command.direction = direction_of_code(*code);
  command.bytes = item_value(item, "sz").value_or(0);
  return command;
}

}  // namespace

Result<EstimateText> read_estimate(std::string_view text, const std::string& where) {
  EstimateText estimate;
  constexpr std::string_view kSeparators = " \t\r\n";
  constexpr std::string_view kTotal = "total_cycle:";
  for (std::size_t at = text.find_first_not_of(kSeparators); at != std::string_view::npos;
       at = text.find_first_not_of(kSeparators, at)) {
    const std::size_t end = std::min(text.find_first_of(kSeparators, at), text.size());
    const std::string_view item = text.substr(at, end - at);
    at = end;
    if (auto command = command_in(item)) {
      estimate.commands.push_back(std::move(*command));
    } else if (item.starts_with(kTotal)) {
      estimate.total_cycles = whole(item.substr(kTotal.size())).value_or(0);
    }
  }
  if (estimate.commands.empty()) {
    return Error{.message = "the estimate of the compiler lists no command", .where = where};
  }
  return estimate;
}

}  // namespace tpuscope
