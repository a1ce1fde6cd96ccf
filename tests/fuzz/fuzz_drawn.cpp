// Bytes are the choices of a generator, so that what libFuzzer changes are ops, extents and chips:
// every network that they draw is sound or refused, and every format of its run can be written.

#include <vector>

#include "tests/fuzz/fuzz.h"
#include "tests/generators/sound.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tpuscope;
  generators::Choices choices = generators::Choices::from_bytes({data, size});
  const generators::DrawnCase drawn = generators::draw_case(choices);
  const generators::Soundness verdict =
      generators::sound(drawn.network, drawn.configuration, generators::Depth::kFormats);
  TPU_CHECK(verdict.kind != generators::Soundness::Kind::kBroken, "{}\n{}", verdict.text,
            generators::case_text(drawn.network, drawn.configuration));
  return 0;
}
