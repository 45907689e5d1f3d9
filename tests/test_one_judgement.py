"""What an archive may hold is what the doctor calls whole: one rule, told by the same functions."""

import io
import json
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest

from core import workspace
from core.errors import UserError
from core.runs import doctor, layout, overview, states
from core.runs.archive import ABOUT, FORMAT, curves
from core.runs.archive.gate import open_archive
from core.runs.judging import without_answers
from core.workspace import current
from pages.components.runs import run_view
from tests.malformed_runs import signed
from tests.mutated_runs import mutated
from tests.saved import here

GOLDEN = sorted((Path(__file__).parent / "golden" / "version_1" / "runs").iterdir())
FINISHED = next(one for one in GOLDEN if json.loads((one / "status.json").read_text())["state"] == "finished")


def archive_of(folder):
    """The archive that an export of this directory would be, whatever lies in it."""
    parts = {ABOUT: json.dumps({"format": FORMAT, "created": 1e9, "dataset": None}).encode()}
    for path in folder.rglob("*"):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and path.name not in (layout.STATE, layout.INTENT, layout.FORMAT, layout.LOG):
            parts[name] = path.read_bytes()
    return parts


def packed(parts):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        for name, content in parts.items():
            file.writestr(name, content)
    return buffer.getvalue()


@pytest.fixture
def admit(tmp_path):
    """Opens an archive in this process: the run's id."""

    def opened(data):
        place = workspace.current().folder("incoming") / "place"
        place.mkdir()
        (tmp_path / "upload.zip").write_bytes(data)
        try:
            return open_archive(tmp_path / "upload.zip", place).run
        finally:
            workspace.remove(place)

    return opened


def is_drawn(run):
    """The pages draw it without a word of attention."""
    row, status = overview.Overview(run.workspace).row(run), run.status()
    assert row.trouble == ""
    assert run_view._numbers(status) + run_view._state_words(run, status) + run_view._system_words(status)
    return True


def test_whatever_is_let_in_the_doctor_calls_whole_and_the_pages_draw(admit, tmp_path):
    outcomes = {"let in": 0, "refused": 0}
    for seed in range(0, 400, 3):
        folder = tmp_path / str(seed)
        mutated(GOLDEN[seed % len(GOLDEN)], folder, seed)
        try:
            run_id = admit(packed(archive_of(folder)))
        except UserError as error:
            assert error.what and error.remedy and error.code
            assert str(error).isprintable()
            outcomes["refused"] += 1
            continue
        finally:
            shutil.rmtree(folder)
        outcomes["let in"] += 1
        assert [one.what for one in doctor.examine(current()) if one.run_id == run_id] == []
        assert is_drawn(here().find(run_id))
    assert min(outcomes.values()) > 20, outcomes


def resigned(parts, change):
    """The archive with records changed: `change` gets each as a dict, and returns what comes instead."""
    lines = parts[layout.METRICS].splitlines()
    told = [json.loads(line.rpartition(b"\t")[0]) for line in lines]
    return parts | {layout.METRICS: b"".join(signed(one) for one in (change(record) for record in told) if one)}


def of_epochs(change):
    return lambda parts: resigned(parts, lambda one: change(one) if one["event"] == "epoch" else one)


def status(**changes):
    return lambda parts: parts | {layout.STATUS: json.dumps(json.loads(parts[layout.STATUS]) | changes).encode()}


def notes(**told):
    return lambda parts: parts | {layout.NOTES: json.dumps(told).encode()}


REFUSED = {
    "a gap in the epochs": (of_epochs(lambda one: one if one["epoch"] != 2 else None), "RUN_METRICS"),
    "epochs that begin at two": (of_epochs(lambda one: one | {"epoch": one["epoch"] + 1}), "RUN_METRICS"),
    "more answers than images on show": (
        of_epochs(lambda one: one | {"answers": [0] * 99, "confidence": [1] * 99}),
        "RUN_METRICS",
    ),
    "a name with half a letter": (notes(name="\ud800"), "RUN_FIELD"),
    "a note with a NUL": (notes(note="a\0b"), "RUN_FIELD"),
    "a family that controls a terminal": (notes(family="\x1b[2J"), "RUN_FIELD"),
    "a name without end": (notes(name="x" * 3000), "RUN_FIELD"),
    "a sweep over words": (notes(family="sweep", varied={"learning_rate": "fast"}), "RUN_NOTES"),
    "a sweep over yes and no": (notes(family="sweep", varied={"seed": True}), "RUN_NOTES"),
    "a reason with half a letter": (status(reason="\udfff"), "RUN_FIELD"),
    "a pace of no machine": (status(images_per_second=1e-320), "RUN_FIELD"),
    "an accuracy of two": (status(accuracy=2.0), "RUN_FIELD"),
    "an epoch beyond all": (status(epoch=10**9), "RUN_FIELD"),
    "more epochs than are recorded": (status(epoch=7), "RUN_UNSOUND"),
    "a best epoch that is not there": (status(best_epoch=77), "RUN_UNSOUND"),
    "a network of an epoch that is not recorded": (
        lambda parts: parts | {layout.METRICS: b""},
        "RUN_UNSOUND",
    ),
    "who changed the rate, a NUL": (
        lambda parts: (
            parts
            | {layout.METRICS: signed({"event": "rate", "step": 1, "value": 0.1, "why": "\0"}) + parts[layout.METRICS]}
        ),
        "RUN_FIELD",
    ),
}


