// Two queues per core: where groups meet, loads of the next move before the stores that close this
// one.

#include "passes/lower/overlap_groups.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/check.h"

namespace tpuscope {
namespace {

bool overlaps(const LocalRange& a, const LocalRange& b) {
  return a.bytes > 0 && b.bytes > 0 && a.address < b.address + b.bytes &&
         b.address < a.address + a.bytes;
}

bool writes(const Command& command, const LocalRange& range) {
  return overlaps(command.result, range) || overlaps(command.second_result, range);
}

bool touches(const Command& command, const LocalRange& range) {
  return writes(command, range) ||
         std::any_of(command.operands.begin(), command.operands.begin() + command.operand_count,
                     [&](const LocalRange& operand) { return overlaps(operand, range); });
}

/// The queues of one core. A command's id is its place in its queue, counted from 1.
class CoreQueues {
 public:
  CoreQueues(const Graph& graph, const Plan& plan, Program& program)
      : graph_(graph), plan_(plan), program_(program), runs_(graph.size(), false) {
    for (const Group& group : plan.groups) {
      for (const OpId op : group.ops())
        runs_[op.index] = graph[op].def->layout != LayoutRule::kView;
    }
    bdc_.reserve(program.commands.size());
    gdma_.reserve(program.commands.size());
    for (Command& command : program.commands) {
      const bool is_bdc = command.engine == Engine::kBdc;
      (is_bdc ? bdc_ : gdma_).push_back(&command);
    }
  }

  void overlap() {
    // Where one group ends and the next begins; joining two moves commands past that place but
    // leaves the end of the second where it is.
    std::vector<std::size_t> borders;
    for (std::size_t i = 1; i < gdma_.size(); ++i) {
      const Command& before = *gdma_[i - 1];
      const Command& after = *gdma_[i];
      if (before.group != after.group && are_groups(before, after)) borders.push_back(i);
    }
    bool has_moved = false;
    for (const std::size_t border : borders)
      has_moved = join(border) || has_moved;
    if (has_moved) merge();
  }

 private:
  using Queue = std::vector<Command*>;

  bool are_groups(const Command& a, const Command& b) const {
    return plan_.groups[a.group].layers() != nullptr && plan_.groups[b.group].layers() != nullptr;
  }

  /// Whether a load reads what a store writes, be it through ops that are but names for places in
  /// DDR: views, and ops that the plan does not run.
  bool reads(const Command& load, const Command& store) const {
    const Value stored = program_.parts[store.operand_parts[0]].value;
    return comes_from(program_.parts[load.result_part].value, stored);
  }
  bool comes_from(Value value, Value stored) const {
    if (value.op == stored.op) return true;
    if (runs_[value.op.index]) return false;
    const std::vector<Value>& inputs = graph_[value.op].inputs;
    return std::any_of(inputs.begin(), inputs.end(),
                       [&](Value input) { return comes_from(input, stored); });
  }

  /// Commands [first, last) of the BDC queue that belong to a group.
  std::pair<std::size_t, std::size_t> computes_of(std::uint32_t group) const {
    const auto first = std::partition_point(
        bdc_.begin(), bdc_.end(), [&](const Command* command) { return command->group < group; });
    const auto last = std::partition_point(
        first, bdc_.end(), [&](const Command* command) { return command->group == group; });
    return {static_cast<std::size_t>(first - bdc_.begin()),
            static_cast<std::size_t>(last - bdc_.begin())};
  }

  /// Where one group ends and the next begins. Places are indices in a queue.
  struct Border {
    std::size_t above_last = 0;   ///< in the BDC queue, one past the group above
    std::size_t below_first = 0;  ///< of the group below
    std::size_t below_last = 0;
    std::size_t tail = 0;    ///< in the GDMA queue: the first of the stores that close the group
    std::size_t border = 0;  ///< the first command of the group below
  };

