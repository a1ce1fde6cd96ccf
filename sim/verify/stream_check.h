// The verifier of real streams, which name no tensors: whether their commands keep order in local
// memory, byte by byte and lane by lane, and read what was made for them.

#pragma once

#include <cstdint>
#include <vector>

#include "graph/graph.h"
#include "sim/chip/chip.h"
#include "sim/engine/timeline.h"
#include "sim/program/command.h"
#include "sim/stream/stream_program.h"

namespace tpuscope {

/// Bytes [begin, end) of every lane.
struct LocalPlace {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

/// Whose work the commands are: slices of ops, as the compiler tells.
struct StreamOwners {
  std::vector<std::uint32_t> of{};  ///< by command of the stream; kNone: nobody's; empty: unknown
  /// By owner, ascending: those that make what it reads. What it makes itself it may read as well.
  std::vector<std::vector<std::uint32_t>> sources{};
  /// By owner: where its operands, results and working space are; empty: the compiler does not say.
  std::vector<std::vector<LocalPlace>> places{};
  /// By owner: where its operands and results are in DDR; empty: the compiler does not say.
  std::vector<std::vector<DdrRange>> ddr_places{};
};

/// Empty when all of this holds, otherwise one error per violation, the first kMaxErrors of them:
/// - what check_schedule says of queues, ids and waits;
/// - no command reaches beyond the end of a lane;
/// - no two commands of different engines touch a byte, one of them writing it, without the queues
///   and waits saying which is first;
/// - of every operand something was written before it is read, and all of what is stored in DDR;
/// - where owners are known: of every operand something was made by a source of its reader;
/// - where places are known: commands touch nothing else, and every byte that they read was made by
///   a source of the reader;
/// - what a computation makes is read by somebody;
/// - the same of the DDR: where one core reads what another one stored, messages say which is
/// first;
///   nothing is read that is neither there before the run nor was stored, weights are not
///   overwritten, all of the outputs is stored, and what is stored is read or an output; where
///   owners are known, transfers meet tensors of their op, and what is read was stored by a source.
///
/// Weaker than for programs that are planned here where sound streams are sloppy: commands work on
/// whole lanes of which the last hold nothing, tables and copies may be made in vain. `program` is
/// that of `stream` and may lack its last commands, `timeline` is of `program`.
Errors check_streams(const Graph& graph, const Chip& chip, const DecodedStream& stream,
                     const StreamOwners& owners, const DdrBoundary& boundary,
                     const Program& program, const Timeline& timeline);

}  // namespace tpuscope
