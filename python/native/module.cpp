// tpuscope._native: what the files in Python need of the program. It answers with plain values;
// exceptions and names for people are made there.

#include <exception>
#include <functional>
#include <limits>
#include <optional>
#include <pybind11/functional.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>
#include <string>
#include <vector>

#include "python/native/arrow.h"
#include "python/native/ask.h"
#include "python/native/run_tables.h"
#include "tpuscope/tpuscope.h"
#include <fmt/core.h>

#include "base/text.h"
#include "cli/diagnostics.h"
#include "cli/flags.h"
#include "graph/frontend.h"
#include "passes/precision/precision.h"
#include "sim/chip/chip_fields.h"

namespace py = pybind11;

namespace tpuscope::python {
namespace {

using TablePointer = std::shared_ptr<Table>;

/// A column within a table that it keeps alive.
struct ColumnView {
  TablePointer table{};
  std::size_t index = 0;

  const Column& column() const { return table->columns.at(index); }
};

/// One of numbers: the kind that has a buffer.
struct NumberView : ColumnView {};

struct RunView {
  std::shared_ptr<const SessionRun> run{};

  const Profile& profile() const { return run->profile; }
};

template <typename Value>
py::buffer_info buffer_of(const std::vector<Value>& values) {
  // The format of int64 is "l" or "q" by machine: pybind11 knows.
  return {const_cast<Value*>(values.data()),  // NOLINT(*-const-cast): it is handed out read-only
          sizeof(Value),
          py::format_descriptor<Value>::format(),
          1,
          {static_cast<py::ssize_t>(values.size())},
          {static_cast<py::ssize_t>(sizeof(Value))},
          /*readonly=*/true};
}

py::buffer_info buffer_of(const NumberView& view) {
  const Column& column = view.column();
  if (const auto* integers = std::get_if<Integers>(&column.values)) return buffer_of(*integers);
  return buffer_of(std::get<Numbers>(column.values));
}

bool is_text(const Column& column) {
  return std::holds_alternative<Strings>(column.values);
}

py::list columns_of(const TablePointer& table) {
  py::list views;
  for (std::size_t i = 0; i < table->columns.size(); ++i) {
    const ColumnView view{table, i};
    views.append(is_text(view.column()) ? py::cast(view) : py::cast(NumberView{view}));
  }
  return views;
}

py::object value_at(const Column& column, std::size_t i) {
  return std::visit(
      [i](const auto& values) -> py::object {
        if constexpr (std::is_same_v<std::decay_t<decltype(values)>, Strings>) {
          return py::str(std::string(values[i]));
        } else {
          return py::cast(values.at(i));
        }
      },
      column.values);
}

std::size_t checked_index(py::ssize_t i, std::size_t size) {
  if (i < 0) i += static_cast<py::ssize_t>(size);
  if (i < 0 || static_cast<std::size_t>(i) >= size) throw py::index_error("no such row");
  return static_cast<std::size_t>(i);
}

/// A column of Python's values: all whole numbers, all numbers, or text.
Column column_from(const std::string& name, const py::sequence& given) {
  bool all_whole = true;
  bool all_numbers = true;
  for (const py::handle value : given) {
    all_whole = all_whole && py::isinstance<py::int_>(value);
    all_numbers = all_numbers && (py::isinstance<py::int_>(value) ||
                                  py::isinstance<py::float_>(value) || value.is_none());
  }
  if (all_whole) return {name, given.cast<Integers>()};
  if (all_numbers) {
    Numbers numbers;
    for (const py::handle value : given)
      numbers.push_back(value.is_none() ? std::numeric_limits<double>::quiet_NaN()
                                        : value.cast<double>());
    return {name, std::move(numbers)};
  }
  Strings strings;
  for (const py::handle value : given)
    strings.push_back(value.is_none() ? std::string() : std::string(py::str(value)));
  return {name, std::move(strings)};
}

TablePointer table_from(const py::dict& columns) {
  auto table = std::make_shared<Table>();
  for (const auto& [name, values] : columns) {
    Column column = column_from(py::str(name), py::reinterpret_borrow<py::sequence>(values));
    if (!table->columns.empty() && column.size() != table->rows()) {
      throw py::value_error("columns of a table have the same length");
    }
    table->columns.push_back(std::move(column));
  }
  return table;
}

/// Frees a structure of Arrow, which its reader may have released already.
template <typename Part>
void free_capsule(PyObject* capsule) {
  auto* held = static_cast<Part*>(PyCapsule_GetPointer(capsule, PyCapsule_GetName(capsule)));
  if (held->release != nullptr) held->release(held);
  delete held;
}

template <typename Part>
py::capsule capsule_of(const Part& part, const char* name) {
  return py::capsule(new Part(part), name, &free_capsule<Part>);
}

/// A callback in Python as a listener. Its first exception is kept, and it is not called again:
/// what runs goes on to its end on threads of its own.
class Listener {
 public:
  explicit Listener(py::object callback) : callback_(std::move(callback)) {}