  /// Loads that move: which, and before which store of the tail each one goes.
  struct Moves {
    std::vector<std::vector<std::size_t>> ahead_of{};  ///< per store of the tail
    std::size_t last = 0;                              ///< one past the last load that moves
    bool empty() const {
      return std::all_of(ahead_of.begin(), ahead_of.end(),
                         [](const std::vector<std::size_t>& loads) { return loads.empty(); });
    }
  };

  /// Joins the group that ends before gdma_[border] with the one that begins there.
  bool join(std::size_t border) {
    const std::optional<Border> found = border_at(border);
    if (!found) return false;
    const Moves moves = moves_at(*found);
    if (moves.empty()) return false;
    const std::vector<std::uint32_t> id_of = reorder(*found, moves);
    await(found->below_first, found->below_last, found->tail, border, id_of);
    return true;
  }

  /// Empty where no store of the group above could be passed.
  std::optional<Border> border_at(std::size_t border) const {
    const std::uint32_t above = gdma_[border - 1]->group;
    const std::uint32_t below = gdma_[border]->group;
    if (above + 1 != below) return std::nullopt;
    const auto [above_first, above_last] = computes_of(above);
    const auto [below_first, below_last] = computes_of(below);
    if (above_first == above_last || below_first == below_last) return std::nullopt;
    // Stores at the end for which no instruction of the group waits.
    std::size_t tail = border;
    std::uint32_t awaited = 0;
    for (std::size_t i = above_first; i < above_last; ++i)
      awaited = std::max(awaited, bdc_[i]->wait_id);
    while (tail > awaited && gdma_[tail - 1]->group == above &&
           gdma_[tail - 1]->direction == Direction::kLocalToDdr)
      --tail;
    if (tail == border) return std::nullopt;
    return Border{above_last, below_first, below_last, tail, border};
  }

  /// Loads of the group below that can go before a store, each made to wait for what used its
  /// buffer last. What the group's first instruction does not wait for may come later.
  Moves moves_at(const Border& at) {
    Moves moves{.ahead_of = std::vector<std::vector<std::size_t>>(at.border - at.tail),
                .last = at.border};
    std::size_t earliest = at.tail;
    const std::size_t needed = std::min<std::size_t>(bdc_[at.below_first]->wait_id, gdma_.size());
    for (std::size_t i = at.border; i < needed; ++i) {
      Command& load = *gdma_[i];
      if (load.direction != Direction::kDdrToLocal || load.wait_id > at.above_last) break;
      const std::size_t place = place_of(load, earliest, at.border, at.above_last);
      if (place == at.border) continue;
      load.wait_id = last_use(load.result, place, at.above_last);
      earliest = place;
      moves.ahead_of[place - at.tail].push_back(i);
      moves.last = i + 1;
    }
    return moves;
  }

  /// Puts the commands [tail, last) of the GDMA queue in their new order. Returns their new ids.
  std::vector<std::uint32_t> reorder(const Border& at, const Moves& moves) {
    std::vector<std::size_t> order;
    std::vector<bool> is_moved(moves.last - at.tail, false);
    for (std::size_t store = at.tail; store < at.border; ++store) {
      for (const std::size_t load : moves.ahead_of[store - at.tail]) {
        order.push_back(load);
        is_moved[load - at.tail] = true;
      }
      order.push_back(store);
    }
    for (std::size_t i = at.border; i < moves.last; ++i) {
      if (!is_moved[i - at.tail]) order.push_back(i);
    }
    std::vector<std::uint32_t> id_of(order.size());
    Queue window;
    for (std::size_t i = 0; i < order.size(); ++i) {
      id_of[order[i] - at.tail] = static_cast<std::uint32_t>(at.tail + i + 1);
      window.push_back(gdma_[order[i]]);
    }
    std::move(window.begin(), window.end(), gdma_.begin() + static_cast<std::ptrdiff_t>(at.tail));
    return id_of;
  }

