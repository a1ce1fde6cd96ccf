// ProgressPlace: where a simulation is, told by the thread that runs it to those who wait.

#pragma once

#include <cstddef>
#include <mutex>
#include <string>
#include <string_view>

#include "base/json_writer.h"

namespace tpuscope {

/// Where a simulation is, for those who wait for it.
class ProgressPlace {
 public:
  void set(std::string_view what, std::size_t done, std::size_t total) {
    const std::lock_guard lock(mutex_);
    what_ = what;
    done_ = done;
    total_ = total;
  }
  std::string json() const {
    const std::lock_guard lock(mutex_);
    StringSink sink;
    JsonWriter json(sink);
    json.object([&] {
      json.member("what", what_);
      json.member("done", done_);
      json.member("total", total_);
    });
    json.finish();
    return sink.text();
  }

 private:
  mutable std::mutex mutex_{};
  std::string what_{};
  std::size_t done_ = 0;
  std::size_t total_ = 0;
};

}  // namespace tpuscope
