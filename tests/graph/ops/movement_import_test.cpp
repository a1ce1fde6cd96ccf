// What ONNX nodes of elementwise and movement operators become.

#include "tests/support/ops.h"

using namespace tpuscope;
using namespace tpuscope::testing;

TEST_CASE("a Transpose without perm reverses the axes") {
  CHECK(imported("x = Input f32[2,3,4]", "Transpose", 13) == "Permute -> f32[4,3,2]");
}

TEST_CASE("ends beyond a slice's axis are clamped, negative ones count from the end") {
  CHECK(imported("x = Input f32[10]", "Slice", 1,
                 {{"starts", IntList{2}}, {"ends", IntList{1000}}}) == "Slice -> f32[8]");
  CHECK(imported("x = Input f32[10]", "Slice", 1,
                 {{"starts", IntList{-3}}, {"ends", IntList{-1}}}) == "Slice -> f32[2]");
}

TEST_CASE("slices with bounds as inputs go backwards to the very first element") {
  CHECK(imported("x = Input f32[10]\ns = Weight i64[1] {-1}\ne = Weight i64[1] {-1000}\n"
                 "a = Weight i64[1] {0}\nt = Weight i64[1] {-3}",
                 "Slice", 13) == "Slice -> f32[4]");  // 9, 6, 3, 0
}

TEST_CASE("a slice of everything is nothing") {
  CHECK(imported("x = Input f32[10]", "Slice", 1,
                 {{"starts", IntList{0}}, {"ends", IntList{10}}}) == " -> f32[10]");
}

TEST_CASE("a Gather with a constant index is a Slice, with scattered ones it stays") {
  CHECK(imported("x = Input f32[3,8]\ni = Weight i64[] {1}", "Gather", 13) ==
        "Slice Squeeze -> f32[8]");
  CHECK(imported("x = Input f32[3,8]\ni = Weight i64[2] {1, 2}", "Gather", 13) ==
        "Slice -> f32[2,8]");
  CHECK(imported("x = Input f32[6,8]\ni = Weight i64[3] {1, 3, -1}", "Gather", 13) ==
        "Slice -> f32[3,8]");  // 1, 3, 5
  CHECK(imported("x = Input f32[6,8]\ni = Weight i64[3] {1, 3, 4}", "Gather", 13) ==
        "Gather -> f32[3,8]");
  CHECK(imported("x = Input f32[3,8]\ni = Weight i64[2] {2, 0}", "Gather", 13) ==
        "Gather -> f32[2,8]");
}

TEST_CASE("a reshape's 0 copies an axis and its -1 takes what is left") {
  CHECK(imported("x = Input f32[4,6]\ns = Weight i64[3] {0, -1, 3}", "Reshape", 13) ==
        "Reshape -> f32[4,2,3]");
  CHECK(imported("x = Input f32[4,6]\ns = Weight i64[2] {-1, 5}", "Reshape", 13) ==
        "f32[4,6] has 24 elements, not a multiple of 5 for shape [-1,5]");
}

TEST_CASE("Flatten takes the rank itself as an axis") {
  CHECK(imported("x = Input f32[2,3]", "Flatten", 13, {{"axis", std::int64_t{2}}}) ==
        "Reshape -> f32[6,1]");
}

TEST_CASE("Squeeze without axes drops every unit axis") {
  CHECK(imported("x = Input f32[1,3,1]", "Squeeze", 13) == "Squeeze -> f32[3]");
}

TEST_CASE("an Einsum of two operands is a matrix product between permutes") {
  CHECK(imported("x = Input f32[2,3,4]\ny = Input f32[2,5,4]", "Einsum", 13,
                 {{"equation", std::string("bij,bkj->bik")}}) == "Permute MatMul -> f32[2,3,5]");
  CHECK(imported("x = Input f32[2,3]", "Einsum", 13, {{"equation", std::string("ij->i")}}) ==
        "Reduce -> f32[2]");
  CHECK(imported("x = Input f32[2,3]\ny = Input f32[4,5]", "Einsum", 13,
                 {{"equation", std::string("ij,jk->ik")}}) == "label j stands for 3 and for 4");
}

TEST_CASE("Min of three operands is a chain of two") {
  CHECK(imported("a = Input f32[2]\nb = Input f32[2]\nc = Input f32[1]", "Min", 13) ==
        "Min Min -> f32[2]");
}

TEST_CASE("a Clip with computed limits is a Max and a Min, with known ones a Clip") {
  CHECK(imported("x = Input f32[2]\nl = Input f32[]\nh = Input f32[]", "Clip", 13) ==
        "Max Min -> f32[2]");
  CHECK(imported("x = Input f32[2]\nl = Weight f32[] {0}\nh = Weight f32[] {6}", "Clip", 13) ==
        "Clip -> f32[2]");
}