  /// The store before which a load can be issued, at the earliest `earliest`; `border` when none.
  std::size_t place_of(const Command& load, std::size_t earliest, std::size_t border,
                       std::size_t above_last) const {
    std::size_t place = earliest;
    for (std::size_t store = earliest; store < border; ++store) {
      const Command& passed = *gdma_[store];
      const bool is_in_the_way = overlaps(passed.operands[0], load.result) || reads(load, passed);
      if (is_in_the_way) place = store + 1;
    }
    // A store that can start before the place is free goes first.
    while (place < border && gdma_[place]->wait_id < last_use(load.result, place, above_last))
      ++place;
    return place;
  }

  /// Id of the last instruction before `end` that uses the range, unless it has ended for sure when
  /// the GDMA queue gets to `place`.
  std::uint32_t last_use(const LocalRange& range, std::size_t place, std::size_t end) const {
    std::uint32_t synced = 0;
    // Waits grow along a queue except for moved loads, so that the last few decide.
    for (std::size_t i = place; i-- > 0 && synced == 0;)
      synced = gdma_[i]->wait_id;
    for (std::size_t i = end; i-- > 0;) {
      if (i + 1 <= synced) break;
      if (touches(*bdc_[i], range)) return static_cast<std::uint32_t>(i + 1);
    }
    return 0;
  }

  /// Instructions of the next group wait for their own loads, and for the stores that read the
  /// places into which they write.
  void await(std::size_t first, std::size_t last, std::size_t tail, std::size_t border,
             const std::vector<std::uint32_t>& id_of) {
    std::vector<std::uint32_t> latest(id_of.size());  // of the group's loads up to each
    auto so_far = static_cast<std::uint32_t>(tail);
    for (std::size_t i = border - tail; i < id_of.size(); ++i)
      latest[i] = so_far = std::max(so_far, id_of[i]);
    std::vector<std::size_t> stores;
    for (std::size_t i = tail; i < tail + id_of.size(); ++i) {
      if (gdma_[i]->direction == Direction::kLocalToDdr) stores.push_back(i);
    }
    for (std::size_t i = first; i < last; ++i) {
      Command& command = *bdc_[i];
      const std::size_t window = tail + id_of.size();
      if (command.wait_id > window) return;  // waits for later ones, and so do all after it
      if (command.wait_id > border) {
        command.wait_id = latest[command.wait_id - 1 - tail];
      } else if (command.wait_id > tail) {
        command.wait_id = static_cast<std::uint32_t>(tail);
      }
      for (const std::size_t store : stores) {
        if (writes(command, gdma_[store]->operands[0])) {
          command.wait_id = std::max(command.wait_id, static_cast<std::uint32_t>(store + 1));
        }
      }
    }
  }

  /// Back to one list: in the order of before, except where a command waits for another.
  void merge() {
    std::vector<Command> merged;
    merged.reserve(program_.commands.size());
    std::size_t b = 0;
    std::size_t g = 0;
    while (merged.size() < program_.commands.size()) {
      const bool bdc_can = b < bdc_.size() && bdc_[b]->wait_id <= g;
      const bool gdma_can = g < gdma_.size() && gdma_[g]->wait_id <= b;
      TPU_CHECK(bdc_can || gdma_can, "commands {} and {} wait for each other", b, g);
      const bool takes_bdc = bdc_can && (!gdma_can || bdc_[b] < gdma_[g]);
      merged.push_back(takes_bdc ? *bdc_[b++] : *gdma_[g++]);
      merged.back().id = static_cast<std::uint32_t>(takes_bdc ? b : g);
    }
    program_.commands = std::move(merged);
  }

  const Graph& graph_;
  const Plan& plan_;
  Program& program_;
  std::vector<bool> runs_;  ///< per op id: has commands of its own
  Queue bdc_{};
  Queue gdma_{};
};

}  // namespace

void overlap_groups(const Graph& graph, const Plan& plan, Program& program) {
  CoreQueues(graph, plan, program).overlap();
}

}  // namespace tpuscope
