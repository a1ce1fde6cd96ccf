// Boxes of elements against isl, the library of integer sets that polyhedral compilers use: boxes
// of tensors too large to count element by element, over shapes that split and merge each other's
// axes.

#include "sim/program/element_cover.h"

#include <isl/ctx.h>
#include <isl/set.h>
#include <isl/val.h>
#include <memory>
#include <random>
#include <string>

#include <doctest/doctest.h>
#include <fmt/core.h>

namespace tpuscope::test {
namespace {

struct FreeContext {
  void operator()(isl_ctx* context) const { isl_ctx_free(context); }
};
using Context = std::unique_ptr<isl_ctx, FreeContext>;

/// A set of positions. Functions of isl take what they are given, so each gets a copy.
class Elements {
 public:
  explicit Elements(isl_set* set) : set_(set) {}
  Elements(isl_ctx* context, const ElementBox& box)
      : set_(isl_set_read_from_str(context, text_of(box).c_str())) {
    REQUIRE(set_ != nullptr);
  }

  Elements united(const Elements& other) const {
    return Elements(isl_set_union(copy(), other.copy()));
  }
  Elements common(const Elements& other) const {
    return Elements(isl_set_intersect(copy(), other.copy()));
  }
  Elements without(const Elements& other) const {
    return Elements(isl_set_subtract(copy(), other.copy()));
  }
  bool is_in(const Elements& other) const {
    return isl_set_is_subset(set_.get(), other.set_.get()) == isl_bool_true;
  }
  bool is_empty() const { return isl_set_is_empty(set_.get()) == isl_bool_true; }
  std::int64_t count() const {
    isl_val* value = isl_set_count_val(set_.get());
    const std::int64_t number = isl_val_get_num_si(value);
    isl_val_free(value);
    return number;
  }

 private:
  struct Free {
    void operator()(isl_set* set) const { isl_set_free(set); }
  };
  isl_set* copy() const { return isl_set_copy(set_.get()); }

  /// "{ [x] : exists (a, b : x = 5 + 24a + b and 0 <= a < 4 and 0 <= b < 6) }".
  static std::string text_of(const ElementBox& box) {
    std::string names;
    std::string place = fmt::format("x = {}", box.first);
    std::string limits;
    for (std::size_t i = 0; i < box.axes.size(); ++i) {
      names += fmt::format("{}i{}", i == 0 ? "" : ", ", i);
      place += fmt::format(" + {}i{}", box.axes[i].stride, i);
      limits += fmt::format(" and 0 <= i{} < {}", i, box.axes[i].extent);
    }
    return names.empty() ? fmt::format("{{ [x] : {} }}", place)
                         : fmt::format("{{ [x] : exists ({} : {}{}) }}", names, place, limits);
  }

  std::unique_ptr<isl_set, Free> set_;
};

/// Regions of shapes of one tensor, whose axes are its prime factors joined at random.
class Boxes {
 public:
  explicit Boxes(std::uint32_t seed) : random_(seed) {}

  std::int64_t pick(std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(high - low));
  }

  ElementBox next() {
    constexpr std::int64_t kFactors[] = {2, 3, 4, 5, 6, 7, 8, 9};  // 1 088 640 elements
    Shape shape = {1};
    for (const std::int64_t factor : kFactors) {
      if (pick(0, 3) == 0 && shape.size() < 4) shape.push_back(1);
      shape.back() *= factor;
    }
    Region region;
    for (const std::int64_t extent : shape) {
      // Often the whole axis, so that boxes contain and touch each other.
      const std::int64_t begin = pick(0, 2) == 0 ? 0 : pick(0, extent);
      const std::int64_t end = pick(0, 2) == 0 ? extent : pick(begin, extent) + 1;
      region.push_back({begin, end});
    }
    return box_of(shape, region);
  }

 private:
  std::mt19937 random_;
};

TEST_CASE("a box holds or meets another exactly where isl says so") {
  const Context context(isl_ctx_alloc());
  Boxes boxes(3);
  int contained = 0;
  int met = 0;
  for (int round = 0; round < 400; ++round) {
    const ElementBox a = boxes.next();
    const ElementBox b = boxes.next();
    const Elements first(context.get(), a);
    const Elements second(context.get(), b);
    const bool is_contained = second.is_in(first);
    const bool is_met = !first.common(second).is_empty();
    CHECK(contains(a, b) == is_contained);
    CHECK(intersects(a, b) == is_met);
    contained += is_contained ? 1 : 0;
    met += is_met ? 1 : 0;
  }
  CHECK(contained > 20);
  CHECK(met > contained);
  CHECK(met < 400);
}

TEST_CASE("several boxes cover one, once or more than once, exactly where isl says so") {
  const Context context(isl_ctx_alloc());
  Boxes boxes(4);
  int covered = 0;
  int repeated = 0;
  int counted = 0;
  for (int round = 0; round < 300; ++round) {
    const ElementBox box = boxes.next();
    const Elements wanted(context.get(), box);
    std::vector<ElementBox> held;
    Elements all = wanted.without(wanted);
    bool is_repeated = false;
    for (std::int64_t n = boxes.pick(1, 4); n > 0; --n) {
      held.push_back(boxes.next());
      const Elements part = Elements(context.get(), held.back()).common(wanted);
      is_repeated = is_repeated || !part.common(all).is_empty();
      all = all.united(part);
    }
    const Cover cover = cover_of(box, held);
    const Elements missing = wanted.without(all);
    CHECK((cover.missing == 0) == missing.is_empty());
    CHECK((cover.repeated > 0) == is_repeated);
    // Counting takes isl an element at a time.
    if (box.elements() < 3000) {
      CHECK(cover.missing == missing.count());
      ++counted;
    }
    covered += cover.missing == 0 ? 1 : 0;
    repeated += is_repeated ? 1 : 0;
  }
  CHECK(covered > 20);
  CHECK(repeated > 20);
  CHECK(repeated < 280);
  CHECK(counted > 10);
}

}  // namespace
}  // namespace tpuscope::test
