"""Mistakes as exceptions, and chips that are edited."""

import pickle

import pytest

import tpuscope


def test_an_error_has_place_hint_and_exit_status(tmp_path):
    broken = tmp_path / "broken.tpu"
    broken.write_text("x = Input f32[1,8]\ny = Rleu(x)\nz = Nothing(x)\n")
    with pytest.raises(tpuscope.UnsupportedError) as caught:
        tpuscope.profile(broken)
    error = caught.value
    assert str(broken) in error.where and error.exit_code == 4
    assert error.hint and "Rleu" in error.message
    assert len(error.causes) == 2
    assert str(error).startswith(error.where)
    copied = pickle.loads(pickle.dumps(error))
    assert (copied.where, copied.hint, copied.causes) == (error.where, error.hint, error.causes)


@pytest.mark.parametrize("kind, code, call", [
    (tpuscope.UsageError, 2, lambda: tpuscope.profile("resnet50", precision="f17")),
    (tpuscope.UsageError, 2, lambda: tpuscope.profile("resnet50", chip="bm1685")),
    (tpuscope.InputError, 3, lambda: tpuscope.profile("no_such_file.onnx")),
    (tpuscope.WriteError, 5, lambda: tpuscope.profile("resnet50", trace="/no/such/folder/x.json")),
])
def test_each_exit_status_has_its_class(kind, code, call):
    with pytest.raises(kind) as caught:
        call()
    assert caught.value.exit_code == code and isinstance(caught.value, tpuscope.Error)


def test_a_chip_is_read_edited_and_run(network):
    chip = tpuscope.Chip("bm1684x")
    own = chip["ddr.peak_gbps"]
    assert chip["chip.ddr.peak_gbps"] == own and len(chip) == len(list(chip))
    before = tpuscope.profile(network, chip=chip).time_ps
    assert before == tpuscope.profile(network, chip="bm1684x").time_ps
    chip["ddr.peak_gbps"] = own / 4
    assert chip["ddr.peak_gbps"] == own / 4
    slower = tpuscope.profile(network, chip=chip).time_ps
    assert slower > before
    assert chip.copy() == chip and chip != tpuscope.Chip("bm1684x")
    del chip["ddr.peak_gbps"]
    assert chip["ddr.peak_gbps"] == own
    assert tpuscope.profile(network, chip=chip).time_ps == before


def test_a_chip_file_holds_the_edited_numbers(network, tmp_path):
    chip = tpuscope.Chip("bm1684x", {"ddr.peak_gbps": 20})
    chip.save(tmp_path / "mine.json")
    read = tpuscope.Chip(tmp_path / "mine.json")
    assert dict(read) == dict(chip)
    assert (tpuscope.profile(network, chip=read).time_ps ==
            tpuscope.profile(network, chip=chip).time_ps)


def test_an_impossible_chip_is_refused_and_the_old_one_stays():
    chip = tpuscope.Chip("bm1684x")
    before = dict(chip)
    for key, value in {"ddr.peak_gbps": -1, "no.such": 1}.items():
        with pytest.raises(tpuscope.Error):
            chip[key] = value
    assert dict(chip) == before
    with pytest.raises(tpuscope.UsageError):
        tpuscope.Chip("bm1685")


def test_numbers_of_a_chip_have_units_and_evidence():
    table = tpuscope.Chip("bm1684x").table
    row = table.row(table["key"].tolist().index("clock.tiu_mhz"))
    assert row["unit"] == "MHz" and row["evidence"] and row["meaning"]
