// Whatever the shapes, import keeps a network's function: the ops that exporters write for norms,
// activations, biases and batch norms, with constants of every shape that broadcasts, on extents so
// small that axes are often equal or 1 by accident, and with no-ops in between. Judged by the
// reference kernels.

#include <algorithm>
#include <rapidcheck.h>
#include <string>

#include <doctest/doctest.h>
#include <fmt/core.h>

#include "base/text.h"
#include "graph/pass.h"
#include "tests/support/graphs.h"
#include "tests/support/passes.h"

namespace tpuscope {
namespace {

int between_idioms(int low, int high) {
  return *rc::gen::inRange(low, high + 1);
}
bool coin() {
  return between_idioms(0, 1) == 0;
}

/// A network of one idiom, line by line.
class IdiomDrawer {
 public:
  std::string draw() {
    const int rank = between_idioms(2, 4);
    for (int axis = 0; axis < rank; ++axis)
      shape_.push_back(between_idioms(1, 3));
    x_ = "x";
    text_ = fmt::format("x = Input f32{}\n", list_text(shape_));
    switch (between_idioms(0, 5)) {
      case 0:
        norm(true);
        break;
      case 1:
        norm(false);
        break;
      case 2:
        gelu();
        break;
      case 3:
        gated();
        break;
      case 4:
        product();
        break;
      default:
        convolution();
        break;
    }
    for (const char* op : {"Mul", "Add"}) {
      if (between_idioms(0, 3) > 0) x_ = binary(op, x_, constant(any_shape()));
    }
    return text_ + fmt::format("out = Abs({})\n", x_);
  }

 private:
  std::string line(const std::string& op) {
    const std::string name = fmt::format("t{}", next_++);
    text_ += fmt::format("{} = {}\n", name, op);
    return name;
  }

  /// A tensor with a no-op around it, sometimes.
  std::string maybe_disguised(const std::string& t) {
    switch (between_idioms(0, 9)) {
      case 0:
        return line(fmt::format("Mul({}, {})", t, line("Weight f32[] {1}")));
      case 1:
        return line(fmt::format("Add({}, {})", t, line("Weight f32[] {0}")));
      case 2:
        return line(
            fmt::format("Squeeze({}) axes=[0]", line(fmt::format("Unsqueeze({}) axes=[0]", t))));
      default:
        return t;
    }
  }

  std::string unary(const std::string& op, const std::string& a,
                    const std::string& attributes = "") {
    return maybe_disguised(line(fmt::format("{}({}){}", op, a, attributes)));
  }
  std::string binary(const std::string& op, std::string a, std::string b) {
    if ((op == "Mul" || op == "Add") && coin()) std::swap(a, b);
    return maybe_disguised(line(fmt::format("{}({}, {})", op, a, b)));
  }

  std::string constant(const Shape& shape) {
    std::string values;
    for (std::int64_t i = 0; i < element_count(shape); ++i)
      values += fmt::format("{}{}", i > 0 ? ", " : "", between_idioms(-8, 8) * 0.25);
    return line(fmt::format("Weight f32{} {{{}}}", list_text(shape), values));
  }
  std::string number(double value) {
    const std::string shape = list_text(Shape(static_cast<std::size_t>(between_idioms(0, 2)), 1));
    return line(fmt::format("Weight f32{} {{{}}}", shape, value));
  }

  /// A shape that broadcasts against the tensor: axes left out, set to 1, or one more than it has.
  Shape any_shape() {
    Shape shape(shape_.begin() + between_idioms(0, static_cast<int>(shape_.size()) - 1),
                shape_.end());
    for (std::int64_t& extent : shape) {
      if (between_idioms(0, 2) == 0) extent = 1;
    }
    if (between_idioms(0, 9) == 0) shape.insert(shape.begin(), between_idioms(1, 2));
    return shape;
  }