@pytest.mark.parametrize(("change", "code"), REFUSED.values(), ids=REFUSED)
def test_what_does_not_fit_together_is_refused_in_one_sentence(admit, change, code):
    with pytest.raises(UserError) as caught:
        admit(packed(change(archive_of(FINISHED))))

    assert (caught.value.code, bool(caught.value.remedy)) == (code, True)
    assert str(caught.value).isprintable()
    assert here().newest() == []


@pytest.mark.parametrize("change", [change for change, _ in REFUSED.values()], ids=REFUSED)
def test_what_is_refused_in_an_archive_the_doctor_finds_in_a_workspace(change):
    home = current().folder(layout.RUNS) / ("a" * 32)
    shutil.copytree(FINISHED, home)
    for name, data in change(archive_of(FINISHED)).items():
        if name != ABOUT:
            (home / name).write_bytes(data)

    assert doctor.examine(current())
    run = here().find(home.name)
    assert overview.Overview(run.workspace).row(run).trouble == ""  # and a page shows what is left of it


DRAWN = {
    "an accuracy that is not there while the other one is": status(accuracy=None, val_accuracy=0.5),
    "epochs without answers": of_epochs(without_answers),
    "scores that were no numbers": of_epochs(lambda one: one | {"accuracy": None, "loss": None, "val_loss": None}),
    "a status that says little": lambda parts: parts | {layout.STATUS: b'{"state": "stopped"}'},
}


@pytest.mark.parametrize("change", DRAWN.values(), ids=DRAWN)
def test_what_is_merely_missing_is_left_out_of_the_drawing(admit, change):
    run = here().find(admit(packed(change(archive_of(FINISHED)))))

    assert is_drawn(run)
    assert doctor.examine(current()) == []


def test_an_archive_whose_rate_never_rests_is_refused(admit, monkeypatch):
    monkeypatch.setattr(curves, "RATES", 3)
    parts, rate = archive_of(FINISHED), {"event": "rate", "step": 1, "value": 0.1, "why": "you"}
    told = b"".join(signed(rate | {"n": n}) for n in range(4)) + parts[layout.METRICS]
    with pytest.raises(UserError, match="changes more than 3 times") as caught:
        admit(packed(parts | {layout.METRICS: told}))

    assert caught.value.code == "RUN_METRICS"


def test_a_run_without_its_networks_keeps_its_curves_and_its_peace(admit):
    """Nothing is missed that never came, and a second journey changes nothing."""
    parts = {name: data for name, data in archive_of(FINISHED).items() if not name.startswith(layout.CHECKPOINTS)}
    run = here().find(admit(packed(parts)))
    epochs = run.metrics().epochs
    left = doctor.repair(current(), doctor.examine(current()))

    assert left == []
    assert run.metrics().epochs == epochs != []
    assert run.status().state == states.FINISHED
    with pytest.raises(UserError):
        run.weights()


def test_a_network_of_another_size_is_no_checkpoint_for_either(admit):
    parts = archive_of(FINISHED)
    buffer = io.BytesIO()
    np.savez(buffer, np.zeros((3, 3), np.float32))
    name = next(name for name in parts if name.endswith(layout.WEIGHTS))
    with pytest.raises(UserError):
        admit(packed(parts | {name: buffer.getvalue()}))


def test_the_archives_of_the_attack_are_refused_or_drawn(admit, test_data):
    found = sorted((test_data / "attacks").glob("run_*.zip"))
    if not found:
        pytest.skip("no archives of an attack here")
    refused = set()
    for path in found:
        try:
            run = here().find(admit(path.read_bytes()))
        except UserError as error:
            assert error.what.startswith("The run was refused") and error.remedy
            refused.add(path.stem)
        else:
            assert is_drawn(run)
    assert {"run_name_lone_surrogate", "run_family+varied_text", "run_gap_in_epochs"} <= refused
    assert doctor.examine(current()) == []


def test_a_diverged_epoch_travels_without_its_confidences(admit):
    """What is no number any more is null, and so is what the network is sure of."""
    change = of_epochs(lambda one: one | {"val_loss": None, "confidence": [None] * len(one.get("answers", []))})
    run = here().find(admit(packed(change(archive_of(FINISHED)))))

    assert run.metrics().epochs[-1]["answers"]
    assert is_drawn(run)
    assert doctor.examine(current()) == []
