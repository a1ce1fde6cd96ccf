"""profile(): figures, forms, and what stands for a model."""

import json
import subprocess

import pytest

import tpuscope
from conftest import TEXT


def test_figures_are_those_of_the_report(run):
    report = json.loads(run.form("json"))["summary"]
    assert run.time_ps == report["time_ps"] == round(run.time_ms * 1e9)
    assert run.cycles == report["cycles"]
    assert run.bound == report["bound"] and run.precision == "int8"
    assert run.interval.low_ms * 1e9 == pytest.approx(report["interval_ps"][0])
    assert run.interval.low_ms < run.interval.high_ms and 0 < run.interval.coverage < 1
    assert sum(run.waterfall_ps.values()) == run.time_ps
    assert run.data["summary"] == report


def test_figures_are_those_of_the_program(run, program):
    out = subprocess.run([program, "profile", "resnet50", "--precision", "int8", "--json"],
                         check=True, capture_output=True, text=True).stdout
    assert json.loads(out)["summary"] == run.data["summary"]


def test_text_is_what_the_terminal_shows_and_repr_is_a_line(run):
    assert str(run).startswith("resnet50  batch 1  int8  on bm1684x")
    assert "\n" not in repr(run) and "resnet50" in repr(run)


def test_a_notebook_shows_the_page_in_a_frame(run):
    shown = run._repr_html_()
    assert shown.startswith("<iframe srcdoc=") and "&lt;html" in shown.lower()


def test_forms_are_saved_by_suffix(run, tmp_path):
    run.save(tmp_path / "page.html")
    assert "<html" in (tmp_path / "page.html").read_text()
    run.save(tmp_path / "run.trace", form="trace")
    assert json.loads((tmp_path / "run.trace").read_text())["traceEvents"]
    with pytest.raises(ValueError, match="name a form"):
        run.save(tmp_path / "page.unknown")
    with pytest.raises(ValueError, match="no form 'poem'"):
        run.form("poem")


def test_a_model_is_a_path_text_bytes_or_what_serialises_itself(network):
    class Proto:
        """As onnx.ModelProto: no library of ONNX is needed to take one."""

        def __init__(self, data):
            self.data = data

        def SerializeToString(self):  # noqa: N802
            return self.data

    by_path = tpuscope.profile(network)
    assert tpuscope.profile(str(network)).time_ps == by_path.time_ps
    assert tpuscope.profile(TEXT).time_ps == by_path.time_ps
    assert tpuscope.profile(TEXT.replace("28", "56")).time_ps > by_path.time_ps
    with pytest.raises(tpuscope.InputError):
        tpuscope.profile(Proto(b"no network"))
    with pytest.raises(TypeError, match="a model is a path"):
        tpuscope.profile(12)


def test_an_onnx_model_is_taken_as_bytes_and_as_a_proto(onnx_bytes):
    class Proto:
        class graph:
            name = "a net/1"

        def SerializeToString(self):  # noqa: N802
            return onnx_bytes

    by_bytes = tpuscope.profile(onnx_bytes)
    by_proto = tpuscope.profile(Proto())
    assert by_bytes.time_ps == by_proto.time_ps > 0
    assert by_proto.model == "a_net_1"


def test_keywords_are_flags_and_unknown_ones_are_refused(network):
    one = tpuscope.profile(network)
    assert tpuscope.profile(network, batch=4).time_ps > one.time_ps
    assert tpuscope.profile(network, set={"chip.ddr.peak_gbps": 20}).time_ps > one.time_ps
    assert tpuscope.profile(network, groups_table=True).form("text") != str(one)
    assert tpuscope.profile(network, groups_table=False).form("text") == str(one)
    with pytest.raises(TypeError, match="did you mean batch"):
        tpuscope.profile(network, bacth=4)
    with pytest.raises(TypeError, match="True or False"):
        tpuscope.profile(network, groups_table="yes")
    with pytest.raises(TypeError, match="needs a value"):
        tpuscope.profile(network, batch=True)


def test_a_budget_is_kept_or_not(network):
    assert tpuscope.profile(network, budget="1s").is_within_budget
    assert not tpuscope.profile(network, budget="1us").is_within_budget


def test_files_that_flags_name_are_written(network, tmp_path):
    tpuscope.profile(network, trace=tmp_path / "trace.json")
    assert json.loads((tmp_path / "trace.json").read_text())["traceEvents"]


def test_sensitivities_are_in_the_report_when_asked_for(network):
    assert tpuscope.profile(network, sensitivities=True).data.get("sensitivities")
    assert not tpuscope.profile(network).data.get("sensitivities")
