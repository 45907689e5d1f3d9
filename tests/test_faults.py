"""A crash, a full disk, a broken disk, at every single operation: no epoch is lost, nothing is half, resuming works.

The training is real but for its arithmetic (see `fault_child`): each case is a process of its own that is killed.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

import pytest

from core import child, datasets
from core.runs import layout, states
from core.runs.recorder import DAMAGED
from tests.fault_child import call_sites, toy_experiment
from tests.saved import here

TWO_AT_ONCE = 2
PREPARED = {"Checkpoint 3: its training state is not what was written."}
"""The one piece of damage that a template has from the start."""


class Toys:
    """Processes that do jobs; each job in a workspace of its own, copied from a template."""

    def __init__(self, folder):
        self.folder = folder
        self.idle = [self._start() for _ in range(TWO_AT_ONCE)]
        self.all = list(self.idle)

    def _start(self):
        return subprocess.Popen(
            [sys.executable, "-m", "tests.fault_child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=child.ROOT,
            env=child.environment(),
        )

    def ask(self, home, do, at=0, how="", **arguments):
        """One job's answer."""
        process = self.idle.pop()
        job = {"home": str(home), "do": do, "at": at, "how": how, "with": arguments}
        process.stdin.write(json.dumps(job).encode() + b"\n")
        process.stdin.flush()
        answer = json.loads(process.stdout.readline())
        self.idle.append(process)
        return answer

    def each(self, template, count, case):
        """`case(home, n)` for n from 1 to count, or for each of the numbers given, in copies of the template."""

        def one(n):
            home = self.folder / f"{template.name}-{n}"
            shutil.copytree(template, home)
            try:
                case(home, n)
            finally:
                shutil.rmtree(home)

        with ThreadPoolExecutor(TWO_AT_ONCE) as pool:
            list(pool.map(one, range(1, count + 1) if isinstance(count, int) else count))

    def close(self):
        for process in self.all:
            process.stdin.close()
            process.wait(timeout=90)
            process.stdout.close()


def places(how, count):
    """At which operations a fault is tried: a crash at each; a disk fails at each as well, full and broken in turn."""
    return range(1 + (how == "EIO"), count + 1, 1 if how == "kill" else 2)


@pytest.fixture(scope="module")
def toys(tmp_path_factory):
    toys = Toys(tmp_path_factory.mktemp("toys"))
    yield toys
    toys.close()


@pytest.fixture(scope="module")
def templates(toys, tmp_path_factory):
    """Workspaces to start from: name -> (folder, run). In each lies a finished run beside, which nothing may touch."""
    made = {}
    with pytest.MonkeyPatch.context() as patch:
        for name in ("fresh", "cut off", "large"):
            home = tmp_path_factory.mktemp("templates") / name.replace(" ", "-")
            patch.setenv("KERNELSCOPE_HOME", str(home))
            datasets.prepare(toy_experiment().dataset)
            neighbour, run = here().create(toy_experiment()), here().create(toy_experiment())
            assert toys.ask(home, "train", run=neighbour.id)["state"] == states.FINISHED
            if name == "cut off":
                _cut_off(toys, home, run)
            made[name] = (home, run.id, neighbour.id)
    return made


def _cut_off(toys, home, run):
    """Stops inside the second epoch, then leaves about everything that a crash can leave."""
    assert toys.ask(home, "train", run=run.id, stop_at=3)["state"] == states.STOPPED
    run.launched()
    (run.path / layout.FORMAT).unlink()  # as an older version left it
    with (run.path / layout.METRICS).open("ab") as file:
        file.write(b'{"n": 12, "event": "batch')
    staging = run.path / layout.CHECKPOINTS / ".staging-0123abcd"
    staging.mkdir()
    (staging / layout.WEIGHTS).write_bytes(b"half")
    with (run.path / layout.PREDICTIONS).open("ab") as file:
        file.write(b"half")
    (run.path / f".{layout.STATUS}.0123abcd.tmp").write_bytes(b"half")
    shutil.copytree(run.path / layout.CHECKPOINTS / "000002", run.path / layout.CHECKPOINTS / "000003")
    (run.path / layout.CHECKPOINTS / "000003" / layout.STATE).write_bytes(b"damaged")


