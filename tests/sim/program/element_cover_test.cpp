// Boxes against each other: containment and cover, each also compared with sets counted element by
// element on random boxes.

#include "sim/program/element_cover.h"

#include <random>
#include <set>

#include <doctest/doctest.h>

using namespace tpuscope;

namespace {

std::set<std::int64_t> elements_of(const ElementBox& box) {
  std::set<std::int64_t> elements{box.first};
  for (const StridedAxis& axis : box.axes) {
    std::set<std::int64_t> more;
    for (const std::int64_t element : elements) {
      for (std::int64_t i = 0; i < axis.extent; ++i)
        more.insert(element + i * axis.stride);
    }
    elements = std::move(more);
  }
  return elements;
}

/// A region of one of several shapes of a tensor of 120 elements, some of which do not divide each
/// other.
ElementBox random_box(std::mt19937& random) {
  const std::vector<Shape> shapes{{120},   {2, 3, 4, 5}, {6, 20}, {24, 5},
                                  {5, 24}, {8, 15},      {1, 120}};
  const auto pick = [&](std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(high - low));
  };
  const Shape& shape = shapes[static_cast<std::size_t>(pick(0, std::ssize(shapes)))];
  Region region;
  for (const std::int64_t extent : shape) {
    const std::int64_t begin = pick(0, extent);
    region.push_back({begin, pick(begin, extent) + 1});
  }
  return box_of(shape, region);
}

}  // namespace

TEST_CASE("a chunk of a tensor is its regions along the tensor's axes") {
  // Elements 5 to 20 of [3,8]: the rest of row 0, all of row 1, the first five of row 2.
  const auto regions = regions_on(lattice_of({3, 8}), {5, {{16, 1}}});
  REQUIRE(regions.has_value());
  CHECK(*regions == std::vector<Region>{{{0, 1}, {5, 8}}, {{1, 2}, {0, 8}}, {{2, 3}, {0, 5}}});
  CHECK_FALSE(regions_on(lattice_of({3, 8}), {20, {{5, 1}}}).has_value());
}

TEST_CASE("a box holds another only if it holds every element") {
  const ElementBox columns = box_of(Shape{4, 6}, Region{{0, 4}, {2, 5}});
  CHECK(contains(columns, box_of(Shape{4, 6}, Region{{1, 3}, {2, 4}})));
  CHECK_FALSE(contains(columns, box_of(Shape{4, 6}, Region{{1, 3}, {2, 6}})));
  CHECK_FALSE(contains(columns, box_of(Shape{24}, Region{{2, 6}})));
}

TEST_CASE("a cover counts what is missing and what is held twice") {
  const ElementBox all = whole_box(24);
  const ElementBox left = box_of(Shape{4, 6}, Region{{0, 4}, {0, 4}});
  const ElementBox right = box_of(Shape{4, 6}, Region{{0, 4}, {3, 6}});
  const std::vector<ElementBox> both{left, right};
  CHECK(cover_of(all, {&left, 1}).missing == 8);
  CHECK(cover_of(all, both).missing == 0);
  CHECK(cover_of(all, both).repeated == 4);
}

TEST_CASE("containment and cover agree with counting") {
  std::mt19937 random(7);
  std::size_t contained = 0;
  std::size_t covered = 0;
  for (int round = 0; round < 3000; ++round) {
    const ElementBox box = random_box(random);
    std::vector<ElementBox> boxes;
    const std::size_t count = 1 + random() % 5;
    for (std::size_t i = 0; i < count; ++i)
      boxes.push_back(random_box(random));
    const std::set<std::int64_t> wanted = elements_of(box);
    std::set<std::int64_t> held;
    std::int64_t hits = 0;
    bool is_contained = false;
    for (const ElementBox& other : boxes) {
      std::int64_t here = 0;
      for (const std::int64_t element : elements_of(other)) {
        if (!wanted.contains(element)) continue;
        held.insert(element);
        ++here;
      }
      hits += here;
      const bool has_all = here == std::ssize(wanted);
      CHECK(contains(other, box) == has_all);
      CHECK(intersects(other, box) == (here > 0));
      is_contained = is_contained || has_all;
    }
    const Cover cover = cover_of(box, boxes);
    CHECK(cover.missing == std::ssize(wanted) - std::ssize(held));
    CHECK(cover.repeated == hits - std::ssize(held));
    contained += is_contained ? 1 : 0;
    covered += cover.missing == 0 ? 1 : 0;
  }
  CHECK(contained > 100);
  CHECK(covered > contained);
}
