// soak: draws networks and configurations from consecutive seeds and asks of each whether it is
// sound, in child processes on every core. What is broken is made smaller and stored.
//
//     soak [--seconds N] [--cases N] [--seed FIRST] [--jobs N] [--found FOLDER]
//     soak --precisions every ...  runs each network at every precision, not at the one drawn
//     soak --replay FILE...        runs stored cases
//     soak --show SEED             prints the case of a seed

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <new>
#include <optional>
#include <string>
#include <sys/mman.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include <fmt/core.h>

#include "passes/precision/precision.h"
#include "tests/generators/shrink.h"
#include "tests/generators/sound.h"
#include "tests/soak/child.h"

namespace tpuscope::soak {
namespace {

using generators::Choices;
using generators::DrawnCase;
using generators::Soundness;

constexpr std::size_t kTextBytes = 2000;
constexpr std::uint64_t kBatch = 200;
constexpr std::uint64_t kProgress = 1000;
constexpr int kShrinkTries = 600;
constexpr unsigned kCaseSeconds = 20;

/// What a child tells its parent, in memory that both see, so that it outlives the child.
struct Board {
  std::atomic<std::uint64_t> at{0};  ///< the run at which the child works
  std::atomic<std::uint64_t> sound{0};
  std::atomic<std::uint64_t> refused{0};
  std::atomic<int> kind{0};
  char text[kTextBytes]{};

  void tell(const Soundness& verdict) {
    std::strncpy(text, verdict.text.c_str(), kTextBytes - 1);
    kind = static_cast<int>(verdict.kind);
  }
};

Board* shared_board() {
  void* memory =
      mmap(nullptr, sizeof(Board), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) {
    fmt::print(stderr, "no shared memory\n");
    std::exit(2);
  }
  return new (memory) Board;
}

/// The verdict of one step in a child of its own.
Soundness verdict_in_child(Board& board, const std::function<Soundness()>& step) {
  board.kind = 0;
  const int pid = start_child([&] {
    limit_this_process({});
    limit_cpu_time(kCaseSeconds);
    board.tell(step());
  });
  const ChildEnd end = end_of_child(pid);
  if (!end.is_normal) return {Soundness::Kind::kBroken, end.text};
  return {static_cast<Soundness::Kind>(board.kind.load()), board.text};
}

/// A precision instead of the one that is drawn; none: that one.
using Instead = std::optional<DType>;

DrawnCase draw(Choices& choices, Instead precision) {
  DrawnCase drawn = generators::draw_case(choices);
  if (precision) drawn.configuration.precision.precision = *precision;
  return drawn;
}

Soundness judged(Choices choices, Instead precision) {
  const DrawnCase drawn = draw(choices, precision);
  return generators::sound(drawn.network, drawn.configuration);
}

struct Settings {
  std::vector<Instead> precisions{Instead{}};  ///< at which each network is run
  double seconds = 1e9;
  std::uint64_t cases = ~std::uint64_t{0};
  std::uint64_t first = 1;
  unsigned jobs = 1;
  std::string found = "found";
};

class Soak {
 public:
  explicit Soak(const Settings& settings)
      : settings_(settings), began_(std::chrono::steady_clock::now()) {}

  int run() {
    std::map<int, Worker> workers;
    const auto is_over = [&] { return spent() > settings_.seconds || next_ >= all(); };
    while (true) {
      while (workers.size() < settings_.jobs && !is_over())
        start(workers);
      if (workers.empty()) break;
      int status = 0;
      const int pid = waitpid(-1, &status, 0);
      const auto found = workers.find(pid);
      if (found == workers.end()) continue;
      const Worker worker = found->second;
      workers.erase(found);
      finish(worker, end_of_status(status));
    }
    return summary();
  }

 private:
  struct Worker {
    Board* board = nullptr;
    std::uint64_t end = 0;  ///< of its runs
  };

