// Every structure that is handed out owns what it points to, as `private_data`, and frees it when
// its reader releases it. Children that a reader has moved elsewhere are released there.

#include "python/native/arrow.h"

#include <array>
#include <string>
#include <utility>
#include <vector>

namespace tpuscope::python {
namespace {

/// What a schema and an array of several columns hold.
template <typename Part>
struct Children {
  std::vector<Part> parts{};
  std::vector<Part*> pointers{};

  explicit Children(std::vector<Part> made) : parts(std::move(made)) {
    for (Part& part : parts)
      pointers.push_back(&part);
  }
  Children(const Children&) = delete;
  Children& operator=(const Children&) = delete;
  ~Children() {
    for (Part& part : parts) {
      if (part.release != nullptr) part.release(&part);
    }
  }
};

template <typename Part, typename Held>
void release(Part* part) {
  delete static_cast<Held*>(part->private_data);
  part->release = nullptr;
  part->private_data = nullptr;
}

struct SchemaOfColumn {
  std::string name{};
};

const char* format_of(const Column& column) {
  constexpr std::array kFormats = {"l", "g", "U"};  // int64, float64, large UTF-8
  return kFormats.at(column.values.index());
}

ArrowSchema schema_of(const Column& column) {
  auto* held = new SchemaOfColumn{column.name};
  return {.format = format_of(column),
          .name = held->name.c_str(),
          .release = release<ArrowSchema, SchemaOfColumn>,
          .private_data = held};
}

struct ArrayOfColumn {
  std::shared_ptr<const Table> table{};
  std::array<const void*, 3> buffers{};  ///< the first says which are null: none
};

ArrowArray array_of(std::shared_ptr<const Table> table, const Column& column) {
  auto* held = new ArrayOfColumn{.table = std::move(table)};
  ArrowArray array{.length = static_cast<std::int64_t>(column.size()),
                   .n_buffers = 2,
                   .buffers = held->buffers.data(),
                   .release = release<ArrowArray, ArrayOfColumn>,
                   .private_data = held};
  if (const auto* integers = std::get_if<Integers>(&column.values)) {
    held->buffers[1] = integers->data();
  } else if (const auto* numbers = std::get_if<Numbers>(&column.values)) {
    held->buffers[1] = numbers->data();
  } else {
    const Strings& strings = std::get<Strings>(column.values);
    held->buffers[1] = strings.offsets().data();
    held->buffers[2] = strings.bytes().data();
    array.n_buffers = 3;
  }
  return array;
}

struct ArrayOfTable {
  Children<ArrowArray> children;
  std::array<const void*, 1> buffers{};
};

ArrowArray array_of(const std::shared_ptr<const Table>& table) {
  std::vector<ArrowArray> parts;
  for (const Column& column : table->columns)
    parts.push_back(array_of(table, column));
  auto* held = new ArrayOfTable{.children = Children<ArrowArray>(std::move(parts))};
  return {.length = static_cast<std::int64_t>(table->rows()),
          .n_buffers = 1,
          .n_children = static_cast<std::int64_t>(held->children.pointers.size()),
          .buffers = held->buffers.data(),
          .children = held->children.pointers.data(),
          .release = release<ArrowArray, ArrayOfTable>,
          .private_data = held};
}

struct StreamOfTable {
  std::shared_ptr<const Table> table{};
  bool is_read = false;
};

int get_schema(ArrowArrayStream* stream, ArrowSchema* out) {
  *out = arrow_schema(*static_cast<StreamOfTable*>(stream->private_data)->table);
  return 0;
}

/// The one batch, then the end: an array that is released already.
int get_next(ArrowArrayStream* stream, ArrowArray* out) {
  auto* held = static_cast<StreamOfTable*>(stream->private_data);
  *out = held->is_read ? ArrowArray{} : array_of(held->table);
  held->is_read = true;
  return 0;
}

const char* get_last_error(ArrowArrayStream*) {
  return nullptr;
}

}  // namespace

ArrowSchema arrow_schema(const Table& table) {
  std::vector<ArrowSchema> parts;
  for (const Column& column : table.columns)
    parts.push_back(schema_of(column));
  auto* held = new Children<ArrowSchema>(std::move(parts));
  return {.format = "+s",
          .name = "",
          .n_children = static_cast<std::int64_t>(held->pointers.size()),
          .children = held->pointers.data(),
          .release = release<ArrowSchema, Children<ArrowSchema>>,
          .private_data = held};
}

ArrowArrayStream arrow_stream(std::shared_ptr<const Table> table) {
  return {.get_schema = get_schema,
          .get_next = get_next,
          .get_last_error = get_last_error,
          .release = release<ArrowArrayStream, StreamOfTable>,
          .private_data = new StreamOfTable{.table = std::move(table)}};
}

}  // namespace tpuscope::python
