// KernelStream: what kernels are written in. Buffers of local memory know which commands wrote and
// read them, so that each command waits for just what it must: what it reads to be there, what it
// overwrites to be read.

#pragma once

#include <array>
#include <initializer_list>

#include "passes/lower/op_stream.h"
#include "sim/cost/cost.h"
#include "sim/cost/instruction_cost.h"
#include "sim/cost/layout.h"

namespace tpuscope {

/// A range of every lane's memory.
struct KernelBuffer {
  LocalRange range{};
  std::uint32_t part = kNone;                         ///< what is in it; kNone: working space
  std::array<std::uint32_t, kEngineCount> written{};  ///< last id of each engine
  std::array<std::uint32_t, kEngineCount> read{};
};

/// A rectangle of an operand or result in DDR: `runs` pieces of `bytes` each.
struct DdrBlock {
  bool is_weight = false;
  std::size_t index = 0;        ///< of the operand, or of the result
  Shape view{};                 ///< of the same elements, where the region is not of the tensor's
  Region region{};              ///< of the tensor
  std::int64_t runs = 1;        ///< contiguous in DDR
  std::int64_t bytes = 0;       ///< of a run
  std::int64_t local_runs = 1;  ///< pieces in local memory; those of different lanes never join
};

class KernelStream {
 public:
  KernelStream(const Chip& chip, const OpView& op, OpStream& stream)
      : chip_(chip), op_(op), stream_(stream) {}

  /// What follows runs on this core, with an empty local memory.
  void set_core(std::size_t core) {
    stream_.set_core(core);
    next_address_ = 0;
  }
  /// A buffer of so many bytes per lane that shares no bank with the ones before.
  KernelBuffer buffer(std::int64_t bytes);
  /// A buffer of so many bytes per lane right after the ones before.
  KernelBuffer packed_buffer(std::int64_t bytes);

  void load(const DdrBlock& from, KernelBuffer& to);
  void store(KernelBuffer& from, const DdrBlock& to);
  /// Brings an element of so many bytes of each lane beside those of the others, in one lane.
  void gather_lanes(KernelBuffer& from, std::int64_t lanes, std::int64_t bytes, KernelBuffer& to);
  /// A command of the BDC. What it makes is working space.
  void compute(const ComputeInstruction& instruction, std::initializer_list<KernelBuffer*> reads,
               KernelBuffer& to);
  /// As above, where it makes this block of the result.
  void finish(const ComputeInstruction& instruction, std::initializer_list<KernelBuffer*> reads,
              KernelBuffer& to, const DdrBlock& block);

  /// The slice that the next commands belong to.
  void set_slice(std::int64_t slice) { slice_ = narrowed(slice); }

 private:
  Command command_of(const ComputeInstruction& instruction,
                     std::initializer_list<KernelBuffer*> reads, KernelBuffer& to);
  void push(Command& command, std::initializer_list<KernelBuffer*> reads, KernelBuffer* to);
  std::uint32_t part_of(bool is_result, const DdrBlock& block) const;
  Command transfer(const DdrBlock& block, Direction direction, CommandKind kind, DType type) const;

  const Chip& chip_;
  const OpView& op_;
  OpStream& stream_;
  std::uint32_t next_address_ = 0;
  std::uint32_t slice_ = 0;
};

/// A command over `extent` with elements of `bits`, one operand or, where it is said, two.
/// Rewriting an operand in place asks the memory twice.
ComputeInstruction kernel_vector(ComputeKind kind, const LocalShape& extent, std::uint32_t bits,
                                 std::uint32_t operands = 1, bool in_place = false);
/// A product in the cube, rows over lanes. `transposed`: the right operand's rows are the columns.
ComputeInstruction kernel_product(std::int64_t rows, std::int64_t columns, std::int64_t reduced,
                                  DType type, bool transposed);

}  // namespace tpuscope
