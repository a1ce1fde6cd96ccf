// What was stored of every tensor in DDR, and when.

#pragma once

#include <map>
#include <vector>

#include "sim/verify/storage.h"

namespace tpuscope {

class DdrContents {
 public:
  /// Gathers all stores of the program, whenever they come.
  DdrContents(const Run& run, const Storage& storage, Findings& findings);

  /// The command reads the part from DDR.
  void read(std::uint32_t command, std::uint32_t part);
  /// Every output of the network is stored, and nothing is stored twice.
  void check_end();

 private:
  struct Stored {
    std::uint32_t command = 0;
    ElementBox box{};
    bool is_loose = false;  ///< a fill or scatter: which elements it writes is unknown
  };
  struct Ledger {
    std::vector<Stored> stores{};
    Picoseconds done{};        ///< end of the last store
    std::int64_t missing = 0;  ///< elements of the root never stored
  };

  void add(std::uint32_t command, std::uint32_t part, Findings& findings);

  const Run& run_;
  const Storage& storage_;
  Findings& findings_;
  std::map<Value, Ledger> ledgers_{};
};

}  // namespace tpuscope
