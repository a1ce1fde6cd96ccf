// Command: one instruction for an engine, as the command processor sees it: its own id, the id of
// the other engine's command that it waits for, and what it does. Program: all of them in issue
// order.

#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>
#include <vector>

#include "base/units.h"
#include "graph/graph.h"
#include "sim/program/element_box.h"

namespace tpuscope {

/// The docs call BDC also TIU or BD.
enum class Engine : std::uint8_t { kBdc, kGdma };
inline constexpr std::size_t kEngineCount = 2;

enum class CommandKind : std::uint8_t {
  // BDC
  kConv,
  kMatMul,
  kDepthwise,
  kArith,
  kCompare,
  kConvert,
  kDivide,
  kTaylor,
  kRsqrt,
  kReduce,
  kLookup,
  kRequant,
  kSort,
  // GDMA
  kLoad,
  kLoadWeight,
  kStore,
  kCopy,  ///< DDR to DDR
  kFill,
  kBroadcast,  ///< between lanes of local memory
  kHost,       ///< the chip waits while the host works on tensors in its own memory
  kSystem,     ///< compiled models only: end, message, register; of either engine
};
/// "Conv", "Load weight": what timelines show.
std::string_view name_of(CommandKind kind);
/// Whether the matrix unit (cube) runs it.
constexpr bool is_cube(CommandKind kind) {
  return kind == CommandKind::kConv || kind == CommandKind::kMatMul;
}
std::string_view name_of(Engine engine);

enum class Direction : std::uint8_t { kNone, kDdrToLocal, kLocalToDdr, kDdrToDdr, kLocalToLocal };
/// "S2L" and the like, as bmprofile writes it.
std::string_view name_of(Direction direction);

/// The clocks of the engines, as units of Cycles.
struct BdcClock;
struct GdmaClock;

/// Where the cycles of an instruction or transfer go; they add up to its duration.
template <typename Clock>
struct EngineCost {
  Cycles<Clock> initial{};   ///< start-up of the instruction or transfer
  Cycles<Clock> useful{};    ///< the work itself; of transfers at the peak rate of the bus
  Cycles<Clock> padding{};   ///< the same work on lanes, EUs or bursts that are not filled
  Cycles<Clock> conflict{};  ///< bank conflicts
  constexpr Cycles<Clock> total() const { return initial + useful + padding + conflict; }
};

/// The same in a command, whose engine says of which clock the cycles are.
struct CommandCost {
  std::int64_t initial = 0;
  std::int64_t useful = 0;
  std::int64_t padding = 0;
  std::int64_t conflict = 0;
  std::int64_t total() const { return initial + useful + padding + conflict; }
};
/// For a command of the clock's engine.
template <typename Clock>
constexpr CommandCost recorded(const EngineCost<Clock>& cost) {
  return {cost.initial.value, cost.useful.value, cost.padding.value, cost.conflict.value};
}

/// Bytes [address, address + bytes) of every lane's local memory.
struct LocalRange {
  std::uint32_t address = 0;
  std::uint32_t bytes = 0;
};

inline constexpr std::uint32_t kNone = ~std::uint32_t{0};

/// Saturating conversion to the 32-bit sizes of commands.
constexpr std::uint32_t narrowed(std::int64_t value) {
  return static_cast<std::uint32_t>(
      std::min<std::int64_t>(value, std::numeric_limits<std::uint32_t>::max()));
}

/// Operands that one command names: a normalisation by channel reads its input and four vectors.
inline constexpr std::size_t kCommandOperands = 5;

struct Command {
  CommandKind kind = CommandKind::kArith;
  Engine engine = Engine::kBdc;
  Direction direction = Direction::kNone;
  DType dtype = DType::kF32;
  std::uint8_t operand_count = 0;
  std::uint8_t core = 0;
  /// 1 + index of the rule that priced it in instruction_rules(); 0: none did.
  std::uint8_t rule = 0;
  std::uint32_t id = 0;       ///< 1, 2, ... on its own engine
  std::uint32_t wait_id = 0;  ///< runs once the other engine has finished this id; 0: at once
  std::uint32_t op = kNone;   ///< OpId index in the simulated graph
  std::uint32_t group = kNone;
  std::uint32_t slice = 0;
  std::uint32_t timestep = 0;
  CommandCost cost{};
  std::int64_t bytes = 0;     ///< GDMA: payload
  std::int64_t ddr_read = 0;  ///< GDMA: bytes on the DDR bus including whole bursts
  std::int64_t ddr_write = 0;
  std::int64_t useful_ops = 0;           ///< BDC: operations that the network needs
  std::int64_t issued_ops = 0;           ///< BDC: operations performed, with padding
  std::array<std::uint32_t, 4> shape{};  ///< n, c, h, w of the result or of the block moved
  LocalRange result{};
  std::array<LocalRange, kCommandOperands> operands{};
  /// What the ranges hold: indices in Program::parts, or kNone for working space.
  /// - A load's result holds the part it loads.
  /// - A computation is a run of commands of one op; its last one's result holds the part made, the
  ///   ones before write working space. All of them together name the parts read.
  /// - A store's operand 0 holds the part in local memory; its result part is the part
  ///   written in DDR. The two differ where a movement goes through local memory.
  /// - A copy or fill within DDR has no ranges: operand parts are read, the result part is written.
  ///   What a fill writes is what is left of its part by the op's other commands.
  std::uint32_t result_part = kNone;
  std::array<std::uint32_t, kCommandOperands> operand_parts{kNone, kNone, kNone, kNone, kNone};
  /// A sorter writes values and, beside them, positions.
  LocalRange second_result{};
  std::uint32_t second_part = kNone;
};
static_assert(sizeof(Command) <= 208);

/// Elements of a tensor of the simulated graph. The box counts elements of `value` itself; whether
/// the value is a view of another's storage is for the reader to know. Boxes are canonical sets of
/// positions rather than regions of a shape, since single ops work on merged axes.
struct TensorPart {
  Value value{};
  std::uint32_t box = 0;  ///< index in Program::boxes
  friend bool operator==(const TensorPart&, const TensorPart&) = default;
};

/// A command that is a message. A wait ends no sooner than as many sends of its number have ended
/// as it and the waits of its engine before it count together.
struct Message {
  std::uint32_t command = 0;  ///< index in Program::commands
  bool is_wait = false;
  std::uint32_t number = 0;
  std::uint32_t count = 0;
};

/// What commands that were read, not planned, are paced by: see sim/engine/replay.h.
struct Stream {
  std::vector<Message> messages{};      ///< ascending by command
  std::vector<std::uint32_t> starts{};  ///< commands before which all engines have run dry
};

struct Program {
  std::vector<Command> commands{};  ///< in issue order; each engine's subsequence is its queue
  std::vector<TensorPart> parts{};  ///< ops alone have theirs in one piece each, see lower()
  std::vector<ElementBox> boxes{};  ///< without repetition
  std::size_t groups = 0;           ///< the commands belong to groups 0, 1, ... below this
  std::optional<Stream> stream{};   ///< of a compiled model; none: the program was planned here
};

}  // namespace tpuscope
