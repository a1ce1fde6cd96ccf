// Pages that are one file: a bundled frame (cmake/bundle_html.cmake) with a title and data put in.

#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/byte_sink.h"
#include "base/json_writer.h"

namespace tpuscope {

/// Passes JSON on so that no HTML parser can take anything in it for the end of its element.
class ElementSink : public ByteSink {
 public:
  explicit ElementSink(ByteSink& target) : target_(&target) {}
  void write(std::string_view bytes) override;

 private:
  ByteSink* target_;
};

/// The page with its title (text, not markup) and the data that `write_data` writes, one value.
void write_page(std::string_view page, std::string_view title,
                const std::function<void(JsonWriter&)>& write_data, ByteSink& sink);

}  // namespace tpuscope
