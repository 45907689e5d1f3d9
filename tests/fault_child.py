"""A training whose arithmetic is a toy, everything else the real thing: run by fault tests, and ended by them.

`python -m tests.fault_child` reads jobs, one JSON object a line, and answers each with one line. A job names a
function below (`do`), its arguments (`with`), the workspace (`home`), which operation on the disk goes wrong (`at`,
counted from 1; 0 for none), and `how`: "kill" (half of it is done, then the process dies), "full" (from there on the
disk has no room), "EIO" (it fails once), or "power" (the process ends, and what was not forced to the disk is gone).
Each job has a process of its own.
"""

import ast
import contextlib
import errno
import gc
import hashlib
import importlib
import json
import math
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np

try:
    import resource
except ImportError:  # Windows
    resource = None

from core import child, workspace
from core.datasets import views
from core.datasets.shapes import Shapes
from core.errors import UserError
from core.experiment import Experiment
from core.layers.hand_made import HandMadeConv2D
from core.layers.reshaping import Flatten
from core.runs import collection, doctor, queue, recorder
from core.runs import run as run_module
from core.runs.run import Run
from core.training import control, loop, standby, worker
from core.training.launcher import Launcher
from core.workspace import Workspace, current, using
from tests import fault_data
from tests.saved import here
from tests.toy_network import ToyModel, ToySteps

WRITERS = ("write_bytes", "write_new", "arrays.write", "write_json", "append", "sync", "truncate",
           "make_folder", "rename", "remove", "sync_folder")  # fmt: skip


WRITING = (recorder, run_module, collection, queue)
"""Modules of a run that change the disk."""


class ToyTrainer(loop.Trainer):
    """The loop as it is, with toy arithmetic."""

    stop_at = 0
    step_seconds = 0.0

    def _compile(self) -> ToySteps:
        return ToySteps(self.model)

    def _chunk(self, images: np.ndarray, labels: np.ndarray) -> None:
        self.glimpses.every = 0.0 if self.progress.step == 2 else math.inf  # one look, in the second epoch
        super()._chunk(images, labels)
        time.sleep(self.step_seconds)
        if self.progress.step == self.stop_at:
            self.record.run.request_stop()


def toy_experiment(epochs: int = 3, **training: object) -> Experiment:
    """An experiment that the toy trains: forty small pictures, two steps an epoch."""
    experiment = Experiment(dataset=Shapes(count=40, image_size=12, classes=3), layers=(HandMadeConv2D(), Flatten()))
    return experiment.edited(training=experiment.training.edited(epochs=epochs, batch_size=16, **training))


STANDS_IN = (
    (loop, "build_model", ToyModel),
    (loop, "Trainer", ToyTrainer),
    (loop, "hold", lambda model, traced: None),
    (loop, "STATUS_SECONDS", 0.0),
    (loop, "CHUNK_SECONDS", 0.0),
    (loop.threads, "suit", lambda *spread: None),  # there is no TensorFlow to set up
    (control, "BEAT_SECONDS", math.inf),  # on a slow machine, too, the disk sees the same operations
    (worker, "_log_into", lambda path: None),
    (worker, "_watch_memory", lambda record: None),  # a thread would not know that it is a test
)
"""What stands in the place of something else while anybody plays."""


class Acting:
    """Within it toys stand in. Two may play at once: the last one puts back, for real trainings in the same process."""

    _turn, _players, _before = threading.Lock(), 0, ()

    def __enter__(self) -> None:
        with Acting._turn:
            Acting._players += 1
            if Acting._players == 1:
                Acting._before = [(place, name, getattr(place, name)) for place, name, _ in STANDS_IN]
                self._put(STANDS_IN)

    def __exit__(self, *error: object) -> None:
        with Acting._turn:
            Acting._players -= 1
            if not Acting._players:
                self._put(Acting._before)

    def _put(self, ones: Iterable[tuple[object, str, object]]) -> None:
        for place, name, value in ones:
            setattr(place, name, value)


def play(run: Run) -> None:
    """What the worker does with a run, with the toy; every chunk is one step and tells the status."""
    with Acting():
        worker.train(run)


# ---- jobs


def train(run: str, stop_at: int = 0) -> dict:
    """Trains; stops before the end if told to."""
    ToyTrainer.stop_at = stop_at
    play(here().find(run))
    return {"state": here().find(run).status().state}


def recover(run: str) -> dict:
    """What a cut-off training left, and what comes of it when it is resumed as it is."""
    doctor.YOUNG_SECONDS = -1.0
    left = look(run)
    here().find(run).launched()  # as whoever sends a worker does
    return {"left": left, "again": train(run), "resumed": look(run), **outcome(run)}


def repair_and_recover(run: str) -> dict:
    """The same with the doctor before."""
    doctor.YOUNG_SECONDS = -1.0
    doctor.repair(current(), doctor.examine(current()))
    return recover(run)


