// The Arrow C data and stream interfaces: https://arrow.apache.org/docs/format/CDataInterface.html.
// Their structures are the interface, so they are written out here as the specification does; no
// library of Arrow is needed.

#pragma once

#include <cstdint>
#include <memory>

#include "python/native/column.h"

namespace tpuscope::python {

struct ArrowSchema {
  const char* format = nullptr;
  const char* name = nullptr;
  const char* metadata = nullptr;
  std::int64_t flags = 0;
  std::int64_t n_children = 0;
  ArrowSchema** children = nullptr;
  ArrowSchema* dictionary = nullptr;
  void (*release)(ArrowSchema*) = nullptr;
  void* private_data = nullptr;
};

struct ArrowArray {
  std::int64_t length = 0;
  std::int64_t null_count = 0;
  std::int64_t offset = 0;
  std::int64_t n_buffers = 0;
  std::int64_t n_children = 0;
  const void** buffers = nullptr;
  ArrowArray** children = nullptr;
  ArrowArray* dictionary = nullptr;
  void (*release)(ArrowArray*) = nullptr;
  void* private_data = nullptr;
};

struct ArrowArrayStream {
  int (*get_schema)(ArrowArrayStream*, ArrowSchema* out) = nullptr;
  int (*get_next)(ArrowArrayStream*, ArrowArray* out) = nullptr;
  const char* (*get_last_error)(ArrowArrayStream*) = nullptr;
  void (*release)(ArrowArrayStream*) = nullptr;
  void* private_data = nullptr;
};

/// The type of a table: a structure of its columns. The caller releases it.
ArrowSchema arrow_schema(const Table& table);
/// The table as one batch; what reads it keeps the table alive. The caller releases it.
ArrowArrayStream arrow_stream(std::shared_ptr<const Table> table);

}  // namespace tpuscope::python
