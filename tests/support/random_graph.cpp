// Draws one op after the other; each reads tensors drawn before.

#include "tests/support/random_graph.h"

#include <rapidcheck.h>
#include <utility>
#include <vector>

#include <fmt/core.h>

#include "base/text.h"
#include "graph/permutation.h"

namespace tpuscope::testing {
namespace {

struct Drawn {
  std::string name;
  Shape shape;
};

class Drawer {
 public:
  std::string draw() {
    for (int i = 0; i < 2; ++i) {
      Shape shape;
      for (int axis = 0; axis < 4; ++axis)
        shape.push_back(between(1, 4));
      add(fmt::format("Input f16{}", list_text(shape)), shape);
    }
    const int ops = between(3, 14);
    for (int i = 0; i < ops; ++i)
      draw_op();
    return text_;
  }

 private:
  static int between(int low, int high) { return *rc::gen::inRange(low, high + 1); }

  // Mostly the newest, so that chains grow; sometimes an older one, so that tensors get several
  // uses.
  Drawn pick() const {
    const std::size_t newest = tensors_.size() - 1;
    return tensors_[between(0, 3) > 0
                        ? newest
                        : static_cast<std::size_t>(between(0, static_cast<int>(newest)))];
  }

  std::string add(const std::string& op, const Shape& shape) {
    std::string name = fmt::format("t{}", tensors_.size());
    text_ += name + " = " + op + "\n";
    tensors_.push_back({name, shape});
    return name;
  }

  Drawn permute(const Drawn& x) {
    std::vector<std::int64_t> order;
    // Attention's own orders often, any order otherwise.
    if (x.shape.size() == 4 && between(0, 2) > 0) {
      order = between(0, 1) == 0 ? std::vector<std::int64_t>{0, 2, 1, 3}
                                 : std::vector<std::int64_t>{0, 2, 3, 1};
    } else {
      for (std::size_t axis = 0; axis < x.shape.size(); ++axis) {
        order.insert(order.begin() + between(0, static_cast<int>(axis)),
                     static_cast<std::int64_t>(axis));
      }
    }
    const Shape shape = Permutation::from(order)->apply(x.shape);
    return {add(fmt::format("Permute({}) order={}", x.name, list_text(order)), shape), shape};
  }

  void product() {
    Drawn left = pick();
    if (left.shape.size() < 3) return;
    // A right operand that fits: [.., K, N], or its permuted form as exporters leave keys.
    Shape right = left.shape;
    const std::size_t rank = right.size();
    right[rank - 2] = left.shape[rank - 1];
    right[rank - 1] = between(1, 3);
    Shape shape = left.shape;
    shape[rank - 1] = right[rank - 1];
    std::string name;
    if (rank == 4 && between(0, 1) == 0) {  // heads between the matrix axes, then permuted
      const Shape stored = {right[0], right[2], right[1], right[3]};
      const std::string input = add(fmt::format("Input f16{}", list_text(stored)), stored);
      name = permuted(input, "[0,2,1,3]", right);
      if (between(0, 1) == 0) {
        const Shape back = {left.shape[0], left.shape[2], left.shape[1], left.shape[3]};
        const std::string q = add(fmt::format("Input f16{}", list_text(back)), back);
        left.name = permuted(q, "[0,2,1,3]", left.shape);
      }
    } else if (between(0, 1) == 0) {
      Shape stored = right;
      std::swap(stored[rank - 1], stored[rank - 2]);
      const std::string input = add(fmt::format("Input f16{}", list_text(stored)), stored);
      std::vector<std::int64_t> order = Permutation::identity(rank).to_list();
      std::swap(order[rank - 1], order[rank - 2]);
      name = permuted(input, list_text(order), right);
    } else {
      name = add(fmt::format("Input f16{}", list_text(right)), right);
    }
    add(fmt::format("MatMul({}, {})", left.name, name), shape);
  }

  std::string permuted(const std::string& name, const std::string& order, const Shape& shape) {
    return add(fmt::format("Permute({}) order={}", name, order), shape);
  }

