// Filters as they lie in DDR and in local memory: bytes read off the streams of single
// convolutions, and which operand has no transfer of its own.

#include <doctest/doctest.h>

#include "passes/tiling/cube_instructions.h"
#include "passes/tiling/op_signature.h"
#include "tests/support/graphs.h"
#include "tests/support/mini_chip.h"

namespace tpuscope {
namespace {

using test::bm1684x;

/// The convolution of the text.
struct Last {
  Graph graph;
  OpId op{};
};
Last last_of(const std::string& text) {
  Last last{testing::graph_of(text)};
  for (const OpId op : last.graph.ops()) {
    if (last.graph[op].def->work != nullptr) last.op = op;
  }
  return last;
}

/// Bytes of the filter, 0 where it lies as the network has it.
std::int64_t bytes_of(const std::string& type, const std::string& x, const std::string& weight,
                      const std::string& more, const Chip& chip = bm1684x()) {
  const Last last = last_of("x = Input " + type + x + "\nw = Weight " + type + weight +
                            "\ny = Conv(x, w) " + more + "\n");
  const OpView view = last.graph.view(last.op);
  const auto packed = packed_filter(chip, last.graph[last.op].def->work(view).front(),
                                    view.input(0).dtype, view.input(1).shape[0]);
  return packed ? packed->c * packed->w * size_of(view.input(0).dtype) : 0;
}

TEST_CASE("filters of 8 bits have their channels filled up to 64, and a vector behind each") {
  CHECK(bytes_of("i8", "[1,64,56,56]", "[64,64,3,3]", "") == 64 * (9 * 64 + 64));
  CHECK(bytes_of("i8", "[1,96,1,1]", "[24,96,1,1]", "") == 24 * (128 + 64));
  // Beyond the lanes every lane has as many: 144 channels take three rounds.
  CHECK(bytes_of("i8", "[1,24,56,56]", "[144,24,1,1]", "") == 3 * 64 * (64 + 64));
  // A folded stem: 3 channels x 7 rows are filled up, 7 columns are left.
  CHECK(bytes_of("i8", "[1,3,224,224]", "[64,3,7,7]", "strides=[2,2]") == 64 * (7 * 64 + 64));
  // A depthwise one of few channels is dense.
  CHECK(bytes_of("i8", "[1,32,56,56]", "[32,1,3,3]", "group=32") == 32 * (9 * 64 + 64));
}

TEST_CASE("filters of 16 bits have their channels filled up to 32 and nothing behind them") {
  CHECK(bytes_of("f16", "[1,24,56,56]", "[144,24,1,1]", "") == 144 * 32 * 2);
  CHECK(bytes_of("f16", "[1,144,56,56]", "[24,144,1,1]", "") == 24 * 160 * 2);
  CHECK(bytes_of("f16", "[1,144,56,56]", "[144,1,3,3]", "group=144") == 144 * 9 * 2);
}

TEST_CASE("filters of f32 and of three axes lie as the network has them") {
  CHECK(bytes_of("f32", "[1,24,56,56]", "[144,24,1,1]", "") == 0);
  CHECK(bytes_of("f16", "[1,24,8,8,8]", "[144,24,1,1,1]", "") == 0);
}

TEST_CASE("BM1688 fills up to 32 channels and has vectors of 16 bytes") {
  const Chip chip = *load_chip("bm1688");
  CHECK(bytes_of("i8", "[1,64,56,56]", "[64,64,3,3]", "", chip) == 64 * (9 * 64 + 16));
  CHECK(bytes_of("i8", "[1,32,56,56]", "[64,32,3,3]", "", chip) == 64 * (9 * 32 + 16));
}

TEST_CASE("the bias of an 8-bit convolution is loaded with its filter, others by themselves") {
  const auto has_load = [](const std::string& type, const std::string& bias,
                           const std::string& op) {
    const Last last = last_of("x = Input " + type + "[1,8,4,4]\nw = Weight " + type +
                              "[8,8,1,1]\nb = Weight " + bias + "[8]\ny = " + op + "(x, w, b)\n");
    return !operand_kinds(last.graph, last.op).immediate.at(2);
  };
  CHECK_FALSE(has_load("i8", "i32", "Conv"));
  CHECK(has_load("f16", "f16", "Conv"));
  CHECK(has_load("i8", "i32", "ConvTranspose"));
}

}  // namespace
}  // namespace tpuscope