  double spent() const {
    const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - began_;
    return spent.count();
  }
  /// Runs are counted from 0: all precisions of a seed, then the next seed.
  std::uint64_t all() const {
    const std::uint64_t runs = settings_.precisions.size();
    return settings_.cases > ~std::uint64_t{0} / runs ? ~std::uint64_t{0} : settings_.cases * runs;
  }
  std::uint64_t seed_of(std::uint64_t run) const {
    return settings_.first + run / settings_.precisions.size();
  }
  Instead precision_of(std::uint64_t run) const {
    return settings_.precisions[run % settings_.precisions.size()];
  }

  void start(std::map<int, Worker>& workers) {
    std::uint64_t begin = next_;
    std::uint64_t end = std::min(next_ + kBatch, all());
    if (!open_.empty()) {
      begin = open_.back().first;
      end = open_.back().second;
      open_.pop_back();
    } else {
      next_ = end;
    }
    Board* board = shared_board();
    board->at = begin;
    const int pid = start_child([=, this] { work(*board, begin, end); });
    workers.emplace(pid, Worker{board, end});
  }

  /// The child's life: ends at the first run that is broken.
  void work(Board& board, std::uint64_t begin, std::uint64_t end) const {
    limit_this_process({});
    for (std::uint64_t run = begin; run < end; ++run) {
      board.at = run;
      limit_cpu_time(kCaseSeconds);
      const Soundness verdict = judged(Choices::from_seed(seed_of(run)), precision_of(run));
      limit_cpu_time(0);
      if (verdict.kind == Soundness::Kind::kBroken) {
        board.tell(verdict);
        return;
      }
      (verdict.kind == Soundness::Kind::kSound ? board.sound : board.refused) += 1;
    }
    board.at = end;
  }

  void finish(const Worker& worker, const ChildEnd& end) {
    Board& board = *worker.board;
    sound_ += board.sound;
    refused_ += board.refused;
    const std::uint64_t at = board.at;
    if (at < worker.end) {
      report(at, end.is_normal ? std::string(board.text) : end.text);
      if (at + 1 < worker.end) open_.emplace_back(at + 1, worker.end);
    }
    munmap(worker.board, sizeof(Board));
    if (done() / kProgress == shown_ / kProgress) return;
    shown_ = done();
    fmt::print("{}, {:.0f} s\n", counts(), spent());
    std::fflush(stdout);
  }

  void report(std::uint64_t run, const std::string& text) {
    const std::string kind = generators::kind_of_finding(text);
    if (++kinds_[kind] > 1) return;
    fmt::print("seed {}: {}\n", seed_of(run), text);
    std::fflush(stdout);
    store(run, kind, text);
  }

  /// The smallest case with the same kind of finding.
  void store(std::uint64_t run, const std::string& kind, const std::string& text) const {
    Board* board = shared_board();
    const Instead precision = precision_of(run);
    Choices choices = Choices::from_seed(seed_of(run));
    generators::draw_case(choices);
    const auto fails = [&](const Soundness& verdict) {
      return verdict.kind == Soundness::Kind::kBroken &&
             generators::kind_of_finding(verdict.text) == kind;
    };
    const auto smaller = generators::shrunk(
        choices.taken(),
        [&](const std::vector<std::uint32_t>& list) {
          return fails(verdict_in_child(
              *board, [&] { return judged(Choices::from_list(list), precision); }));
        },
        kShrinkTries);
    Choices again = Choices::from_list(smaller);
    const DrawnCase least = generators::reduced(
        draw(again, precision),
        [&](const DrawnCase& candidate) {
          return fails(verdict_in_child(*board, [&] {
            return generators::sound(candidate.network, candidate.configuration);
          }));
        },
        kShrinkTries);
    munmap(board, sizeof(Board));
    std::filesystem::create_directories(settings_.found);
    const std::string path = fmt::format("{}/seed_{}.tpu", settings_.found, seed_of(run));
    std::string line = text.substr(0, text.find('\n'));
    std::ofstream(path) << "# " << line << "\n"
                        << generators::case_text(least.network, least.configuration);
    fmt::print("  stored as {}\n", path);
    std::fflush(stdout);
  }

