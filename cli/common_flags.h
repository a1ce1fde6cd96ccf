// Flags that mean the same wherever they appear.

#pragma once

#include <vector>

#include "cli/verb.h"

namespace tpuscope {

// Every verb takes these.
inline constexpr Flag kHelpFlag{.name = "--help", .help = "show this help", .letter = "-h"};
inline constexpr Flag kQuietFlag{
    .name = "--quiet", .help = "say nothing but results and errors", .letter = "-q"};
inline constexpr Flag kJsonFlag{.name = "--json", .help = "results and errors as JSON"};
inline constexpr Flag kColorFlag{.name = "--color",
                                 .value = "auto|always|never",
                                 .help = "colours on the terminal",
                                 .fallback = "auto"};
inline constexpr Flag kAsciiFlag{.name = "--ascii", .help = "no characters beyond ASCII"};
inline constexpr Flag kWideFlag{.name = "--wide", .help = "do not cut names to the width"};

inline const std::vector<Flag>& common_flags() {
  static const std::vector<Flag> flags = {kHelpFlag,  kQuietFlag, kJsonFlag,
                                          kColorFlag, kAsciiFlag, kWideFlag};
  return flags;
}

// Verbs that simulate.
inline constexpr Flag kChipFlag{.name = "--chip",
                                .value = "NAME|FILE",
                                .help = "the machine: a built-in chip or a chip file",
                                .fallback = "bm1684x"};
inline constexpr Flag kPrecisionFlag{
    .name = "--precision",
    .value = "TYPE",
    .help =
        "element types on the chip: f32, f16, bf16, int8; w4f16, w4bf16, w8f16, w8bf16: weights "
        "of linear layers in 4 or 8 bits; or file: as a quantised model says, its default",
    .fallback = "f16"};
inline constexpr Flag kGroupSizeFlag{.name = "--group-size",
                                     .value = "N",
                                     .help = "packed weights: how many share one scale",
                                     .fallback = "64"};
inline constexpr Flag kPrecisionTableFlag{.name = "--precision-table",
                                          .value = "FILE",
                                          .help = "JSON with ops that run in another precision"};
inline constexpr Flag kIoFlag{.name = "--io",
                              .value = "source|native",
                              .help =
                                  "inputs and outputs: as in the model, with casts on the "
                                  "chip, or in the precision",
                              .fallback = "source"};
inline constexpr Flag kBatchFlag{.name = "--batch",
                                 .value = "N",
                                 .help = "rewrite the network for N images",
                                 .fallback = "as in the model"};
inline constexpr Flag kPassesFlag{.name = "--passes",
                                  .value = "PRESET[,+NAME,-NAME]",
                                  .help = "switches of the compiler",
                                  .fallback = "optimized"};
inline constexpr Flag kSetFlag{.name = "--set",
                               .value = "KEY=VALUE",
                               .help = "change one number of the chip, as chip.clock.tiu_mhz=950",
                               .repeats = true};
/// Numbers of microseconds by name: see launch_override() in session.cpp.
inline constexpr Flag kLaunchFlag{
    .name = "--launch",
    .value = "HOW",
    .help =
        "launch overhead before a run: device (13 µs), loop (20, a steady loop of a program), "
        "bmrt_test "
        "(150, the vendor's tool, as most public tables count), or microseconds",
    .fallback = "bmrt_test; compiled models: 0"};
inline constexpr Flag kCoresFlag{
    .name = "--cores", .value = "N", .help = "use N of the chip's cores", .fallback = "all"};
inline constexpr Flag kNetFlag{.name = "--net",
                               .value = "NAME[:STAGE]",
                               .help =
                                   "of a compiled model with several: this net, and which of its "
                                   "input shapes (0, 1, ...)",
                               .fallback = "the first"};
inline constexpr Flag kTopFlag{
    .name = "--top", .value = "N", .help = "rows of the operator table; 0: all", .fallback = "10"};
inline constexpr Flag kGroupByFlag{.name = "--group-by",
                                   .value = "op|type|group|origin-prefix[:N]",
                                   .help = "what a row of the operator table is",
                                   .fallback = "op"};
inline constexpr Flag kSortFlag{.name = "--sort",
                                .value = "KEY",
                                .help =
                                    "order of the operator table: attributed, bdc, gdma, "
                                    "hidden, moved, useful, order or name",
                                .fallback = "attributed"};
inline constexpr Flag kFilterFlag{
    .name = "--filter", .value = "REGEX", .help = "operators whose name, type or origin matches"};
inline constexpr Flag kForceFlag{.name = "--force", .help = "replace existing files"};

}  // namespace tpuscope
