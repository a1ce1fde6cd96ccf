"""compare, sweep, advise, llm and diff: the program's answers as values."""

import inspect
import re
import subprocess
import threading
import time

import pytest

import tpuscope

CONFIG = {"model_type": "qwen2", "hidden_size": 512, "num_hidden_layers": 4,
          "num_attention_heads": 8, "num_key_value_heads": 2, "intermediate_size": 1024,
          "vocab_size": 4096}


@pytest.mark.parametrize("verb", ["profile", "compare", "sweep", "advise", "llm", "diff"])
def test_signature_and_documentation_name_every_flag(verb, program):
    function = getattr(tpuscope, verb)
    shown = subprocess.run([program, verb, "--help"], check=True, capture_output=True,
                           text=True).stdout
    flags = set(re.findall(r"^  (?:-., )?--([a-z0-9-]+)", shown, re.MULTILINE))
    for_terminals = {"help", "quiet", "json", "color", "ascii", "wide", "markdown", "brief"}
    keywords = {flag.replace("-", "_") for flag in flags - for_terminals}
    assert keywords and keywords <= set(inspect.signature(function).parameters)
    further = keywords - {"chip", "precision", "vary"}
    assert further and all(f"    {key}: " in function.__doc__ for key in further)
    assert "no_such_flag" not in inspect.signature(function).parameters


def test_compare_says_what_the_passes_give(network):
    both = tpuscope.compare(network, precision="int8")
    assert both.speedup == both.before["time_ps"] / both.after["time_ps"]
    assert set(both.precisions["precision"]) == {"f32", "f16", "int8"}
    assert both.steps.rows and "iframe" in both._repr_html_()


def test_a_sweep_is_a_table_of_its_points(network):
    sweep = tpuscope.sweep(network, {"chip.ddr.peak_gbps": "20:60:20", "precision": ["f16", "int8"]})
    points = sweep.points
    assert points.rows == 6
    assert points["chip.ddr.peak_gbps"].tolist() == [20, 20, 40, 40, 60, 60]
    times = points["time_ps"].tolist()
    assert sweep.best["time_ps"] == min(times)
    alone = tpuscope.profile(network, precision="int8", set={"chip.ddr.peak_gbps": 20})
    assert times[1] == alone.time_ps
    assert sweep.sentences


def test_a_point_that_fails_has_its_reason(network):
    points = tpuscope.sweep(network, {"precision": ["f16", "bf16"]}, chip="bm1684x",
                            set={"chip.ddr.capacity_gib": 1}).points
    assert points["error"].tolist() == ["", ""]
    with pytest.raises(tpuscope.UsageError):
        tpuscope.sweep(network, {"precision": ["f17"]})
    with pytest.raises(tpuscope.UsageError):
        tpuscope.sweep(network, {})


def test_other_threads_of_python_run_during_a_sweep(network):
    ticks, stop = [], threading.Event()

    def tick():
        while not stop.is_set():
            ticks.append(time.monotonic())
            time.sleep(0.001)

    thread = threading.Thread(target=tick)
    begin = time.monotonic()
    thread.start()
    tpuscope.sweep(network, {"chip.ddr.peak_gbps": "10:60:1"})
    end = time.monotonic()
    stop.set()
    thread.join()
    assert any(begin < tick < end for tick in ticks[1:])


def test_several_threads_may_ask_at_once(network):
    expected = {chip: tpuscope.profile(network, chip=chip, precision="int8").time_ps
                for chip in tpuscope.builtin_chips()}
    found = {}
    threads = [threading.Thread(target=lambda c=chip: found.update(
        {c: tpuscope.profile(network, chip=c, precision="int8").time_ps})) for chip in expected]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == expected


def test_advice_is_ranked_and_repeats_the_run(network):
    advice = tpuscope.advise(network)
    times = advice.alternatives["time_per_image_ps"].tolist()
    assert times == sorted(times)
    assert advice.present["time_ps"] == tpuscope.profile(network).time_ps


def test_a_language_model_is_a_dictionary_or_a_file(tmp_path):
    model = tpuscope.llm(CONFIG, precision="w4bf16")
    assert model.tokens_per_second > 0 and model.first_token_ms > 0 and model.nets.rows
    assert tpuscope.llm(CONFIG, precision="bf16").footprint_bytes > model.footprint_bytes
    with pytest.raises(tpuscope.Error):
        tpuscope.llm({"model_type": "no such"})


def test_diff_joins_runs_and_judges_them(network, run, tmp_path):
    slow, fast = tpuscope.profile(network, precision="f32"), tpuscope.profile(network)
    same = tpuscope.diff(fast, fast, fail_on=["time_ps>+0%"])
    assert not same.failed
    worse = tpuscope.diff(fast, slow, fail_on=["time_ps>+2%"])
    assert worse.failed and worse.failures
    figures = dict(zip(worse.figures["name"], worse.figures["now"]))
    assert figures["time_ps"] == slow.time_ps
    slow.save(tmp_path / "slow.json")
    assert tpuscope.diff(fast, tmp_path / "slow.json").data["figures"] == worse.data["figures"]


def test_progress_is_heard_and_its_exceptions_are_raised(network):
    heard = []
    tpuscope.sweep(network, {"batch": [1, 2, 4]},
                   progress=lambda what, done, total: heard.append((done, total)))
    assert heard[0] == (0, 3) and heard[-1] == (3, 3)

    def fail(what, done, total):
        raise RuntimeError("enough")

    with pytest.raises(RuntimeError, match="enough"):
        tpuscope.profile(network, progress=fail)
