// ByteSink: where rendered bytes go. Writers know only this, so that library code never prints and
// tests, files and standard output look the same to it.

#pragma once

#include <string>
#include <string_view>

namespace tpuscope {

class ByteSink {
 public:
  ByteSink() = default;
  ByteSink(const ByteSink&) = delete;
  ByteSink& operator=(const ByteSink&) = delete;
  virtual ~ByteSink() = default;

  /// Takes all bytes. A sink that fails keeps its error until flush() returns it, so that writers
  /// need not look after each piece.
  virtual void write(std::string_view bytes) = 0;
};

/// Collects in memory.
class StringSink : public ByteSink {
 public:
  void write(std::string_view bytes) override { text_.append(bytes); }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

/// Passes everything on and counts it.
class CountingSink : public ByteSink {
 public:
  explicit CountingSink(ByteSink& target) : target_(&target) {}
  void write(std::string_view bytes) override {
    bytes_ += bytes.size();
    target_->write(bytes);
  }
  std::size_t bytes() const { return bytes_; }

 private:
  ByteSink* target_;
  std::size_t bytes_ = 0;
};

}  // namespace tpuscope
