// Any text is either refused with an error or a table of the vendor's profiler: as detail.csv, or
// as layer.csv where it begins with that word.

#include <filesystem>
#include <fstream>

#include "profiles/diff/run_summary.h"
#include "tests/fuzz/fuzz.h"

namespace {

/// Of this process, since several may run side by side.
const std::filesystem::path& folder() {
  static const std::filesystem::path made = [] {
    std::string name = (std::filesystem::temp_directory_path() / "fuzz_capture.XXXXXX").string();
    TPU_CHECK(mkdtemp(name.data()) != nullptr, "cannot make {}", name);
    return std::filesystem::path(name);
  }();
  return made;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tpuscope;
  std::string_view text = as_text(data, size);
  constexpr std::string_view kLayers = "layer\n";
  const bool is_layers = text.starts_with(kLayers);
  if (is_layers) text.remove_prefix(kLayers.size());
  const std::filesystem::path file = folder() / (is_layers ? "layer.csv" : "detail.csv");
  std::filesystem::remove(folder() / "detail.csv");
  std::ofstream(file, std::ios::binary)
      .write(text.data(), static_cast<std::streamsize>(text.size()));
  const auto read = read_capture(folder().string());
  if (!read.ok()) return 0;
  for (const RunOp& op : read->ops)
    TPU_CHECK(op.time.value >= 0, "{} takes {} ps", op.name, op.time.value);
  return 0;
}
