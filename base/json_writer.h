// JsonWriter: JSON written value by value into a sink, without a document in between, so that what
// grows with a run costs neither memory nor time to build. The bytes are those of nlohmann/json's
// dump() of the same document; files are read with strict_json.h.
//
//   JsonWriter json(sink);
//   json.object([&] {
//     json.member("name", op.name);
//     json.list("shape", shape, [&](std::int64_t extent) { json.value(extent); });
//     json.objects("inputs", inputs, [&](const Tensor& input) { json.member("name", input.name);
//     });
//   });
//   json.finish("\n");

#pragma once

#include <concepts>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/byte_sink.h"
#include "base/units.h"

namespace tpuscope {

/// Appends the text as a JSON string: in quotes, with escapes, each sequence of bytes that is not
/// UTF-8 replaced by U+FFFD.
void append_json_text(std::string& to, std::string_view text);

template <typename T>
concept JsonElements = requires(const T& range) {
  range.begin();
  range.end();
}
&&!std::convertible_to<const T&, std::string_view>;

class JsonWriter {
 public:
  static constexpr int kCompact = -1;

  /// `indent`: spaces per level, each value in a line of its own; kCompact: no white space.
  explicit JsonWriter(ByteSink& sink, int indent = kCompact);
  JsonWriter(const JsonWriter&) = delete;
  JsonWriter& operator=(const JsonWriter&) = delete;

  /// Passes what is left to the sink, then `after`. A check fails while an object or list is open.
  void finish(std::string_view after = "");

  // --- values: one is the document, or the member or element that comes next ---

  void value(std::string_view text);
  void value(const std::string& text) { value(std::string_view(text)); }
  void value(const char* text) { value(std::string_view(text)); }
  void value(std::same_as<bool> auto flag) { word(flag ? "true" : "false"); }
  template <std::integral T>
  requires(!std::same_as<T, bool> && !std::same_as<T, char>) void value(T number) {
    if constexpr (std::unsigned_integral<T>) {
      unsigned_number(number);
    } else {
      signed_number(number);
    }
  }
  /// The shortest digits that read back as the same number; null for infinity and NaN.
  void value(double number);
  template <typename Unit>
  void value(Quantity<Unit> quantity) {
    signed_number(quantity.value);
  }
  void null() { word("null"); }
  /// null where there is none.
  template <typename T>
  void value(const std::optional<T>& maybe) {
    if (maybe) {
      value(*maybe);
    } else {
      null();
    }
  }
  /// An array of the elements' values.
  template <JsonElements Range>
  void value(const Range& elements) {
    list(elements, [this](const auto& element) { this->value(element); });
  }
  /// An object.
  template <typename T>
  void value(const std::map<std::string, T>& members) {
    object([&] {
      for (const auto& [name, of] : members)
        member(name, of);
    });
  }

  /// An object; `members` writes its members.
  template <std::invocable F>
  void object(F members) {
    open('{');
    members();
    close('}');
  }
  /// An array; `elements` writes its values.
  template <std::invocable F>
  void array(F elements) {
    open('[');
    elements();
    close(']');
  }
  /// An array with what `each` writes of each element, one value.
  template <typename Range, typename F>
  void list(const Range& range, F each) {
    open('[');
    for (const auto& element : range)
      each(element);
    close(']');
  }

  // --- members of the object that is open ---

  void key(std::string_view name);
  template <typename T>
  void member(std::string_view name, const T& of) {
    key(name);
    value(of);
  }
  template <std::invocable F>
  void object(std::string_view name, F members) {
    key(name);
    object(members);
  }
  template <std::invocable F>
  void array(std::string_view name, F elements) {
    key(name);
    array(elements);
  }
  template <typename Range, typename F>
  void list(std::string_view name, const Range& range, F each) {
    key(name);
    list(range, each);
  }
  /// An array of objects: `each` writes the members of one.
  template <typename Range, typename F>
  void objects(std::string_view name, const Range& range, F each) {
    list(name, range, [&](const auto& element) { object([&] { each(element); }); });
  }

  /// The next key or element begins a line, in compact JSON too.
  void break_line() { breaks_line_ = true; }

 private:
  void open(char bracket);
  void close(char bracket);
  /// What separates the next key or element from what is before it.
  void separate();
  void new_line(std::size_t level);
  void word(std::string_view bytes);
  void signed_number(std::int64_t number);
  void unsigned_number(std::uint64_t number);
  void flush_when_full();

  ByteSink* sink_;
  int indent_;
  std::size_t depth_ = 0;
  bool is_first_ = true;  ///< nothing is in the open object or array yet
  bool has_key_ = false;  ///< a key is written and its value is not
  bool breaks_line_ = false;
  std::string buffer_{};
};

}  // namespace tpuscope