  void operator()(std::string_view what, std::size_t done, std::size_t total) {
    const py::gil_scoped_acquire gil;
    if (failure_) return;
    try {
      callback_(std::string(what), done, total);
    } catch (const py::error_already_set&) {
      failure_ = std::current_exception();
    }
  }
  void raise() const {
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  py::object callback_;
  std::exception_ptr failure_{};
};

Answer ask_from_python(const std::vector<std::string>& words, const std::vector<std::string>& forms,
                       const py::object& callback) {
  Listener listener(callback);
  ProgressListener heard;
  if (!callback.is_none()) heard = std::ref(listener);
  Answer answer;
  {
    const py::gil_scoped_release without_gil;
    answer = ask(words, forms, heard);
  }
  listener.raise();
  return answer;
}

py::list errors_of(const Answer& answer) {
  py::list errors;
  for (const Error& error : answer.errors) {
    errors.append(py::make_tuple(sanitised_utf8(error.message), sanitised_utf8(error.where),
                                 sanitised_utf8(error.hint)));
  }
  return errors;
}

/// One flag as (name, value, help, fallback, repeats, writes).
py::list flags_from(const std::string& name) {
  const Verb* verb = VerbRegistry::instance().find(name);
  if (verb == nullptr) throw py::key_error(name);
  py::list flags;
  for (const Flag& flag : flags_of(*verb)) {
    flags.append(py::make_tuple(std::string(flag.name), std::string(flag.value),
                                std::string(flag.help), std::string(flag.fallback), flag.repeats,
                                flag.writes));
  }
  return flags;
}

/// The numbers of a chip as a table; an error as (message, where, hint).
py::object chip_from(const std::string& name,
                     const std::vector<std::pair<std::string, std::string>>& overrides) {
  const Result<Chip> chip = load_chip(name, overrides);
  if (!chip.ok()) {
    const Error& error = chip.error();
    return py::make_tuple(error.message, error.where, error.hint,
                          static_cast<int>(exit_code_of(error.code)));
  }
  auto table = std::make_shared<Table>();
  const std::vector<ChipValue>& values = chip->values;
  table->add("key", values, [](const ChipValue& value) { return value.path; });
  table->add("value", values, [](const ChipValue& value) { return value.value; });
  table->add("unit", values, [](const ChipValue& value) { return unit_of(value.path); });
  table->add("meaning", values, [](const ChipValue& value) { return meaning_of(value.path); });
  table->add("evidence", values, [](const ChipValue& value) { return name_of(value.evidence); });
  table->add("source", values, [](const ChipValue& value) { return sanitised_utf8(value.source); });
  return py::make_tuple(chip->name, chip->summary, table, to_json(*chip));
}

py::dict summary_of(const RunView& view) {
  const Report& report = view.profile().report;
  const Summary& summary = report.summary;
  py::dict result;
  result["model"] = sanitised_utf8(report.identity.model);
  result["chip"] = report.identity.chip;
  result["precision"] = std::string(precision_name(report.identity.precision));
  result["batch"] = summary.batch;
  result["time_ps"] = summary.makespan.value;
  result["cycles"] = summary.cycles;
  result["images_per_second"] = summary.images_per_second();
  result["bound"] = std::string(summary.verdict.bound());
  result["bound_share"] = summary.verdict.share;
  result["interval"] =
      summary.interval.exists()
          ? py::object(py::make_tuple(summary.interval.low.value, summary.interval.high.value,
                                      kIntervalCoverage, summary.interval.basis))
          : py::none();
  py::dict steps;
  for (std::size_t i = 0; i < kStepCount; ++i)
    steps[py::str(std::string(text_of(static_cast<Step>(i)).key))] =
        report.waterfall.steps.at(i).value;
  result["waterfall_ps"] = steps;
  return result;
}

/// The run in one of the forms that writers have; none where there is no such form.
std::optional<std::string> form_of(const RunView& view, const std::string& form) {
  const py::gil_scoped_release without_gil;
  const Result<std::string> text = report(view.profile(), form);
  return text.ok() ? std::optional(*text) : std::nullopt;
}

py::list list_of(const ColumnView& view) {
  py::list values;
  for (std::size_t i = 0; i < view.column().size(); ++i)
    values.append(value_at(view.column(), i));
  return values;
}

/// For NumPy: the buffer itself, or texts as objects.
py::object array_of(const py::object& self, const py::object& dtype, const py::object& copy) {
  const py::module_ numpy = py::module_::import("numpy");
  const auto& view = self.cast<const ColumnView&>();
  const bool has_text = is_text(view.column());
  const py::object values = has_text ? py::object(list_of(view)) : py::memoryview(self);
  const py::object own = has_text && dtype.is_none() ? numpy.attr("object_") : dtype;
  const bool wants_copy = !copy.is_none() && copy.cast<bool>();
  return numpy.attr(wants_copy ? "array" : "asarray")(values, own);
}

void define_tables(py::module_& module) {
  py::class_<ColumnView>(module, "Column")
      .def("__len__", [](const ColumnView& view) { return view.column().size(); })
      .def("__getitem__",
           [](const ColumnView& view, py::ssize_t i) {
             return value_at(view.column(), checked_index(i, view.column().size()));
           })
      .def("__array__", &array_of, py::arg("dtype") = py::none(), py::arg("copy") = py::none())
      .def("tolist", &list_of)
      .def("__repr__",
           [](const ColumnView& view) {
             return fmt::format("<tpuscope.Column {} of {} rows>", view.column().name,
                                view.column().size());
           })
      .def_property_readonly("name", [](const ColumnView& view) { return view.column().name; })
      .def_property_readonly("is_text",
                             [](const ColumnView& view) { return is_text(view.column()); });
  py::class_<NumberView, ColumnView>(module, "NumberColumn", py::buffer_protocol())
      .def_buffer([](NumberView& view) { return buffer_of(view); });
  py::class_<Table, TablePointer>(module, "Table")
      .def(py::init(&table_from))
      .def_property_readonly("rows", &Table::rows)
      .def("columns", &columns_of)
      .def("schema_capsule",
           [](const Table& table) { return capsule_of(arrow_schema(table), "arrow_schema"); })
      .def("stream_capsule", [](const TablePointer& table) {
        return capsule_of(arrow_stream(table), "arrow_array_stream");
      });
}

void define_runs(py::module_& module) {
  py::class_<RunView>(module, "Run")
      .def("summary", &summary_of)
      .def("form", &form_of)
      .def("ops",
           [](const RunView& view) { return std::make_shared<Table>(ops_of(view.profile())); })
      .def("commands",
           [](const RunView& view) { return std::make_shared<Table>(commands_of(view.profile())); })
      .def("groups",
           [](const RunView& view) { return std::make_shared<Table>(groups_of(view.profile())); });
  py::class_<Answer>(module, "Answer")
      .def_property_readonly("code",
                             [](const Answer& answer) { return static_cast<int>(answer.code); })
      .def_readonly("text", &Answer::text)
      .def_readonly("messages", &Answer::messages)
      .def_property_readonly("errors", &errors_of)
      .def_readonly("forms", &Answer::forms)
      .def_property_readonly("run", [](const Answer& answer) -> std::optional<RunView> {
        if (answer.run == nullptr) return std::nullopt;
        return RunView{answer.run};
      });
}

}  // namespace

PYBIND11_MODULE(_native, module) {
  module.doc() = "What the files of the package need of the program; not for others.";
  module.attr("version") = TPUSCOPE_VERSION;
  define_tables(module);
  define_runs(module);
  module.def("ask", &ask_from_python, py::arg("words"), py::arg("forms"), py::arg("listener"));
  module.def("flags", &flags_from, py::arg("verb"));
  module.def("chip", &chip_from, py::arg("name"), py::arg("overrides"));
  module.def("builtin_models", &builtin_names);
  module.def("builtin_chips", &builtin_chip_names);
  module.def("forms", &report_forms);
}

}  // namespace tpuscope::python
