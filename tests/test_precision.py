"""What each precision does on this machine: measured once, kept, and said in ratios beside the choice."""

import json
import time

import pytest

from core.experiment.presets import load_preset
from core.runs.recorder import Recorder
from core.training import precision
from core.training.precision import FULL, PRECISIONS
from core.workspace import Workspace
from tests.saved import here

PACES = dict(zip(PRECISIONS, (1000.0, 1612.0, 150.0), strict=True))


def test_a_machine_that_measured_nothing_says_so_and_warns_by_what_the_processor_has(monkeypatch, tmp_path):
    flags = tmp_path / "cpuinfo"
    monkeypatch.setattr(precision, "FLAGS", flags)
    assert precision.counts_in_bfloat16() is None
    assert "not measured on this machine yet" in precision.sentence(FULL, {})

    flags.write_text("processor : 0\nflags : fpu avx512f avx512_bf16 amx_bf16\n", encoding="utf-8")
    assert precision.counts_in_bfloat16() is True
    assert precision.warning("mixed_bfloat16", {}) == ""
    assert "made for GPUs" in precision.warning("mixed_float16", {})

    flags.write_text("processor : 0\nflags : fpu avx512f\n", encoding="utf-8")
    assert "no arithmetic in bfloat16" in precision.warning("mixed_bfloat16", {})


def test_measured_figures_are_told_as_ratios_and_a_slower_precision_is_warned_of():
    told = precision.sentence("mixed_bfloat16", PACES)

    assert "mixed_bfloat16 trains 1.61 × as fast" in told
    assert "mixed_float16 takes 6.67 × as long" in told
    assert [bool(precision.warning(name, PACES)) for name in PRECISIONS] == [False, False, True]


def test_what_was_measured_is_kept_for_this_machine_alone_and_damage_is_nothing_measured(monkeypatch, tmp_path):
    home = Workspace(tmp_path)
    monkeypatch.setattr(precision.child, "ask", lambda *asked, **how: PACES)
    assert precision.measured(home) == {}
    assert not (tmp_path / precision.FOLDER).exists()

    assert [precision.faster(home, name) for name in PRECISIONS] == [1.0, None, None]
    assert precision.measured_at(home) == 0.0

    assert precision.measure(home) == precision.measured(home) == PACES
    assert [precision.faster(home, name) for name in PRECISIONS] == [1.0, 1.612, 0.15]
    assert precision.measured_at(home) == pytest.approx(time.time(), abs=60)

    file = tmp_path / precision.FOLDER / "precision.json"
    kept = json.loads(file.read_text())
    file.write_text(json.dumps(kept | {"at": "long ago"}))
    assert (precision.measured(home), precision.measured_at(home)) == (PACES, 0.0)
    for damaged in (
        kept | {"machine": "another"},
        kept | {"images_per_second": {FULL: 3.0}},
        kept | {"images_per_second": PACES | {FULL: -1.0}},
        kept | {"images_per_second": PACES | {FULL: "fast"}},
        [],
    ):
        file.write_text(json.dumps(damaged))
        assert precision.measured(home) == {}


@pytest.mark.usefixtures("workspace")
def test_accuracies_of_runs_that_differ_in_precision_alone_stand_side_by_side():
    experiment = load_preset("digits-cnn")
    told = {FULL: 0.91, "mixed_bfloat16": 0.93}
    for name, accuracy in told.items():
        training = experiment.training.edited(precision=name)
        run = here().create(experiment.edited(training=training))
        with Recorder(run) as record:
            record.append("started", steps_per_epoch=1, train_images=1, validation_images=1, tiles=[])
            scores = dict.fromkeys(("loss", "accuracy", "val_loss"), 0.5) | {"val_accuracy": accuracy}
            record.append("epoch", epoch=1, step=1, seconds=1.0, learning_rate=0.1, **scores, answers=[], confidence=[])
            record.status(state="finished", epoch=1, epochs=1, best_epoch=1, best_val_accuracy=accuracy)

    found = precision.accuracies(here(), experiment)
    assert found == told
    assert "0.910 in float32 and 0.930 in mixed_bfloat16" in precision.compared(found)
    assert precision.compared({FULL: 0.9}) == ""
    assert precision.accuracies(here(), experiment.edited(seed=1)) == {}