  std::uint64_t broken() const {
    std::uint64_t broken = 0;
    for (const auto& [kind, count] : kinds_)
      broken += count;
    return broken;
  }
  std::uint64_t done() const { return sound_ + refused_ + broken(); }
  std::string counts() const {
    return fmt::format("{} runs from seed {}: {} sound, {} refused, {} broken", done(),
                       settings_.first, sound_, refused_, broken());
  }

  int summary() const {
    fmt::print("{}, {:.0f} s\n", counts(), spent());
    for (const auto& [kind, count] : kinds_)
      fmt::print("{:6} {}\n", count, kind.substr(0, 160));
    return broken() == 0 ? 0 : 1;
  }

  Settings settings_;
  std::chrono::steady_clock::time_point began_;
  std::uint64_t next_ = 0;   ///< run
  std::uint64_t shown_ = 0;  ///< runs, when progress was last printed
  std::vector<std::pair<std::uint64_t, std::uint64_t>> open_{};  ///< rests of ended batches
  std::uint64_t sound_ = 0;
  std::uint64_t refused_ = 0;
  std::map<std::string, std::uint64_t> kinds_{};
};

int replay(const std::vector<std::string>& files) {
  Board* board = shared_board();
  int broken = 0;
  for (const std::string& file : files) {
    std::ifstream stream(file);
    const std::string text{std::istreambuf_iterator<char>(stream),
                           std::istreambuf_iterator<char>()};
    const Soundness verdict =
        verdict_in_child(*board, [&] { return generators::sound_case(text); });
    const char* names[] = {"sound", "refused", "broken"};
    fmt::print("{}: {} {}\n", file, names[static_cast<int>(verdict.kind)], verdict.text);
    broken += verdict.kind == Soundness::Kind::kBroken ? 1 : 0;
  }
  return broken == 0 ? 0 : 1;
}

int usage() {
  fmt::print(stderr,
             "soak [--seconds N] [--cases N] [--seed FIRST] [--jobs N] [--found FOLDER] "
             "[--precisions every|drawn]\n"
             "soak --replay FILE...\nsoak --show SEED\n");
  return 2;
}

int run(const std::vector<std::string>& words) {
  Settings settings;
  settings.jobs = std::max(1U, std::thread::hardware_concurrency());
  for (std::size_t i = 0; i < words.size(); i += 2) {
    if (words[i] == "--replay") {
      return replay({words.begin() + static_cast<std::ptrdiff_t>(i) + 1, words.end()});
    }
    if (i + 1 == words.size()) return usage();
    const std::string& value = words[i + 1];
    if (words[i] == "--show") {
      Choices choices = Choices::from_seed(std::strtoull(value.c_str(), nullptr, 10));
      const DrawnCase drawn = generators::draw_case(choices);
      fmt::print("{}", generators::case_text(drawn.network, drawn.configuration));
      return 0;
    }
    if (words[i] == "--seconds") {
      settings.seconds = std::strtod(value.c_str(), nullptr);
    } else if (words[i] == "--cases") {
      settings.cases = std::strtoull(value.c_str(), nullptr, 10);
    } else if (words[i] == "--seed") {
      settings.first = std::strtoull(value.c_str(), nullptr, 10);
    } else if (words[i] == "--jobs") {
      settings.jobs = static_cast<unsigned>(std::strtoul(value.c_str(), nullptr, 10));
    } else if (words[i] == "--precisions" && (value == "every" || value == "drawn")) {
      settings.precisions = {Instead{}};
      if (value == "every") settings.precisions.assign(precisions().begin(), precisions().end());
    } else if (words[i] == "--found") {
      settings.found = value;
    } else {
      return usage();
    }
  }
  return Soak(settings).run();
}

}  // namespace
}  // namespace tpuscope::soak

int main(int argc, char** argv) {
  return tpuscope::soak::run({argv + 1, argv + argc});
}
