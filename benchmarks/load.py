"""Twenty visitors beside a run that is an hour old and 300 others, against as many at a bare Streamlit page."""

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import psutil

from benchmarks import Row, Setting
from benchmarks.sessions import Outcome, quantile, visit
from benchmarks.watching import server
from core import child, workspace
from core.experiment import Experiment
from core.experiment.presets import load_preset
from core.runs import layout, states
from core.runs.collection import Runs
from core.runs.recorder import Recorder
from core.runs.records import line
from core.runs.run import Run
from core.runs.states import Status
from core.workspace import current

PAGES = ("", "runs", "live-run", "network")
RUNS, VISITORS, THINK_SECONDS, STAY_SECONDS = 300, 20, 5.0, 45.0
EPOCHS, EPOCH_SECONDS, CHUNK_SECONDS = 720, 5.0, 0.1
"""Of the run at work: an hour of epochs, and a record ten times a second as workers tell them."""
STATUS_SECONDS = 0.5
AGE_SECONDS = 86_400.0
MOST_TIMES, MOST_SECONDS, MOST_MEGABYTES = 1.5, 1.0, 25.0


def measure(setting: Setting) -> list[Row]:
    """Reruns of the app over reruns of a bare page with the same parts that redraw themselves, as often."""
    os.environ["KERNELSCOPE_STANDBY"] = "0"
    count, stay = setting.size(VISITORS, 3), setting.size(int(STAY_SECONDS), 4)
    think = THINK_SECONDS if not setting.tiny else 0.5
    _past_runs(setting.size(RUNS, 6))
    turns = []
    with _at_work(setting.size(EPOCHS, 5)), server() as app:
        visit(_host(app), PAGES, len(PAGES), 2.0, 0.5)  # the first opening imports the app's modules
        before = _memory(app)
        for _ in range(min(setting.repeats, 3)):
            ours = visit(_host(app), PAGES, count, stay, think)
            more = max(0.0, _memory(app) - before) / 2**20 / count
            turns.append((ours, *(_beside(ours, count, stay, think, as_many) for as_many in (False, True)), more))
    return _rows(turns)


def _beside(ours: Outcome, count: int, stay: float, think: float, as_many: bool) -> Outcome:
    """What as many visitors meet with at a page that does nothing, of few elements or of as many as ours have."""
    elements = round(sum(ours.elements) / max(1, len(ours.elements))) if as_many else 1
    with _bare(ours, elements) as bare:
        visit(_host(bare), PAGES[:1], 1, 1.0, 0.5)
        return visit(_host(bare), PAGES[:1], count, stay, think)


def _rows(turns: list[tuple[Outcome, Outcome, Outcome, float]]) -> list[Row]:
    errors = [error for *three, _ in turns for one in three for error in one.errors]
    pages = _by_page([one for ours, *_ in turns for one in ours.reruns])
    p95, opened = (
        [quantile(part, 0.95) for part in parts]
        for parts in ([ours.seconds for ours, *_ in turns], [ours.opened for ours, *_ in turns])
    )
    return [
        _ratio("p95 of a rerun beside that of a bare page", [turn[:2] for turn in turns], MOST_TIMES),
        _ratio("beside that of one with as many elements", [(turn[0], turn[2]) for turn in turns], None),
        Row("p95 of a rerun, s", tuple(p95), None, MOST_SECONDS, pages),
        Row("first page, p95, s", tuple(opened), None, 5.0, _wire([ours for ours, *_ in turns])),
        Row("MB per visitor more", tuple(more for *_, more in turns[:1]), None, MOST_MEGABYTES, "of the first turn"),
        Row("errors", (float(len(errors)),), None, 0.5, " · ".join(errors[:3])),
    ]


def _ratio(what: str, pairs: list[tuple[Outcome, Outcome]], most: float | None) -> Row:
    """p95 over p95 of each turn."""
    told = {share: [tuple(quantile(one.seconds, share) for one in pair) for pair in pairs] for share in (0.95, 0.5)}
    note = "; ".join(f"p{share * 100:.0f} {a:.3f} and {b:.3f} s" for share, found in told.items() for a, b in found)
    return Row(what, tuple(a / b for a, b in told[0.95]), None, most, note)


def _by_page(reruns: list[tuple[str, float]]) -> str:
    """p50 and p95 of each page."""
    told = []
    for page in PAGES:
        seconds = [one for name, one in reruns if name == page]
        if seconds:
            told.append(f"{page or 'home'} {quantile(seconds, 0.5):.3f}/{quantile(seconds, 0.95):.3f}")
    return f"p50/p95 {', '.join(told)}; n = {len(reruns)}"


def _wire(outcomes: list[Outcome]) -> str:
    """What a tick of each page sent."""
    told = []
    for page in PAGES:
        ticks, size = (sum(getattr(one, part)[page] for one in outcomes) for part in ("ticks", "tick_bytes"))
        if ticks:
            told.append(f"{page or 'home'} {ticks}x {size / ticks / 1000:.1f} kB")
    return f"ticks {', '.join(told)}"


# ---- the bare page


