// Every picosecond, every core and engine is asked what it does. See naive_engine.h.

#include "tests/support/naive_engine.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <map>
#include <set>

namespace tpuscope::testing {
namespace {

constexpr std::int64_t kUnits = 65536;  // in which shares of the DDR and work are counted

struct NaiveEngine {
  std::deque<std::size_t> queue{};
  std::map<std::uint32_t, std::int64_t> ended{};  // id -> when
  bool is_running = false;
  std::size_t command = 0;
  std::int64_t startup_left = 0;  // picoseconds
  std::int64_t work_left = 0;     // picoseconds times units
};

class NaiveMachine {
 public:
  NaiveMachine(const Program& program, const Chip& chip) : program_(program), chip_(chip) {
    spans_.resize(program.commands.size());
    for (std::size_t i = 0; i < program.commands.size(); ++i) {
      const Command& command = program.commands[i];
      engines_[{command.core, command.engine}].queue.push_back(i);
    }
    find_meetings();
  }

  std::vector<NaiveSpan> spans() {
    for (now_ = whole(chip_.overhead.launch_us * 1e6); !is_done(); ++now_) {
      settle();
      step();
    }
    return spans_;
  }

 private:
  static std::int64_t whole(double picoseconds) {
    return static_cast<std::int64_t>(std::llround(picoseconds));
  }
  double cycle(Engine engine) const { return 1e6 / chip_.engine_mhz(engine); }

  /// For every command, the last command before it at which its core must have met the others.
  void find_meetings() {
    meets_before_.resize(program_.commands.size(), 0);
    std::size_t begin = 0;
    std::set<int> before;
    std::size_t meeting = 0;
    for (std::size_t i = 0; i <= program_.commands.size(); ++i) {
      const bool ends = i == program_.commands.size() ||
                        program_.commands[i].group != program_.commands[begin].group;
      if (!ends) continue;
      std::set<int> cores;
      for (std::size_t k = begin; k < i; ++k)
        cores.insert(program_.commands[k].core);
      if (cores.size() > 1 || cores != before) meeting = begin;
      for (std::size_t k = begin; k < i; ++k)
        meets_before_[k] = meeting;
      before = cores;
      begin = i;
    }
  }

  bool is_done() const {
    return std::all_of(engines_.begin(), engines_.end(), [](const auto& entry) {
      return entry.second.queue.empty() && !entry.second.is_running;
    });
  }

  /// Starts and ends of this picosecond, until nothing changes any more.
  void settle() {
    bool changed = true;
    while (changed) {
      changed = false;
      for (auto& [place, engine] : engines_) {
        if (engine.is_running && engine.startup_left <= 0 && engine.work_left <= 0) {
          engine.is_running = false;
          engine.ended[program_.commands[engine.command].id] = now_;
          spans_[engine.command].end = now_;
          changed = true;
        }
        if (engine.is_running || engine.queue.empty() || !may_start(engine.queue.front())) continue;
        start(engine);
        changed = true;
      }
    }
  }

  bool may_start(std::size_t i) {
    const Command& command = program_.commands[i];
    if (command.wait_id > 0) {
      const Engine other = command.engine == Engine::kBdc ? Engine::kGdma : Engine::kBdc;
      const auto& ended = engines_[{command.core, other}].ended;
      const auto awaited = ended.find(command.wait_id);
      const std::int64_t latency = whole(chip_.command.sync_cycles * cycle(Engine::kBdc));
      if (awaited == ended.end() || awaited->second + latency > now_) return false;
    }
    const std::int64_t message =
        whole(static_cast<double>(chip_.overhead.core_sync_cycles) * cycle(Engine::kBdc));
    // A layer begins when all of the one before has ended.
    for (std::size_t k = 0; k < i && program_.commands[k].group != command.group; ++k) {
      const std::int64_t met = k < meets_before_[i] ? message : 0;
      if (spans_[k].end < 0 || spans_[k].end + met > now_) return false;
    }
    return true;
  }

  void start(NaiveEngine& engine) {
    engine.command = engine.queue.front();
    engine.queue.pop_front();
    engine.is_running = true;
    spans_[engine.command].start = now_;
    const Command& command = program_.commands[engine.command];
    const double own = cycle(command.engine);
    const std::int64_t all = whole(static_cast<double>(command.cost.total()) * own);
    engine.startup_left = whole(static_cast<double>(command.cost.initial) * own);
    engine.work_left = (all - engine.startup_left) * kUnits;
  }

  /// What the command takes of the DDR once it moves data.
  std::int64_t share(const Command& command) const {
    const double moved = static_cast<double>(command.ddr_read + command.ddr_write);
    const double nanoseconds = static_cast<double>(command.cost.total() - command.cost.initial) *
                               cycle(command.engine) / 1000;
    const double usable = chip_.ddr.peak_gbps * chip_.ddr.efficiency;  // bytes per nanosecond
    return std::min<std::int64_t>(kUnits, whole(std::ceil(moved / nanoseconds / usable * kUnits)));
  }

  /// One picosecond of work.
  void step() {
    std::int64_t shares = 0;
    for (const auto& [place, engine] : engines_) {
      if (engine.is_running && engine.startup_left == 0 && engine.work_left > 0) {
        shares += share(program_.commands[engine.command]);
      }
    }
    const std::int64_t slow = shares > kUnits ? kUnits * kUnits / shares : kUnits;
    for (auto& [place, engine] : engines_) {
      if (!engine.is_running) continue;
      if (engine.startup_left > 0) {
        --engine.startup_left;
      } else {
        const bool uses_ddr = share(program_.commands[engine.command]) > 0;
        engine.work_left -= uses_ddr ? slow : kUnits;
      }
    }
  }

  const Program& program_;
  const Chip& chip_;
  std::map<std::pair<std::uint8_t, Engine>, NaiveEngine> engines_{};
  std::vector<std::size_t> meets_before_{};
  std::vector<NaiveSpan> spans_{};
  std::int64_t now_ = 0;
};

}  // namespace

std::vector<NaiveSpan> run_naively(const Program& program, const Chip& chip) {
  return NaiveMachine(program, chip).spans();
}

}  // namespace tpuscope::testing