@pytest.fixture(scope="module")
def whole(toys, templates):
    """What the uninterrupted training gives."""
    home, run, _ = templates["fresh"]
    copy = toys.folder / "whole"
    shutil.copytree(home, copy)
    assert toys.ask(copy, "train", run=run)["state"] == states.FINISHED
    answer = toys.ask(copy, "recover", run=run)
    assert answer["left"]["found"] == []
    return {name: answer[name] for name in ("curve", "steps", "weights")}


def hashes(folder):
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*")) if path.is_file()
    }  # fmt: skip


def count_operations(toys, templates, scenario, do="train"):
    """How many operations an untroubled job does."""
    home, run, _ = templates[scenario]
    with tempfile.TemporaryDirectory(dir=toys.folder) as copy:
        shutil.copytree(home, copy, dirs_exist_ok=True)
        return len(toys.ask(copy, do, run=run)["done"])


@pytest.mark.parametrize("how", ["kill", "full", "EIO"])
@pytest.mark.parametrize("scenario", ["fresh", "cut off"])
def test_a_fault_at_any_operation_of_a_training_loses_no_finished_epoch_and_resumes_to_the_same_curve(
    toys, templates, whole, scenario, how
):
    """W01, W02."""
    home, run, neighbour = templates[scenario]
    untouched = hashes(home / layout.RUNS / neighbour)

    def case(copy, n):
        broken = toys.ask(copy, "train", at=n, how=how, run=run)
        done = broken["done"]
        answer = toys.ask(copy, "repair_and_recover" if n % 3 == 0 else "recover", run=run)
        left, resumed = answer["left"], answer["resumed"]
        where = f"{how} at operation {n}: {done[n - 1]}"

        assert left["state"] in {states.STARTING, states.INTERRUPTED, states.STOPPED, states.FINISHED}, where
        assert all(repairable for *_, repairable in left["found"]), (where, left)
        assert {what for what, severity, _ in left["found"] if severity == "error"} <= PREPARED, (where, left)
        assert left["epochs"] == list(range(1, len(left["epochs"]) + 1)), where
        assert len(left["epochs"]) >= left["epoch"], where
        assert resumed["state"] == states.FINISHED, (where, resumed)
        assert all(what.startswith(DAMAGED) for what, *_ in resumed["found"]), (where, resumed)
        assert how != "EIO" or left["state"] == states.FINISHED or "The disk" in left["error"], (where, left)
        assert {name: answer[name] for name in whole} == whole, where
        assert answer["damaged"] == 0, where
        assert hashes(copy / layout.RUNS / neighbour) == untouched, where

    count = count_operations(toys, templates, scenario)
    assert count > 50
    toys.each(home, places(how, count), case)


@pytest.mark.parametrize("how", ["kill", "full", "EIO"])
def test_a_fault_at_any_operation_of_the_server_leaves_every_run_listed_and_legal(toys, templates, how):
    """W01, W02: make, rename, queue, steer, delete, restore; then all of it again."""
    home, run, neighbour = templates["fresh"]
    untouched = hashes(home / layout.RUNS / neighbour)

    def case(copy, n):
        broken = toys.ask(copy, "serve", at=n, how=how, run=run)
        where = f"{how} at operation {n}: {broken['done'][n - 1]}"
        seen = toys.ask(copy, "survey")
        again = toys.ask(copy, "serve", run=run)

        assert {run, neighbour} <= set(seen["runs"]), where
        assert {state for _, state in seen["runs"].values()} <= states.STATES, where
        assert {severity for _, severity in seen["found"]} <= {"warning"}, (where, seen)
        assert seen["left"] == 0, (where, seen)
        assert how == "kill" or broken["code"] in ("DISK_FULL", "DISK_ERROR"), (where, broken)
        assert "refused" not in again, (where, again)
        assert hashes(copy / layout.RUNS / neighbour) == untouched, where

    toys.each(home, places(how, count_operations(toys, templates, "fresh", "serve")), case)


def test_the_faults_reach_every_place_that_changes_the_disk(toys, templates):
    """G14: every call in the recorder and in the run directory that writes was made by one of the jobs above."""
    reached = set()
    for scenario, job in (("fresh", "train"), ("cut off", "train"), ("fresh", "serve"), ("fresh", "prune")):
        home, run, _ = templates[scenario]
        with tempfile.TemporaryDirectory(dir=toys.folder) as copy:
            shutil.copytree(home, copy, dirs_exist_ok=True)
            answer = toys.ask(copy, job, run=run)
            reached |= set(answer["sites"])
            if scenario == "fresh" and job == "train":
                packed = answer["done"].index(f"write {layout.WEIGHTS}") + 1
    home, run, _ = templates["fresh"]
    with tempfile.TemporaryDirectory(dir=toys.folder) as copy:  # what clears up after a fault
        shutil.copytree(home, copy, dirs_exist_ok=True)
        reached |= set(toys.ask(copy, "train", at=packed, how="EIO", run=run)["sites"])
    missed = [site for site, lines in call_sites().items() if not lines & reached]

    assert missed == []


