"""Tables: who takes their columns, and that nobody copies them."""

import ctypes

import pytest

import tpuscope


def test_operators_add_up_to_the_time(run):
    launch = run.waterfall_ps["launch"] + run.waterfall_ps["idle"]
    assert sum(run.ops["blame_ps"]) + launch == run.time_ps
    steps = [name for name in run.ops if name in {f"{key}_ps" for key in run.waterfall_ps}]
    assert len(steps) == len(run.waterfall_ps)
    assert sum(sum(run.ops[name]) for name in steps) == sum(run.ops["blame_ps"])


def test_commands_are_the_report_s(run):
    spans = run.data["spans"]
    assert run.commands["start_ps"].tolist() == spans["start_ps"]
    assert run.commands["engine"].tolist() == spans["engine"]
    assert run.commands.rows == sum(run.ops["commands"])


def test_groups_are_the_report_s(run):
    groups = run.data["groups"]
    assert run.groups["id"].tolist() == [group["id"] for group in groups]
    assert run.groups["ops"].tolist() == [len(group["ops"]) for group in groups]
    assert run.groups["blame_ps"].tolist() == [group["blame_ps"] for group in groups]


def test_a_column_is_a_sequence(run):
    names = run.ops["name"]
    assert len(names) == run.ops.rows and names[0] == names.tolist()[0] and names[-1] == list(names)[-1]
    with pytest.raises(IndexError):
        names[len(names)]
    assert run.ops.row(0)["name"] == names[0]
    with pytest.raises(KeyError):
        run.ops["no such column"]


def test_numbers_are_a_read_only_buffer_and_text_is_none(run):
    view = memoryview(run.ops["blame_ps"])
    assert view.readonly and view.itemsize == 8 and view.tolist() == run.ops["blame_ps"].tolist()
    with pytest.raises(TypeError):
        memoryview(run.ops["name"])


def test_numpy_takes_the_memory_itself(run):
    numpy = pytest.importorskip("numpy")
    column = run.commands["start_ps"]
    taken = numpy.asarray(column)
    assert taken.dtype == numpy.int64 and not taken.flags.writeable
    assert numpy.shares_memory(taken, numpy.asarray(memoryview(column)))
    assert not numpy.shares_memory(taken, numpy.array(column, copy=True))
    assert numpy.asarray(run.commands["engine"]).tolist() == run.commands["engine"].tolist()


def test_memory_outlives_the_run(network):
    numpy = pytest.importorskip("numpy")
    commands = tpuscope.profile(network).commands
    expected = commands["end_ps"].tolist()
    array = numpy.asarray(commands["end_ps"])
    del commands
    assert array.tolist() == expected


def test_pandas_takes_the_memory_itself(run):
    numpy = pytest.importorskip("numpy")
    pytest.importorskip("pandas")
    frame = run.commands.to_pandas()
    assert list(frame.columns) == run.commands.columns and len(frame) == run.commands.rows
    taken = frame["start_ps"].to_numpy()
    assert numpy.shares_memory(taken, numpy.asarray(run.commands["start_ps"]))


def test_arrow_hands_out_every_column(run):
    """By polars and pyarrow where they are; else by reading the structure as they would."""
    pointer = ctypes.pythonapi.PyCapsule_GetPointer
    pointer.restype, pointer.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    schema = run.ops.__arrow_c_schema__()
    fields = (ctypes.c_void_p * 9).from_address(pointer(schema, b"arrow_schema"))
    assert ctypes.string_at(fields[0]) == b"+s" and fields[4] == len(run.ops)
    first = (ctypes.c_void_p * 2).from_address(ctypes.c_void_p.from_address(fields[5]).value)
    assert (ctypes.string_at(first[0]), ctypes.string_at(first[1])) == (b"l", b"id")
    assert pointer(run.ops.__arrow_c_stream__(), b"arrow_array_stream")


def test_pyarrow_and_polars_read_the_same_values(run):
    pyarrow = pytest.importorskip("pyarrow")
    taken = pyarrow.table(run.ops)
    assert taken.column("name").to_pylist() == run.ops["name"].tolist()
    assert taken.column("blame_ps").to_pylist() == run.ops["blame_ps"].tolist()
    polars = pytest.importorskip("polars")
    assert polars.DataFrame(run.ops)["name"].to_list() == run.ops["name"].tolist()


def test_a_table_of_rows_knows_whole_numbers_numbers_and_text():
    table = tpuscope.Table({"whole": [1, 2], "number": [1, None], "text": ["a", None]})
    assert table["whole"].tolist() == [1, 2]
    assert table["number"][0] == 1.0 and table["number"][1] != table["number"][1]
    assert table["text"].tolist() == ["a", ""]
    with pytest.raises(ValueError, match="same length"):
        tpuscope.Table({"one": [1], "two": [1, 2]})


def test_a_table_is_shown_in_terminals_and_notebooks(run):
    assert "blame_ps" in str(run.ops) and "20 of" in str(run.ops)
    shown = tpuscope.Table({"<b>": ["<i>"]})._repr_html_()
    assert "&lt;b&gt;" in shown and "&lt;i&gt;" in shown and "<i>" not in shown
