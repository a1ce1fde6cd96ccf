// One op per line; regions of groups open with "({" and close with "})", where their attributes
// stand. Names are aliases that are defined at either end of the text.

#include "sim/stream/final_text.h"

#include <optional>
#include <vector>

#include <fmt/core.h>

#include "base/number.h"
#include "base/text.h"

namespace tpuscope {
namespace {

constexpr std::string_view kGroupCode = "tpu.Group";
constexpr std::string_view kPerCoreCode = "tpu.CoreParallel";
constexpr std::string_view kLoad = "tpu.Load";
constexpr std::string_view kStore = "tpu.Store";
/// What has no commands of its own.
constexpr std::string_view kSilentCodes[] = {"tpu.Yield", "tpu.CoreSplit", "tpu.CoreJoin",
                                             "tpu.Buffer"};

bool is_silent(std::string_view code) {
  if (!code.starts_with("tpu.")) return true;
  for (const std::string_view silent : kSilentCodes) {
    if (code == silent) return true;
  }
  return false;
}

/// Between `before` and the next `end`; empty where there is no such place.
std::string_view between(std::string_view text, std::string_view before, std::string_view end) {
  const std::size_t at = text.find(before);
  if (at == std::string_view::npos) return {};
  const std::size_t begin = at + before.size();
  return text.substr(begin, std::min(text.find(end, begin), text.size()) - begin);
}

/// Slices of an axis, cores: products of five must fit 64 bits.
constexpr std::int64_t kMostCount = 4096;

std::optional<std::int64_t> attribute(std::string_view text, const std::string& key) {
  std::string_view digits = between(text, key + " = ", " ");
  const std::optional<std::int64_t> value = take_number<std::int64_t>(digits);
  return value && *value >= 1 && *value <= kMostCount ? value : std::nullopt;
}

/// The first name or alias in "loc(...)": of `#loc7 = loc("x")`, `loc(fused[#loc1, #loc2])`.
std::string_view first_place(std::string_view place) {
  const std::size_t quote = place.find('"');
  const std::size_t alias = place.find("#loc");
  if (alias < quote) return place.substr(alias, place.find_first_of(",])", alias) - alias);
  return quote == std::string_view::npos ? std::string_view{}
                                         : place.substr(quote, place.rfind('"') - quote + 1);
}

/// The values that an op reads: "%1", "%14#0".
std::vector<std::string> operands_in(std::string_view line, std::size_t open) {
  std::vector<std::string> operands;
  const std::string_view list = line.substr(open, line.find(')', open) - open);
  for (std::size_t at = list.find('%'); at != std::string_view::npos; at = list.find('%', at + 1)) {
    operands.emplace_back(list.substr(at, list.find_first_of(",#)", at) - at));
  }
  return operands;
}

class FinalReader {
 public:
  explicit FinalReader(std::string where) : where_(std::move(where)) {}

  Result<FinalText> read(std::string_view text) {
    std::int64_t number = 0;
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = std::min(text.find('\n', at), text.size());
      std::string_view line = text.substr(at, end - at);
      at = end + 1;
      ++number;
      line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
      if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
      read_line(line, number);
    }
    if (!regions_.empty()) {
      return Error{.message = "the text of the compiler ends within a group", .where = where_};
    }
    // Not before: open groups know their units by index.
    std::erase_if(final_.units, [](const FinalUnit& unit) { return unit.ops.empty(); });
    if (final_.units.empty()) {
      return Error{.message = "the text of the compiler holds no op", .where = where_};
    }
    for (FinalUnit& unit : final_.units) {
      for (FinalOp& op : unit.ops)
        op.name = name_of_place(op.name);
    }
    return std::move(final_);
  }

 private:
  struct Region {
    std::string code{};
    std::size_t unit = 0;   ///< of a group
    std::int64_t line = 0;  ///< of parts for cores: that of the first
    std::string inner{};    ///< likewise: its code
  };

  void read_line(std::string_view line, std::int64_t number) {
    if (line.starts_with("#loc")) {
      const std::size_t equals = line.find(" = ");
      if (equals != std::string_view::npos) {
        places_.emplace(line.substr(0, equals), first_place(line.substr(equals)));
      }
    } else if (line.starts_with("module")) {
      read_module(line);
    } else if (line.starts_with("})")) {
      close(line);
    } else if (line.starts_with('%') || line.starts_with('"')) {
      read_op(line, number);
    }
  }