def look(run: str) -> dict:
    """Where a run stands, and what the doctor says of the whole workspace."""
    status = here().find(run).status()
    found = [(finding.what, finding.severity, finding.repairable) for finding in doctor.examine(current())]
    return {"state": status.state, "error": status.error, "epoch": status.epoch, "found": found,
            "epochs": [epoch["epoch"] for epoch in here().find(run).metrics().epochs]}  # fmt: skip


def outcome(run: str) -> dict:
    """What a finished run measured, and a hash of its network."""
    names = ("epoch", "step", "loss", "accuracy", "val_loss", "val_accuracy", "learning_rate")
    metrics = here().find(run).metrics()
    digest = hashlib.sha256(b"".join(array.tobytes() for array in here().find(run).weights().values())).hexdigest()
    curve = [[epoch[name] for name in names] for epoch in metrics.epochs]
    return {"curve": curve, "steps": metrics.step, "weights": digest, "damaged": metrics.damaged}


def serve(run: str) -> dict:
    """Everything that a server does to runs, one after the other."""
    one = here().find(run)
    one.annotate(name="Mine", note="good")
    two = here().create(toy_experiment(), family="sweep", varied={"epochs": 3})
    one.enqueue()
    two.enqueue()
    two.request_stop()
    two.launched()
    two.request_pause()
    two.request_steps(batches=1)
    two.request_learning_rate(0.5)
    two.judge("It was too large.")
    one.leave_queue()
    here().delete(two)
    here().restore(two.id)
    return {"state": two.status().state}


def survey() -> dict:
    """All runs as a page would list them, and what the doctor says."""
    doctor.YOUNG_SECONDS = -1.0
    listed = {run.id: [run.title, run.status().state] for run in [*here().newest(), *here().queue(), *here().deleted()]}
    return {"runs": listed, "found": [(finding.what, finding.severity) for finding in doctor.examine(current())],
            "left": len(doctor.repair(current(), doctor.examine(current())))}  # fmt: skip


def prune(run: str) -> dict:
    """Trains a network of which not every epoch can be kept."""
    recorder.EPOCHS_BYTES = 6000  # of 10 404 that three epochs take
    return train(run)


def train_in_little_room(run: str) -> dict:
    """Trains; after the first epoch no file may be as long as a network."""
    if resource is None:
        return {"skip": True}
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    _after_an_epoch(lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (3000, resource.RLIM_INFINITY)))
    train(run)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    return look(run)


def train_while_the_disk_fills(run: str) -> dict:
    """Trains; after the first epoch somebody takes all the room that is left."""
    filler = Path(os.environ["KERNELSCOPE_HOME"]) / "filler"

    def fill() -> None:
        with contextlib.suppress(OSError), filler.open("ab", buffering=0) as file:
            while True:
                file.write(b"0" * 512)

    _after_an_epoch(fill)
    train(run)
    return look(run)


def _after_an_epoch(happens: Callable[[], object]) -> None:
    """Lets something happen whenever an epoch has ended."""
    end_epoch = ToyTrainer._end_epoch

    def end(training: ToyTrainer, *arguments: object) -> None:
        end_epoch(training, *arguments)
        training._behind.wait()
        happens()

    ToyTrainer._end_epoch = end


JOBS = {
    job.__name__: job
    for job in (train, recover, repair_and_recover, serve, survey, prune, train_in_little_room,
                train_while_the_disk_fills)
} | fault_data.JOBS  # fmt: skip


# ---- faults


class Fault:
    """Lets an operation on the disk go wrong.

    Args:
        at: which one, counted from 1; 0 for none.
        how: "kill", "full" or "EIO".
    """

    def __init__(self, at: int, how: str) -> None:
        self.at, self.how, self.done = at, how, []
        self.sites: set[str] = set()

    def __call__(self, name: str, path: Path, half: Callable[[], object]) -> None:
        self.done.append(f"{name} {path.name}")
        self.sites |= _sites_above()
        if not self.at or len(self.done) < self.at or (self.how != "full" and len(self.done) > self.at):
            return
        half()
        if self.how == "kill":
            self.answer({})
            os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
        code = errno.ENOSPC if self.how == "full" else errno.EIO
        raise OSError(code, os.strerror(code), str(path))

    def answer(self, value: dict) -> None:
        """Prints what came of the job."""
        print(json.dumps({"done": self.done, "sites": sorted(self.sites)} | value), flush=True)