  void norm(bool centred) {
    const int rank = static_cast<int>(shape_.size());
    const int first = between_idioms(1, rank - 1);
    std::string axes;
    for (int axis = first; axis < rank; ++axis)
      axes += fmt::format("{}{}", axis > first ? "," : "", axis);
    const std::string mean = fmt::format(" mode=\"mean\" axes=[{}]", axes);
    const std::string d = centred ? binary("Sub", x_, unary("Reduce", x_, mean)) : x_;
    const std::string square = coin() ? binary("Mul", d, d) : binary("Pow", d, number(2));
    const std::string sum = binary("Add", unary("Reduce", square, mean), number(0.5));
    const std::string root = unary("Sqrt", sum);
    x_ = coin() ? binary("Div", d, root) : binary("Mul", d, unary("Reciprocal", root));
  }

  void gelu() {
    const std::string erf = unary("Erf", binary("Div", x_, number(1.4142135)));
    const std::string sum = binary("Add", erf, number(1));
    x_ = coin() ? binary("Mul", binary("Mul", x_, sum), number(0.5))
                : binary("Mul", binary("Mul", x_, number(0.5)), sum);
  }

  void gated() {
    switch (between_idioms(0, 2)) {
      case 0:
        x_ = binary("Mul", x_, unary("Sigmoid", x_));
        break;
      case 1:
        x_ = binary("Mul", x_, unary("Tanh", unary("Softplus", x_)));
        break;
      default: {
        const std::string gate = unary("Clip", binary("Add", x_, number(3)), " min=0.0 max=6.0");
        x_ = binary("Div", binary("Mul", x_, gate), number(6));
        break;
      }
    }
  }

  void product() {
    const std::int64_t columns = between_idioms(1, 3);
    const std::string w = constant({shape_.back(), columns});
    x_ = line(fmt::format("MatMul({}, {})", x_, w));
    shape_.back() = columns;
    x_ = binary("Add", x_, constant(any_shape()));
  }

  void convolution() {
    if (shape_.size() != 4) return gated();
    const std::int64_t channels = between_idioms(1, 3);
    const std::string w = constant({channels, shape_[1], 1, 1});
    x_ = line(fmt::format("Conv({}, {})", x_, w));
    shape_[1] = channels;
    if (coin()) {
      x_ = line(fmt::format("BatchNorm({}, {}, {}, {}, {})", x_, constant({channels}),
                            constant({channels}), constant({channels}),
                            line(fmt::format("Weight f32[{}] {{{}}}", channels,
                                             channels == 1   ? "2"
                                             : channels == 2 ? "2, 3"
                                                             : "2, 3, 4"))));
    }
    x_ = binary(coin() ? "Mul" : "Add", x_, constant(any_shape()));
  }

  std::string text_{};
  std::string x_{};
  Shape shape_{};
  int next_ = 0;
};

TEST_CASE("import keeps the function of idioms whose shapes are equal by accident") {
  CHECK(rc::check("idioms on small shapes", [] {
    const std::string text = IdiomDrawer().draw();
    RC_LOG() << text << std::endl;
    const auto graph = parse_graph(text, "random");
    RC_ASSERT(graph.ok());
    Graph imported = *graph;
    RC_ASSERT(run_import_passes(imported).ok());
    RC_ASSERT(verify(imported).ok());
    RC_CLASSIFY(imported.ops().size() + 3 < graph->ops().size(), "recognised");
    const std::vector<HostTensor> inputs = testing::sample_inputs(*graph);
    const auto expected = evaluate(*graph, inputs);
    const auto got = evaluate(imported, inputs);
    RC_ASSERT(expected.ok());
    RC_ASSERT(got.ok());
    RC_ASSERT(got->at(0).type == expected->at(0).type);
    for (std::size_t i = 0; i < expected->at(0).values.size(); ++i) {
      const double a = expected->at(0).values[i];
      const double b = got->at(0).values[i];
      RC_ASSERT(std::abs(a - b) <= 1e-4 * std::max({1.0, std::abs(a), std::abs(b)}));
    }
  }));
}

}  // namespace
}  // namespace tpuscope
