// MatMul: values in every operand order, shapes, work, tiles; import of MatMul and Gemm.

#include "tests/support/ops.h"

namespace tpuscope::testing {
namespace {

TEST_CASE("rows of the left meet columns of the right operand, then the bias is added") {
  CHECK(values_of(R"(
    a = Weight f32[2,2] {1, 2, 3, 4}
    b = Weight f32[2,1] {10, 100}
    c = Weight f32[1] {0.5}
    y = MatMul(a, b, c))") == std::vector<double>{1 * 10 + 2 * 100 + 0.5, 3 * 10 + 4 * 100 + 0.5});
}

TEST_CASE("transposed operands are read with their matrix axes swapped") {
  CHECK(values_of(R"(
    a = Weight f32[2,1] {1, 2}
    b = Weight f32[1,2] {10, 100}
    y = MatMul(a, b) left_transpose=true right_transpose=true)") ==
        std::vector<double>{1 * 10 + 2 * 100});
}

TEST_CASE("batch axes broadcast") {
  CHECK(values_of(R"(
    a = Weight f32[2,1,1,1] {2, 3}
    b = Weight f32[1,2,1,1] {10, 100}
    y = MatMul(a, b))") == std::vector<double>{20, 200, 30, 300});
  CHECK(shape_of("a = Input f32[64,49,96]\nb = Weight f32[96,288]\ny = MatMul(a, b)") ==
        Shape{64, 49, 288});
}

TEST_CASE("hdim_is_batch equals the plain product between permutes") {
  const std::string sources = R"(
    a = Weight f32[1,2,2,2] {1, 2, 3, 4, 5, 6, 7, 8}
    b = Weight f32[1,2,2,2] {1, 3, 2, 5, 4, 7, 6, 8}
)";
  const std::vector<double> expected = values_of(sources + R"(
    p = Permute(a) order=[0,2,1,3]
    q = Permute(b) order=[0,2,1,3]
    m = MatMul(p, q)
    y = Permute(m) order=[0,2,1,3])");
  CHECK(values_of(sources + "y = MatMul(a, b) hdim_is_batch=true") == expected);
  CHECK(shape_of("a = Input f32[64,49,3,32]\nb = Input f32[64,49,3,32]\n"
                 "y = MatMul(a, b) hdim_is_batch=true right_transpose=true") ==
        Shape{64, 49, 3, 49});
}

TEST_CASE("inner dimensions that differ are an error with both numbers") {
  CHECK(error_of("a = Input f32[2,3]\nb = Input f32[4,5]\ny = MatMul(a, b)") ==
        "inner dimensions differ: 3 in f32[2,3], 4 in f32[4,5]");
  CHECK(error_of("a = Input f32[2,3]\nb = Input f32[3,5]\ny = MatMul(a, b) hdim_is_batch=true") ==
        "operands are f32[2,3] and f32[3,5], hdim_is_batch needs rank 4");
  CHECK(error_of("a = Input f32[2,3]\nb = Input f32[3,5]\nc = Weight f32[4]\n"
                 "y = MatMul(a, b, c)") == "bias is f32[4], the result has 5 columns");
}

TEST_CASE("batches that share the right operand are rows of one product") {
  const Work shared = work_of("a = Input f32[64,49,96]\nb = Weight f32[96,288]\ny = MatMul(a, b)");
  CHECK(shared[0].n == 1);
  CHECK(shared[0].c == 64 * 49);
  CHECK(shared[0].w == 288);
  CHECK(shared[0].macs() == 64 * 49 * 96 * 288);
  const Work own = work_of("a = Input f32[64,49,32]\nb = Input f32[64,32,49]\ny = MatMul(a, b)");
  CHECK(own[0].n == 64);
  CHECK(own[0].c == 49);
  CHECK(own[0].macs() == 64 * 49 * 49 * 32);
}

TEST_CASE("a tile needs its rows of the left and its columns of the right operand") {
  const char* const text = R"(
    a = Input f32[4,8,16]
    b = Input f32[1,32,16]
    c = Weight f32[32]
    y = MatMul(a, b, c) right_transpose=true)";
  const Region tile = {{1, 2}, {0, 4}, {8, 24}};
  CHECK(region_of(text, 0, tile) == Region{{1, 2}, {0, 4}, {0, 16}});
  CHECK(region_of(text, 1, tile) == Region{{0, 1}, {8, 24}, {0, 16}});
  CHECK(region_of(text, 2, tile) == Region{{8, 24}});
}

TEST_CASE("vectors become matrices between reshapes") {
  CHECK(imported("a = Input f32[3]\nb = Input f32[2,3,4]", "MatMul", 13) ==
        "Reshape MatMul Reshape -> f32[2,4]");
  CHECK(imported("a = Input f32[2,3]\nb = Input f32[3]", "MatMul", 13) ==
        "Reshape MatMul Reshape -> f32[2]");
  CHECK(imported("a = Input f32[2,3]\nb = Input f32[3,4]", "MatMul", 13) == "MatMul -> f32[2,4]");
}

TEST_CASE("a Gemm's addend is a bias when it has one value per column, an Add otherwise") {
  const std::string operands = "a = Input f32[2,3]\nb = Weight f32[4,3]\n";
  const Attributes transposed{{"transB", std::int64_t{1}}};
  CHECK(imported(operands + "c = Weight f32[4]", "Gemm", 13, transposed) == "MatMul -> f32[2,4]");
  CHECK(imported(operands + "c = Input f32[2,1]", "Gemm", 13, transposed) ==
        "MatMul Add -> f32[2,4]");
  CHECK(imported(operands + "c = Input f32[4]", "Gemm", 13,
                 {{"transB", std::int64_t{1}}, {"alpha", 0.5}, {"beta", 2.0}}) ==
        "Mul MatMul Mul Add -> f32[2,4]");
}

}  // namespace
}  // namespace tpuscope::testing