class PowerCut(Fault):
    """Ends the process before an operation, and takes from its run what was never forced to the disk.

    Args:
        at: which operation, counted from 1.
        folder: of the run.
    """

    def __init__(self, at: int, folder: Path) -> None:
        super().__init__(at, "power")
        self.folder = folder
        self.contents: dict[int, bytes] = {}  # inode -> what its last sync saw
        self.names: dict[int, dict[str, int]] = {}  # inode of a folder -> what its last sync saw
        for path in [folder, *folder.rglob("*")]:
            self._note(path)

    def __call__(self, name: str, path: Path, half: Callable[[], object]) -> None:
        self.done.append(f"{name} {path.name}")
        if len(self.done) == self.at:
            rescued = self._tree(self.folder.stat().st_ino)
            shutil.rmtree(self.folder)
            _write_tree(self.folder, rescued)
            self.answer({})
            os._exit(1)
        if name == "write" and not path.stat().st_size:
            self.contents.pop(path.stat().st_ino, None)  # a new file that got the number of an old one
        if name.startswith("sync"):
            self._note(path)

    def _note(self, path: Path) -> None:
        """What is sure to be there from now on."""
        if path.is_dir():
            self.names[path.stat().st_ino] = {one.name: one.stat().st_ino for one in path.iterdir()}
        else:
            self.contents[path.stat().st_ino] = path.read_bytes()

    def _tree(self, inode: int) -> dict:
        """What a folder holds after the cut."""
        return {
            name: self._tree(below) if below in self.names else self.contents.get(below, b"")
            for name, below in self.names[inode].items()
        }


def _write_tree(folder: Path, tree: dict) -> None:
    folder.mkdir()
    for name, value in tree.items():
        if isinstance(value, dict):
            _write_tree(folder / name, value)
        else:
            (folder / name).write_bytes(value)


def _sites_above() -> set[str]:
    """The lines of the recorder and of the run directory that led here."""
    frame, found = sys._getframe(2), set()
    while frame:
        if frame.f_code.co_filename in [module.__file__ for module in WRITING]:
            found.add(f"{Path(frame.f_code.co_filename).stem}:{frame.f_lineno}")
        frame = frame.f_back
    return found


def call_sites() -> dict[str, set[str]]:
    """Every call of the recorder and of the run directory that changes the disk: its text -> its lines."""
    found = {}
    for module in WRITING:
        source = Path(module.__file__).read_text()
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Call) and ast.unparse(node.func).removeprefix("workspace.") in WRITERS:
                lines = range(node.lineno, node.end_lineno + 1)
                stem = Path(module.__file__).stem
                found[f"{stem}:{node.lineno} {ast.unparse(node)}"] = {f"{stem}:{line}" for line in lines}
    return found


def do(job: dict) -> None:
    """One job, in this process."""
    os.environ["KERNELSCOPE_HOME"] = job["home"]
    fault = Fault(job.get("at", 0), job.get("how", ""))
    if fault.how == "power":
        fault = PowerCut(fault.at, here().find(job["with"]["run"]).path)
    workspace.before_operation = fault
    views.NOTED_SECONDS = 1e9  # however long the tests take, each job does the same operations
    try:
        value = JOBS[job["do"]](**job.get("with", {}))
    except (UserError, OSError) as error:
        value = {"refused": str(error), "code": getattr(error, "code", "")}
    fault.answer(value)


def spawn_toy(home: Workspace) -> subprocess.Popen[bytes]:
    """What `standby` does for a worker, with the toy: `KERNELSCOPE_TOY_SECONDS` is how long it takes for a step."""
    with using(home):
        environment = child.environment()
    return subprocess.Popen(
        [sys.executable, "-m", "tests.fault_child", "--worker"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=child.ROOT,
        env=environment,
        start_new_session=True,
    )


def work() -> None:
    """A worker: waits for a run's id, trains it."""
    run_id = sys.stdin.readline().strip()
    if run_id:
        ToyTrainer.step_seconds = float(os.environ.get("KERNELSCOPE_TOY_SECONDS", "0"))
        play(here().find(run_id))


def serve_for_good() -> None:
    """A server without pages: a launcher that sends toys."""
    standby._spawn = spawn_toy
    standby.Standby._warm_one = lambda self: None
    launcher = Launcher(current())
    print("ready", flush=True)
    sys.stdin.read()  # until the test lets go
    launcher.close()


def main() -> None:
    """Answers job after job; where the system can fork, without importing everything again."""
    others = {"--once": lambda: do(json.loads(sys.stdin.readline())), "--worker": work, "--server": serve_for_good}
    if sys.argv[1:]:
        others[sys.argv[1]]()
        return
    os.fsync = lambda handle: None  # which syncs are asked for is noted; nobody waits for the disk of the tests
    if hasattr(os, "fork"):
        importlib.import_module("numpy.ma")  # what every job would import; the splitter's np.unique asks for it
        gc.collect()
        gc.freeze()  # what is here stays in memory that all jobs share
    for line in sys.stdin:
        if hasattr(os, "fork"):
            forked = os.fork()
            if forked == 0:
                do(json.loads(line))
                os._exit(0)
            os.waitpid(forked, 0)
        else:
            subprocess.run([sys.executable, "-m", "tests.fault_child", "--once"], input=line.encode(), check=False)


if __name__ == "__main__":
    main()
