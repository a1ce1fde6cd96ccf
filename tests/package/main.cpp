// client NETWORK CHIP: prints the time that `tpuscope profile NETWORK --chip CHIP` prints, by the
// installed library alone.

#include <cstdio>
#include <tpuscope/tpuscope.h>

int main(int, char** arguments) {
  const auto profile = [&]() -> tpuscope::Result<tpuscope::Profile> {
    TPU_TRY(const tpuscope::Model model, tpuscope::Model::load(arguments[1]));
    return model.run({.chip = arguments[2]});
  }();
  if (!profile.ok()) return std::fprintf(stderr, "%s\n", profile.error().message.c_str()), 1;
  std::printf("%.0f ps\n", static_cast<double>(profile->report.summary.makespan.value));
}