  void read_module(std::string_view line) {
    if (!final_.chip.empty()) return;  // the inner one
    final_.network = sanitised_utf8(between(line, "@", " "));
    final_.chip = sanitised_utf8(between(line, "module.chip = \"", "\""));
    final_.mode = sanitised_utf8(between(line, "module.mode = \"", "\""));
    final_.cores = attribute(line, "module.cores").value_or(1);
  }

  void read_op(std::string_view line, std::int64_t number) {
    const std::size_t quote = line.find('"');
    const std::size_t open = quote == std::string_view::npos ? quote : line.find("\"(", quote);
    if (open == std::string_view::npos) return;
    const std::string_view code = line.substr(quote + 1, open - quote - 1);
    if (line.ends_with("({")) {
      regions_.push_back({.code = std::string(code), .unit = final_.units.size()});
      if (code == kGroupCode) final_.units.push_back({.is_group = true});
      return;
    }
    const std::string result(line.substr(0, line.find_first_of(" :")));
    const std::vector<std::string> operands = operands_in(line, open);
    if (code == kStore) {
      if (!operands.empty()) charge(number, operands.front());
      return;
    }
    if (code == kLoad) {
      pending_.insert_or_assign(result, number);
      return;
    }
    if (is_silent(code)) return;
    for (const std::string& operand : operands)
      take_load(operand, number);
    makers_.insert_or_assign(result, number);
    pending_.erase(result);
    add({.name = std::string(place_at_end(line)), .code = std::string(code), .line = number});
  }

  void add(FinalOp op) {
    if (Region* cores = region(kPerCoreCode)) {
      if (cores->line == 0) {
        cores->line = op.line;
        cores->inner = op.code;
      }
      final_.owners[op.line] = cores->line;
      return;
    }
    final_.owners[op.line] = op.line;
    if (const Region* group = region(kGroupCode)) {
      final_.units[group->unit].ops.push_back(std::move(op));
    } else {
      final_.units.push_back({.ops = {std::move(op)}});
    }
  }

  void close(std::string_view line) {
    if (regions_.empty()) return;
    const Region region = regions_.back();
    regions_.pop_back();
    if (region.code == kPerCoreCode && region.line > 0) {
      add({.name = std::string(place_at_end(line)), .code = region.inner, .line = region.line});
    }
    if (region.code != kGroupCode) return;
    FinalUnit& unit = final_.units[region.unit];
    const char* keys[] = {"nsecs", "csecs", "dsecs", "hsecs", "wsecs"};
    for (std::size_t axis = 0; axis < unit.slices.size(); ++axis)
      unit.slices[axis] = attribute(line, keys[axis]).value_or(1);
  }

  /// The innermost region of this kind.
  Region* region(std::string_view code) {
    for (std::size_t i = regions_.size(); i-- > 0;) {
      if (regions_[i].code == code) return &regions_[i];
    }
    return nullptr;
  }

  void charge(std::int64_t line, const std::string& operand) {
    const auto maker = makers_.find(operand);
    if (maker != makers_.end()) final_.owners[line] = maker->second;
  }

  void take_load(const std::string& operand, std::int64_t reader) {
    const auto load = pending_.find(operand);
    if (load == pending_.end()) return;
    final_.owners[load->second] = reader;
    pending_.erase(load);
  }

  static std::string_view place_at_end(std::string_view line) {
    const std::size_t at = line.rfind(" loc(");
    return at == std::string_view::npos ? std::string_view{} : first_place(line.substr(at));
  }

  /// Follows aliases, of which none leads to itself in a real file.
  std::string name_of_place(std::string_view place) const {
    constexpr int kMostAliases = 8;
    for (int i = 0; i < kMostAliases && place.starts_with('#'); ++i) {
      const auto found = places_.find(place);
      if (found == places_.end()) return {};
      place = found->second;
    }
    if (place.size() < 2 || place.front() != '"') return {};
    return sanitised_utf8(place.substr(1, place.size() - 2));
  }

  std::string where_;
  FinalText final_{};
  std::vector<Region> regions_{};
  std::map<std::string, std::int64_t> pending_{};  ///< loads that nothing has read yet, by result
  std::map<std::string, std::int64_t> makers_{};   ///< line of the op, by result
  std::map<std::string_view, std::string_view> places_{};
};

}  // namespace

bool is_final_text(std::string_view head) {
  return head.starts_with("#loc") || head.starts_with("module");
}

Result<FinalText> read_final_text(std::string_view text, const std::string& where) {
  return FinalReader(where).read(text);
}

}  // namespace tpuscope