  /// A constant or computed operand that broadcasts against the tensor.
  void binary(const Drawn& x) {
    Shape other = x.shape;
    for (std::int64_t& extent : other) {
      if (between(0, 2) == 0) extent = 1;
    }
    std::string operand;
    if (between(0, 1) == 0) {
      std::string values;
      for (std::int64_t i = 0; i < element_count(other); ++i) {
        values += fmt::format("{}{}", i > 0 ? ", " : "", between(-4, 4));
      }
      operand = add(fmt::format("Weight f16{} {{{}}}", list_text(other), values), other);
      tensors_.pop_back();  // constants are not drawn again: they are no activations
      const std::string unique = fmt::format("c{}", constants_++);
      text_.replace(text_.rfind(operand + " = "), operand.size(), unique);
      operand = unique;
    } else {
      operand = add(fmt::format("Input f16{}", list_text(other)), other);
    }
    const char* op = between(0, 1) == 0 ? "Add" : "Mul";
    add(fmt::format("{}({}, {})", op, x.name, operand), x.shape);
  }

  void same_order_add() {
    const Drawn x = pick();
    const std::string other = add(fmt::format("Input f16{}", list_text(x.shape)), x.shape);
    const Drawn left = permute(x);
    // The same order again, on the other operand.
    const std::string& line = text_.substr(text_.rfind("order="));
    const std::string right =
        add(fmt::format("Permute({}) {}", other, line.substr(0, line.find('\n'))), left.shape);
    add(fmt::format("Add({}, {})", left.name, right), left.shape);
  }

  void reshape() {
    const Drawn x = pick();
    Shape shape = x.shape;
    const auto axis = static_cast<std::size_t>(between(0, static_cast<int>(shape.size()) - 1));
    if (between(0, 1) == 0 && shape.size() > 2 && axis + 1 < shape.size()) {  // merge two
      shape[axis] *= shape[axis + 1];
      shape.erase(shape.begin() + static_cast<std::ptrdiff_t>(axis) + 1);
    } else if (shape.size() < 6) {  // split one
      const std::int64_t factor = shape[axis] % 2 == 0 ? 2 : 1;
      shape[axis] /= factor;
      shape.insert(shape.begin() + static_cast<std::ptrdiff_t>(axis), factor);
    }
    add(fmt::format("Reshape({}) shape={}", x.name, list_text(shape)), shape);
  }

  /// A view for one or two ops, as the masks of shifted windows want it, and back.
  void viewed_binary() {
    const Drawn x = pick();
    if (x.shape.size() > 4) return;
    Shape shape = x.shape;
    const std::int64_t factor = shape[0] % 2 == 0 ? between(1, 2) : 1;
    shape[0] /= factor;
    shape.insert(shape.begin() + between(0, 1), factor);
    add(fmt::format("Reshape({}) shape={}", x.name, list_text(shape)), shape);
    const int ops = between(1, 2);
    for (int i = 0; i < ops; ++i)
      binary(Drawn(tensors_.back()));
    const Drawn y = tensors_.back();
    add(fmt::format("Reshape({}) shape={}", y.name, list_text(x.shape)), x.shape);
  }

  void qkv() {
    const Drawn x = permute(pick());
    const auto axis = static_cast<std::size_t>(between(0, static_cast<int>(x.shape.size()) - 1));
    if (x.shape.size() < 3) return;
    Shape extents = x.shape;
    extents[axis] = 1;
    Shape squeezed = extents;
    squeezed.erase(squeezed.begin() + static_cast<std::ptrdiff_t>(axis));
    for (std::int64_t i = 0; i < x.shape[axis]; ++i) {
      Shape starts(x.shape.size(), 0);
      starts[axis] = i;
      const std::string slice = add(fmt::format("Slice({}) starts={} extents={}", x.name,
                                                list_text(starts), list_text(extents)),
                                    extents);
      add(fmt::format("Squeeze({}) axes=[{}]", slice, axis), squeezed);
    }
  }

  void draw_op() {
    switch (between(0, 10)) {
      case 0:
      case 1:
      case 2:
        permute(pick());
        break;
      case 3:
        product();
        break;
      case 4:
        binary(pick());
        break;
      case 5:
        same_order_add();
        break;
      case 6:
        reshape();
        break;
      case 7:
        qkv();
        break;
      case 8:
        viewed_binary();
        break;
      case 9: {
        const Drawn x = pick();
        const int axis = between(0, static_cast<int>(x.shape.size()) - 1);
        add(fmt::format("Softmax({}) axis={}", x.name, axis), x.shape);
        break;
      }
      default: {
        const Drawn x = pick();
        add(fmt::format("Relu({})", x.name), x.shape);
      }
    }
  }

  std::string text_;
  std::vector<Drawn> tensors_;
  int constants_ = 0;
};

}  // namespace

std::string random_attention_text() {
  return Drawer().draw();
}

}  // namespace tpuscope::testing
