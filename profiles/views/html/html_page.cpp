// Escaping, and the places of a page that are filled.

#include "profiles/views/html/html_page.h"

#include "base/check.h"
#include "profiles/views/glossary.h"
#include "profiles/views/markup.h"

namespace tpuscope {

void ElementSink::write(std::string_view bytes) {
  // "<" is only in strings.
  while (!bytes.empty()) {
    const std::size_t at = bytes.find('<');
    target_->write(bytes.substr(0, at));
    if (at == std::string_view::npos) return;
    target_->write("\\u003c");
    bytes.remove_prefix(at + 1);
  }
}

namespace {

/// Terms and meanings, by which pages explain their titles.
void write_glossary(ByteSink& sink) {
  ElementSink element(sink);
  JsonWriter json(element);
  json.array([&] {
    for (const GlossaryTerm& term : glossary_terms()) {
      json.object([&] {
        json.member("term", term.term);
        json.member("meaning", term.meaning);
      });
    }
  });
  json.finish();
}

}  // namespace

void write_page(std::string_view page, std::string_view title,
                const std::function<void(JsonWriter&)>& write_data, ByteSink& sink) {
  const auto write_until = [&](std::string_view marker) {
    const std::size_t at = page.find(marker);
    TPU_CHECK(at != std::string_view::npos, "the page has no {}", marker);
    sink.write(page.substr(0, at));
    page.remove_prefix(at + marker.size());
  };
  write_until("@TITLE@");
  sink.write(as_html(title));
  write_until("@GLOSSARY@");
  write_glossary(sink);
  write_until("@DATA@");
  ElementSink element(sink);
  JsonWriter json(element);
  write_data(json);
  json.finish();
  sink.write(page);
}

}  // namespace tpuscope