@contextlib.contextmanager
def _bare(ours: Outcome, elements: int) -> Iterator[str]:
    """A page of so many elements of Streamlit's own with as many parts that redraw themselves as ours, as often."""
    visits = len(ours.opened) + len(ours.reruns)
    periods = sorted(period for page in ours.periods.values() for period in page)
    parts = max(1, round(len(periods) / max(1, visits)))
    chosen = [periods[int(len(periods) * (part + 0.5) / parts)] if periods else 1.0 for part in range(parts)]
    script = Path(os.environ["KERNELSCOPE_HOME"]).parent / f"bare-{os.getpid()}.py"
    script.write_text(
        "import time\nimport streamlit as st\nst.title('Bare')\n"
        f"for number in range({elements}):\n"
        "    (st.markdown if number % 4 else st.button)(f'Line {number}')\n"
        "def part(number):\n    st.metric(f'Part {number}', round(time.time(), 1))\n"
        f"for number, period in enumerate({chosen}):\n    st.fragment(part, run_every=period)(number)\n",
        encoding="utf-8",
    )
    try:
        with server(str(script)) as address:
            yield address
    finally:
        script.unlink()


# ---- the workspace


def _past_runs(count: int) -> None:
    """Runs that have ended, of 20 epochs each."""
    experiment = load_preset("digits-cnn")
    for number in range(count):
        run = Runs(current()).create(experiment.edited(seed=number))
        records = [_started(), *(_batches(step) for step in range(1, 200)), *(_epoch(n, n / 40) for n in range(1, 21))]
        _put(run, records, Status(states.FINISHED, attempt=1, epoch=20, epochs=20, seconds=9.0, best_epoch=20))


def _put(run: Run, records: list[dict], status: Status) -> None:
    """Lays down what a worker would have written; nobody loses anything if the power fails."""
    lines = (line({"n": n, **record}) for n, record in enumerate(records, 1))
    (run.path / layout.METRICS).write_bytes(b"".join(lines))
    (run.path / layout.STATUS).write_text(workspace.json.dumps(asdict(status)), encoding="utf-8")


def _started() -> dict:
    return {"event": "started", "steps_per_epoch": 50, "tiles": list(range(24))}


def _batches(step: int) -> dict:
    return {"event": "batches", "step": [step], "loss": [2.3 / (1 + step / 500)], "accuracy": [1 - 0.9 / (1 + step)]}


def _epoch(number: int, accuracy: float) -> dict:
    values = {"loss": 1 / number, "accuracy": accuracy, "val_loss": 1.1 / number, "val_accuracy": accuracy * 0.97}
    answers = {"answers": [number % 10] * 24, "confidence": [0.5] * 24}
    return {"event": "epoch", "epoch": number, "step": number * 50, "seconds": EPOCH_SECONDS, **values, **answers}


def _hour(experiment: Experiment, epochs: int) -> Run:
    """A run with so many epochs behind it."""
    run = Runs(current()).create(experiment)
    records = [_started()]
    per_epoch = int(EPOCH_SECONDS / CHUNK_SECONDS)
    for number in range(1, epochs + 1):
        records += [_batches((number - 1) * per_epoch + place) for place in range(1, per_epoch + 1)]
        records.append(_epoch(number, min(0.99, number / epochs)))
    _put(run, records, Status(states.INTERRUPTED, attempt=1, epoch=epochs, epochs=10 * epochs, best_epoch=epochs))
    return run


@contextlib.contextmanager
def _at_work(epochs: int) -> Iterator[Run]:
    """A run that is an hour old, and a worker that goes on with it without doing any arithmetic."""
    run = _hour(load_preset("digits-cnn"), epochs)
    command = [sys.executable, "-m", "benchmarks.load", run.id, str(epochs)]
    worker = subprocess.Popen(command, cwd=child.ROOT, env=child.environment(), stdin=subprocess.PIPE)
    run.launched(worker.pid)
    worker.stdin.close()  # it may begin
    try:
        yield run
    finally:
        worker.kill()
        worker.wait()


def work(run_id: str, epochs: int) -> None:
    """Tells of a training as a worker does, until it is ended."""
    sys.stdin.read()
    run, per_epoch, told = Runs(current()).find(run_id), int(EPOCH_SECONDS / CHUNK_SECONDS), 0.0
    step = epochs * per_epoch
    with Recorder(run) as record:
        record.sequence = step
        while True:
            time.sleep(CHUNK_SECONDS)
            step += 1
            record.append(**_batches(step))
            if step % per_epoch == 0:
                record.append(**_epoch(step // per_epoch, 0.9))
            if time.monotonic() - told > STATUS_SECONDS:
                told = time.monotonic()
                status = {"epoch": step // per_epoch, "batch": step % per_epoch, "epochs": 10 * epochs}
                record.status(
                    state=states.RUNNING, **status, seconds=step * CHUNK_SECONDS, accuracy=0.9, val_accuracy=0.9
                )


# ---- the server


def _host(address: str) -> str:
    return address.removeprefix("http://")


def _memory(address: str) -> int:
    """Resident bytes of the server that listens there."""
    port = int(address.rpartition(":")[2])
    owners = (process for process in psutil.Process().children() if _listens(process, port))
    return next(owners).memory_info().rss


def _listens(process: psutil.Process, port: int) -> bool:
    return any(one.status == psutil.CONN_LISTEN and one.laddr.port == port for one in process.net_connections("tcp"))


if __name__ == "__main__":
    work(sys.argv[1], int(sys.argv[2]))
