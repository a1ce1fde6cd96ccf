// Layers out of global.profile: their commands by counting, slices by how often a layer runs.

#include "sim/stream/profile_text.h"

#include <doctest/doctest.h>

namespace tpuscope::test {
namespace {

using Ids = std::array<std::uint32_t, 2>;

TEST_CASE("layers have the commands behind them, in the order of the streams") {
  const auto layers = read_profile_layers(R"([bmprofile] arch=3
[bmprofile] start parallel.
[bmprofile] local_layer: layer_id=20 layer_type=Load layer_name=
[bmprofile] tensor_id=-1 is_in=1 shape=[1x8x6x4] dtype=0 is_const=0 nslice=0 hslice=0
[bmprofile] tensor_id=20 is_in=0 shape=[1x8x6x4] dtype=1 is_const=0 nslice=1 hslice=6
[bmprofile] gdma cmd_id bd_id=0 gdma_id=1 gdma_dir=0 gdma_func=0
[bmprofile] local_layer: layer_id=21 layer_type=Active layer_name=
[bmprofile] tensor_id=20 is_in=1 shape=[1x8x6x4] dtype=1 is_const=0 nslice=1 hslice=6
[bmprofile] tensor_id=21 is_in=0 shape=[1x8x6x4] dtype=1 is_const=0 nslice=1 hslice=6
[bmprofile] bd cmd_id bd_id=1 gdma_id=1 bd_func=3
[bmprofile] bd cmd_id bd_id=2 gdma_id=1 bd_func=3
[bmprofile] end parallel.
[bmprofile] gdma cmd_id bd_id=2 gdma_id=2 gdma_dir=0 gdma_func=6
[bmprofile] global_layer: layer_id=30 layer_type=Pad layer_name=
[bmprofile] tensor_id=21 is_in=1 shape=[1x8x6x4] dtype=1 is_const=0
[bmprofile] tensor_id=30 is_in=0 shape=[1x9x6x4] dtype=1 is_const=0
[bmprofile] start parallel.
[bmprofile] gdma cmd_id bd_id=2 gdma_id=3 gdma_dir=0 gdma_func=0
[bmprofile] end parallel.
[bmprofile] gdma cmd_id bd_id=2 gdma_id=4 gdma_dir=0 gdma_func=0
)");
  REQUIRE(layers.size() == 3);
  CHECK(layers[0].opcode == "tpu.Load");
  CHECK(layers[0].is_local);
  CHECK(layers[0].after == Ids{0, 1});
  CHECK(layers[0].results.at(0).type.dtype == DType::kF16);
  CHECK(layers[1].results.at(0).name == "Active 21");
  CHECK(layers[1].operands.at(0).name == "Load 20");
  CHECK(layers[1].before == Ids{0, 1});
  CHECK(layers[1].after == Ids{2, 1});
  // A command between layers is of none; a layer of the whole chip goes on behind its blocks.
  CHECK_FALSE(layers[2].is_local);
  CHECK(layers[2].before == Ids{2, 2});
  CHECK(layers[2].after == Ids{2, 4});
  CHECK(layers[2].results.at(0).type.shape == Shape{1, 9, 6, 4});
}

TEST_CASE("a layer that runs again is its next slice, cores count by themselves") {
  std::string text;
  for (const std::string core : {"0", "1"}) {
    text +=
        "[bmprofile] local_layer: layer_id=7 layer_type=Add layer_name=\n"
        "[bmprofile] tensor_id=7 is_in=0 shape=[1x8x56x4] dtype=2 nslice=1 hslice=28\n"
        "[bmprofile] gdma cmd_id bd_id=0 gdma_id=1 bd_func=3 core=" +
        core + "\n[bmprofile] end parallel.\n";
  }
  const auto layers = read_profile_layers(text);
  REQUIRE(layers.size() == 2);
  CHECK(layers[0].results.at(0).slice == "[0, 0, 0, 0, 0]");
  CHECK(layers[1].results.at(0).slice == "[0, 0, 0, 1, 0]");
  CHECK(layers[1].core == 1);
  CHECK(layers[1].before == Ids{0, 0});
  CHECK(layers[1].after == Ids{1, 0});
}

TEST_CASE("lines that say nothing are passed over, whatever they hold") {
  CHECK(read_profile_layers("").empty());
  CHECK(read_profile_layers("[bmprofile] bd cmd_id bd_id=1 gdma_id=1 bd_func=3\n").empty());
  CHECK(read_profile_layers("local_layer: layer_id=x layer_type=\n").empty());
  CHECK(read_profile_layers("[bmprofile] local_layer: layer_id=1 layer_type=Conv2D\n"
                            "[bmprofile] tensor_id= is_in= shape=[axb] dtype=99\n"
                            "[bmprofile] gdma cmd_id gdma_func=0 core=-3\n")
            .empty());
}

}  // namespace
}  // namespace tpuscope::test
