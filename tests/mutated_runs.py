"""Run directories that something went wrong with: good ones, each with a few of its files changed, always the same."""

import contextlib
import json
import os
import random
import shutil
from pathlib import Path

import numpy as np

from core.runs import layout, states
from core.runs.epoch_predictions import Images
from tests.malformed_runs import signed

DEEP = '{"a":' * 3000 + "1" + "}" * 3000
ENDLESS = "1" + "0" * 400
WEIRD = [None, True, False, -1, 0, 1, 7, 10**11, 10**13, 2.5, -0.5, 1e29, "", "x", "\ud800", "\0", "\x1b[2J",
         "x" * 9000, "finished", [], [1], ["a"], {}, {"a": 1}, {"a": {"b": []}}, [[[[]]]], "<b>x</b>", "2"]  # fmt: skip
WRITTEN = ["NaN", "Infinity", "1e999", "-1e999", ENDLESS, "-" + ENDLESS, DEEP, "[" * 3000, "", "{", '"\\ud800"', "01"]
"""What JSON writers other than ours may leave, as it stands in the file."""
ODD = ["²", "000001x", "1", "-00001", "999999", "9999999", "..x", "000000", "٣٣٣٣٣٣", "\u202e000001", "000002 ", "nan"]
"""Names of checkpoints."""
SCORES = ("accuracy", "val_accuracy", "loss", "epoch", "epochs", "batch", "best_epoch", "seconds", "restored_epoch",
          "images_per_second", "seconds_left", "beat", "attempt")  # fmt: skip
SWEPT = [{"learning_rate": "x"}, {"a": None}, {"a": [1]}, {"training.epochs": 1e29}, {"\ud800": 1}, {"seed": True},
         {str(n): n for n in range(50)}, {"a": 1, "b": 2, "c": 3}, {"training.epochs": 3}, [1], "x"]  # fmt: skip
DOCUMENTS = (layout.EXPERIMENT, layout.STATUS, layout.INTENT, layout.NOTES, layout.FORMAT)


def mutated(source: Path, target: Path, seed: int) -> list[str]:
    """A copy of a run with one to three changes; returns what was done to it.

    Args:
        source: a good run.
        target: does not exist yet.
        seed: the same one does the same.
    """
    shutil.copytree(source, target, symlinks=True)
    images = Images(np.arange(4), np.array([0, 1, 1, 0]), 10)
    told = images.record(1, np.eye(10, dtype=np.float32)[[0, 1, 2, 3]])
    (target / layout.PREDICTIONS).write_bytes(images.to_bytes() + told)
    draw = random.Random(seed)
    chosen = [CHANGES[seed % len(CHANGES)], *draw.choices(CHANGES, k=draw.choice([0, 0, 1, 2]))]
    for change in sorted(chosen, key=lambda change: change is link):  # nobody reads what a link leads to
        with contextlib.suppress(OSError, LookupError, ValueError, TypeError):  # what it would change is gone by now
            change(target, draw)
    return [change.__name__ for change in chosen]


def a_file(run, draw):
    return draw.choice(sorted(path for path in run.rglob("*") if path.is_file() and not path.is_symlink()))


def flip(run, draw):
    path = a_file(run, draw)
    data = bytearray(path.read_bytes())
    for _ in range(draw.randint(1, 8)):
        data[draw.randrange(len(data))] ^= 1 << draw.randrange(8)
    path.write_bytes(data)


def cut(run, draw):
    path = a_file(run, draw)
    data = path.read_bytes()
    path.write_bytes(data[: draw.randrange(len(data))])


def noise(run, draw):
    a_file(run, draw).write_bytes(draw.randbytes(draw.choice([0, 1, 40, 4000])))


def gone(run, draw):
    a_file(run, draw).unlink()


def folder(run, draw):
    """A folder where a file should be."""
    path = run / draw.choice([*DOCUMENTS, layout.METRICS, layout.PREDICTIONS, layout.LOCK, layout.LOG, "intent.lock"])
    path.unlink(missing_ok=True)
    path.mkdir()
    if draw.random() < 0.5:
        (path / "inside").write_text("x")


def file(run, draw):
    """A file where a folder should be."""
    path = draw.choice([run / layout.CHECKPOINTS, *(run / layout.CHECKPOINTS).iterdir()])
    if path.is_dir():
        shutil.rmtree(path)
        path.write_text("no folder")


def link(run, draw):
    """A link to itself, to nothing, to what never ends, to another file, or a pipe, where a file should be."""
    path = run / draw.choice([*DOCUMENTS, layout.METRICS, layout.PREDICTIONS, layout.LOCK])
    path.unlink(missing_ok=True)
    how = draw.randrange(5)
    if how == 4:
        os.mkfifo(path)
    else:
        path.symlink_to([path.name, "nothing", "/dev/zero", layout.STATUS][how])


def place(value, draw, found=None):
    """A container somewhere inside a document, and a key of it."""
    found = [] if found is None else found
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in pairs:
        found.append((value, key))
        place(inner, draw, found)
    return found


