// Tracks of the process of each core in a trace. The GDMA rows are views of its one engine; the
// host has one where there is work for it.

#pragma once

#include <algorithm>
#include <array>
#include <span>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "sim/program/command.h"

namespace tpuscope {

enum CoreTrack : std::int64_t {
  kBdcTrack = 1,
  kLoadTrack,
  kStoreTrack,
  kOtherTrack,
  kHostTrack,
  kSyncTrack
};

inline std::string_view name_of_track(std::int64_t track) {
  constexpr std::array<std::string_view, kSyncTrack> kNames = {
      "BDC", "GDMA load", "GDMA store", "GDMA other", "Host", "Sync and issue"};
  return kNames.at(static_cast<std::size_t>(track - 1));
}

/// Those that a program has, in order.
inline std::vector<std::int64_t> core_tracks(std::span<const Command> commands) {
  std::vector<std::int64_t> tracks{kBdcTrack, kLoadTrack, kStoreTrack, kOtherTrack};
  if (std::any_of(commands.begin(), commands.end(),
                  [](const Command& command) { return command.kind == CommandKind::kHost; })) {
    tracks.push_back(kHostTrack);
  }
  tracks.push_back(kSyncTrack);
  return tracks;
}

inline std::int64_t track_of(const Command& command) {
  if (command.engine == Engine::kBdc) return kBdcTrack;
  if (command.kind == CommandKind::kHost) return kHostTrack;
  switch (command.direction) {
    case Direction::kDdrToLocal:
      return kLoadTrack;
    case Direction::kLocalToDdr:
      return kStoreTrack;
    case Direction::kNone:
    case Direction::kDdrToDdr:
    case Direction::kLocalToLocal:
      return kOtherTrack;
  }
  unreachable();
}

}  // namespace tpuscope
