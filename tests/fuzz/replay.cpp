// Runs a fuzz target without libFuzzer, on every file of a folder:
//
//     TARGET FOLDER                        each as it is
//     TARGET FOLDER --damaged N [SEED]     N of them damaged, drawn from consecutive seeds

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <string_view>
#include <sys/time.h>
#include <unistd.h>
#include <vector>

#include "tests/fuzz/fuzz.h"

namespace tpuscope {
namespace {

struct Input {
  std::string name{};
  std::string bytes{};
};

/// Sorted by name.
std::vector<Input> inputs_of(const char* folder) {
  std::vector<Input> inputs;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    std::ifstream stream(entry.path(), std::ios::binary);
    inputs.push_back({entry.path().filename().string(),
                      std::string{std::istreambuf_iterator<char>(stream), {}}});
  }
  std::sort(inputs.begin(), inputs.end(),
            [](const Input& a, const Input& b) { return a.name < b.name; });
  return inputs;
}

void run(const std::string& bytes) {
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
}

/// Damages as they happen to files, and as somebody makes them who wants a reader to fail.
class Damage {
 public:
  explicit Damage(std::uint64_t seed) : random_(seed) {}

  std::string some_of(const std::vector<Input>& inputs) {
    std::string bytes = inputs[below(inputs.size())].bytes;
    for (std::size_t count = 1 + below(below(8) == 0 ? 40 : 4); count > 0; --count)
      damage(bytes, inputs[below(inputs.size())].bytes);
    return bytes;
  }

 private:
  std::size_t below(std::size_t limit) { return limit == 0 ? 0 : random_() % limit; }

  void damage(std::string& bytes, const std::string& other) {
    const std::size_t at = below(bytes.size());
    const std::size_t length = std::min(bytes.size() - at, std::size_t{1} + below(64));
    switch (below(8)) {
      case 0:
        bytes.resize(at);
        break;
      case 1:
        bytes.erase(at, length);
        break;
      case 2:
        bytes.insert(below(bytes.size() + 1), bytes.substr(at, length));
        break;
      case 3: {
        const std::size_t from = below(other.size());
        bytes.insert(below(bytes.size() + 1), other.substr(from, 1 + below(200)));
        break;
      }
      case 4:
        set_number(bytes);
        break;
      case 5:
        if (!bytes.empty()) bytes[at] = static_cast<char>(random_());
        break;
      case 6:
        if (!bytes.empty()) bytes[at] = static_cast<char>(bytes[at] ^ (1 << below(8)));
        break;
      default:
        bytes.insert(below(bytes.size() + 1), kWords[below(std::size(kWords))]);
    }
  }

  /// Digits of a number in the text become another; bytes of a number in a binary file its limits.
  void set_number(std::string& bytes) {
    std::size_t at = bytes.find_first_of("0123456789", below(bytes.size()));
    if (at == std::string::npos || below(4) == 0) {
      const std::size_t from = below(bytes.size());
      const std::size_t end = std::min(bytes.size(), from + (std::size_t{1} << below(4)));
      const char byte = below(2) == 0 ? '\xff' : '\0';
      for (std::size_t i = from; i < end; ++i)
        bytes[i] = byte;
      return;
    }
    std::size_t digits = 0;
    while (at + digits < bytes.size() && bytes[at + digits] >= '0' && bytes[at + digits] <= '9')
      ++digits;
    bytes.replace(at, digits, kNumbers[below(std::size(kNumbers))]);
  }

  static constexpr const char* kNumbers[] = {"0",
                                             "-1",
                                             "1",
                                             "2147483648",
                                             "-9223372036854775808",
                                             "9223372036854775807",
                                             "18446744073709551616",
                                             "1e308",
                                             "-0.0",
                                             "1e-400",
                                             "65537"};
  static constexpr const char* kWords[] = {"\"",  "{",    "[",    "}",    "]",  ",",
                                           ":",   "(",    "=",    "null", "\n", "nan",
                                           "inf", "\xc3", "\\u0", "%",    "\t"};

  std::mt19937_64 random_;
};

// What a signal's handler can tell.
volatile std::sig_atomic_t seed_in_work = 0;
constexpr int kSeconds = 20;

extern "C" void tell_of_signal(int signal) {
  char text[] = "\nsignal 00 at damage 0000000000\n";
  text[8] = static_cast<char>('0' + signal / 10 % 10);
  text[9] = static_cast<char>('0' + signal % 10);
  int rest = seed_in_work;
  for (std::size_t i = sizeof(text) - 3; rest > 0 && i > 20; --i, rest /= 10)
    text[i] = static_cast<char>('0' + rest % 10);
  (void)!write(STDOUT_FILENO, text, sizeof(text) - 1);
  std::_Exit(1);
}

/// Then SIGPROF comes; 0: never.
void limit_cpu_time(int seconds) {
  const itimerval time{{0, 0}, {seconds, 0}};
  setitimer(ITIMER_PROF, &time, nullptr);
}

/// The damaged inputs of so many seeds; the number of those that were not handled.
int run_damaged(const std::vector<Input>& inputs, int count, int first) {
  for (const int signal : {SIGSEGV, SIGFPE, SIGABRT, SIGBUS, SIGILL, SIGPROF})
    std::signal(signal, tell_of_signal);
  int failures = 0;
  for (int seed = first; seed < first + count; ++seed) {
    seed_in_work = seed;
    const std::string bytes = Damage(static_cast<std::uint64_t>(seed)).some_of(inputs);
    limit_cpu_time(kSeconds);
    try {
      run(bytes);
    } catch (const std::exception& failure) {
      if (++failures <= 10) std::printf("damage %d: %s\n", seed, failure.what());
    }
  }
  limit_cpu_time(0);
  std::printf("%d damaged inputs from %d on, %d not handled\n", count, first, failures);
  return failures;
}

}  // namespace
}  // namespace tpuscope

int main(int argc, char** argv) {
  using namespace tpuscope;
  const bool is_damaged = argc >= 4 && std::string_view(argv[2]) == "--damaged";
  if (argc != 2 && !is_damaged) {
    std::fputs("usage: TARGET FOLDER [--damaged N [SEED]]\n", stderr);
    return 2;
  }
  const std::vector<Input> inputs = inputs_of(argv[1]);
  if (inputs.empty()) return 1;
  if (is_damaged)
    return run_damaged(inputs, std::atoi(argv[3]), argc > 4 ? std::atoi(argv[4]) : 1) > 0 ? 1 : 0;
  for (const Input& input : inputs) {
    // Named first: after a crash the last line tells which input it was.
    std::printf("%s\n", input.name.c_str());
    std::fflush(stdout);
    run(input.bytes);
  }
  std::printf("%zu inputs\n", inputs.size());
  return 0;
}
