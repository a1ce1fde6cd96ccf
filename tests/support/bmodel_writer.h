// Writes small files of the kind `.bmodel`: tests build the streams that they read. Independent of
// the reader: it knows the vendor's layout on its own.

#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "sim/stream/command_forms.h"

namespace tpuscope::test {

/// A table of a flatbuffer by its fields; a number has the width that its type says.
struct FlatNode;
using FlatField =
    std::variant<std::uint32_t, std::uint64_t, std::string, std::pair<std::uint64_t, std::uint64_t>,
                 std::vector<std::uint64_t>, std::vector<FlatNode>>;
struct FlatNode {
  std::map<unsigned, FlatField> fields{};
  bool is_single = false;  ///< a vector of one such node is written as a table, not as a list
};

/// The bytes of a flatbuffer with this root.
std::string flat_bytes(const FlatNode& root);

/// A command of this form with these fields; all other bits are 0. A check fails for a field that
/// the form does not have.
std::string command_bytes(InstructionSet set, std::string_view form,
                          const std::vector<std::pair<std::string, std::uint64_t>>& fields);

/// Both streams of one core.
struct CoreStreams {
  std::vector<std::string> bdc{};
  std::vector<std::string> gdma{};
};

/// A file with one net of one stage, or with several stages of several nets.
struct BmodelFile {
  std::string chip = "BM1684X";
  std::string net = "small";
  std::vector<std::uint64_t> input{1, 8, 4, 4};   ///< bytes without sign
  std::vector<std::uint64_t> output{1, 8, 4, 4};  ///< empty: the net has none
  std::uint64_t input_address = 0x100010000;
  std::uint64_t output_address = 0x100020000;
  std::uint64_t weight_bytes = 4096;  ///< at 0x100000000
  std::vector<CoreStreams> cores{};   ///< several are written as core commands
  std::string locations{};            ///< JSON; empty: the file has none
  bool is_dynamic = false;
  std::uint32_t mode = 0;
  std::vector<std::uint32_t> host_layers{};  ///< of a second sub-net, which makes "boxes"
  /// Further stages: of the same net where they have its name, else of a net of their own. Their
  /// chip, weights and `more` are not written.
  std::vector<BmodelFile> more{};

  std::string bytes() const;

 private:
  FlatNode stage_node(std::string& binary) const;
};

}  // namespace tpuscope::test