def field(run, draw):
    """Another value, or none, or another name, somewhere in a document."""
    paths = [run / draw.choice(DOCUMENTS), *(run / layout.CHECKPOINTS).glob(f"*/{layout.MANIFEST}")]
    path = draw.choice(paths[:1] * 3 + paths[1:])
    value = json.loads(path.read_text()) if path.exists() else {"format": 2, "state": "running", "varied": {}}
    owner, key = draw.choice(place(value, draw))
    how = draw.randrange(6)
    if how == 0 and isinstance(owner, dict):
        del owner[key]
    elif how == 1 and isinstance(owner, dict):
        owner[draw.choice(["\ud800", "x" * 300, "varied", "state", "é"])] = owner.pop(key)
    elif how < 4:
        owner[key] = draw.choice(WEIRD)
    else:
        owner[key] = "HERE"
    path.write_text(json.dumps(value).replace('"HERE"', draw.choice(WRITTEN)))


def document(run, draw):
    """Something else instead of a document."""
    path = run / draw.choice(DOCUMENTS)
    path.write_text(draw.choice([json.dumps(draw.choice(WEIRD)), *WRITTEN, '{"state": []}', '{"varied": {"a": "x"}}',
                                 '{"name": "\\ud800"}', '{"format": 10000000000}', "\ufeff{}"]))  # fmt: skip


def lines_of(run):
    return (run / layout.METRICS).read_bytes().splitlines(keepends=True)


def record(run, draw):
    """A line of the metrics that says something else, with the right check sum."""
    lines = lines_of(run)
    at = draw.randrange(len(lines))
    told = json.loads(lines[at].rpartition(b"\t")[0])
    owner, key = draw.choice([*place(told, draw), *((told, name) for name in told)])
    how = draw.randrange(5)
    if how == 0 and isinstance(owner, dict) or how == 1 and isinstance(owner, list):
        del owner[key]
    elif how == 2:
        owner[key] = "HERE"
    else:
        owner[key] = draw.choice(WEIRD)
    lines[at] = signed(json.dumps(told).replace('"HERE"', draw.choice(WRITTEN)).encode())
    (run / layout.METRICS).write_bytes(b"".join(lines))


def epoch(run, draw):
    """The scores of an epoch that are not there, or its answers."""
    lines = lines_of(run)
    at = draw.choice([at for at, line in enumerate(lines) if b'"event": "epoch"' in line])
    told = json.loads(lines[at].rpartition(b"\t")[0])
    for name in draw.sample(sorted(told), k=draw.randint(1, 4)):
        if name not in ("event", "epoch"):
            told[name] = draw.choice([None, [], [0], 10**6, [10**6] * 24, 0.5])
    lines[at] = signed(told)
    (run / layout.METRICS).write_bytes(b"".join(lines))


def order(run, draw):
    """Lines of the metrics gone, twice, or in another order."""
    lines = lines_of(run)
    how = draw.randrange(4)
    if how == 0:
        del lines[draw.randrange(len(lines))]
    elif how == 1:
        lines += lines[draw.randrange(len(lines)) :]
    elif how == 2:
        draw.shuffle(lines)
    else:
        lines.insert(draw.randrange(len(lines)), draw.choice([signed(b"[1]"), signed(b"{}"), signed(b"[" * 9000),
                     signed({"event": []}), signed({"event": "weather"}), b"\xff\0\r\n", b"\n"]))  # fmt: skip
    (run / layout.METRICS).write_bytes(b"".join(lines))


def scores(run, draw):
    """A status whose numbers do not fit together, though each could be."""
    path = run / layout.STATUS
    told = json.loads(path.read_text())
    for name in draw.sample(SCORES, k=3):
        told[name] = draw.choice([None, 0, 1, 3, 9999, 0.5])
    told["state"] = draw.choice(sorted(states.STATES))
    path.write_text(json.dumps(told))


def name(run, draw):
    """An odd name for a checkpoint."""
    home = run / layout.CHECKPOINTS
    old = draw.choice(sorted(home.iterdir()))
    old.rename(home / draw.choice(ODD))


def part(run, draw):
    """A part of a run under another's name."""
    one, other = a_file(run, draw), a_file(run, draw)
    shutil.copy(one, run / "between") and other.replace(one) and (run / "between").replace(other)


def notes(run, draw):
    """Notes of a sweep that never was."""
    told = {
        "name": draw.choice(["", "\ud800", "a\0b", "n" * 5000, "**x**"]),
        "note": draw.choice(["", "\udfff", "a\n\0"]),
        "family": draw.choice(["", "sweep", "\ud800", ["x"]]),
        "varied": draw.choice(SWEPT),
    }
    (run / layout.NOTES).write_text(json.dumps(told))


def intent(run, draw):
    """An intent of a worker that cannot be."""
    told = {"launched": draw.choice([0, 1, 99, -1, "1"]), "pid": draw.choice([0, 1, 2**31, 2**63, -5, "x", 10**11]),
            "born": draw.choice([0, 1e29, -1e29, None, "x"]), "host": draw.choice(["", "h", "\ud800", 3]),
            "stop": draw.choice([True, 0, None]), "verdict": draw.choice(["", "x", "\ud800", []]),
            "rate": draw.choice([None, 0, -1, 1e29])}  # fmt: skip
    (run / layout.INTENT).write_text(json.dumps(told))


def time(run, draw):
    """A time that no calendar has."""
    when = draw.choice([-(10**9), 0, 2**33, 253402300800 + 10**6, 2**40])
    os.utime(run / layout.EXPERIMENT, (when, when))


CHANGES = (
    flip, cut, noise, gone, folder, file, link, field, field, document, record, record, epoch, order, scores, name,
    part, notes, intent, time, field, record,
)  # fmt: skip