@pytest.mark.parametrize("how", ["kill", "full"])
def test_a_fault_while_old_epochs_are_taken_away_harms_no_kept_one(toys, templates, whole, how):
    """W01, W02: a network too large for keeping every epoch."""
    home, run, _ = templates["fresh"]

    def case(copy, n):
        done = toys.ask(copy, "prune", at=n, how=how, run=run)["done"]
        answer = toys.ask(copy, "recover", run=run)
        where = f"{how} at operation {n}: {done[n - 1]}"

        assert all(severity == "warning" for _, severity, _ in answer["left"]["found"]), (where, answer["left"])
        assert answer["resumed"]["state"] == states.FINISHED, where
        assert answer["resumed"]["found"] == [], where
        assert {name: answer[name] for name in whole} == whole, where

    with tempfile.TemporaryDirectory(dir=toys.folder) as copy:
        shutil.copytree(home, copy, dirs_exist_ok=True)
        done = toys.ask(copy, "prune", run=run)["done"]
    pushed = [n for n, text in enumerate(done, 1) if text.startswith("rename 0000")]
    removals = [n for n, text in enumerate(done, 1) if text.startswith("remove")]
    assert pushed
    toys.each(home, [*pushed, *removals], case)


def test_what_was_not_forced_to_the_disk_may_be_lost_in_a_power_cut(toys, templates, whole):
    """W04: each file falls back to what it was at its last sync, new names to what their folder last made sure of."""
    home, run, neighbour = templates["fresh"]
    untouched = hashes(home / layout.RUNS / neighbour)

    def case(copy, n):
        done = toys.ask(copy, "train", at=n, how="power", run=run)["done"]
        answer = toys.ask(copy, "recover", run=run)
        where = f"power cut at operation {n}: {done[n - 1]}"

        assert answer["left"]["state"] in {states.STARTING, states.INTERRUPTED, states.FINISHED}, where
        assert all(repairable for *_, repairable in answer["left"]["found"]), (where, answer["left"])
        assert len(answer["left"]["epochs"]) >= answer["left"]["epoch"], where
        assert answer["resumed"]["state"] == states.FINISHED, where
        assert {name: answer[name] for name in whole} == whole, where
        assert hashes(copy / layout.RUNS / neighbour) == untouched, where

    toys.each(home, count_operations(toys, templates, "fresh"), case)


def test_a_size_limit_on_files_stops_the_run_with_the_disk_named_and_keeps_its_networks(toys, templates, whole):
    """W10: after the first epoch no file may hold a network; the limit gone, the run goes on."""
    home, run, _ = templates["fresh"]
    with tempfile.TemporaryDirectory(dir=toys.folder) as copy:
        shutil.copytree(home, copy, dirs_exist_ok=True)
        small = toys.ask(copy, "train_in_little_room", run=run)
        if small.get("skip"):
            pytest.skip("this system sets no limits on files")
        answer = toys.ask(copy, "recover", run=run)

    assert small["state"] == states.INTERRUPTED
    assert "The disk is full." in small["error"]
    assert answer["left"]["epochs"]
    assert {name: answer[name] for name in whole} == whole


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can make a small disk")
def test_a_full_disk_stops_the_run_with_the_disk_named_and_keeps_its_networks(toys, templates, whole, tmp_path):
    """W10: a disk of its own, filled up by somebody else while the run trains."""
    home, run, _ = templates["fresh"]
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "none", str(disk)], check=False).returncode:
        pytest.skip("no disk can be mounted here")
    try:
        shutil.copytree(home, disk / "home")
        broken = toys.ask(disk / "home", "train_while_the_disk_fills", run=run)
        (disk / "home" / "filler").unlink()
        answer = toys.ask(disk / "home", "recover", run=run)
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)

    assert broken["state"] == states.INTERRUPTED
    assert answer["left"]["epochs"]
    assert {name: answer[name] for name in whole} == whole
