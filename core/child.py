"""Work in a process of its own: a crash or an overrun there costs one answer, never the server.

A job goes in as one JSON line; progress and the answer come out as JSON lines. A process that stays is asked, and
answers, in frames: a line of JSON, then as many bytes as it announces. No pickle crosses the border.
"""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

from core import settings, workspace
from core.errors import UserError

SCRATCH = "scratch"
"""The workspace folder of temporary files."""
ROOT = Path(__file__).resolve().parent.parent
Progress = Callable[[int, int], None]


def environment() -> dict[str, str]:
    """The environment of every child: ours, our workspace, the project importable, TensorFlow quiet."""
    quiet = {"TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONIOENCODING": "utf-8", "PYTHONUNBUFFERED": "1"}
    path = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    home = str(workspace.current().home.absolute())
    return {**os.environ, **quiet, "PYTHONPATH": path, "KERNELSCOPE_HOME": home}


@contextlib.contextmanager
def scratch() -> Iterator[None]:
    """Temporary files of this process lie in the workspace, and are gone after it; those of a killed one are swept.

    TensorFlow leaves a file there for each function that it rewrites. Without a workspace the system's folder must do.
    """
    with contextlib.ExitStack() as stack:
        with contextlib.suppress(UserError, OSError):
            place = stack.enter_context(workspace.staging(workspace.current().folder(SCRATCH)))
            tempfile.tempdir = os.environ["TMPDIR"] = str(place)
        yield


def may_stand_by() -> bool:
    """Whether processes may wait with TensorFlow imported: quick answers for 1.3 GB."""
    return settings.STANDBY.text() != "0"


def ask(
    module: str,
    job: dict[str, Any],
    on_progress: Progress | None = None,
    seconds: float = 600.0,
    on_start: Callable[[subprocess.Popen[bytes]], None] = lambda process: None,
) -> Any:
    """Runs `python -m module` for one job and returns its answer.

    Args:
        module: name of the module; its main calls `answer`.
        job: a JSON object.
        on_progress: called with (done, total) as the child reports.
        seconds: the child is ended when it takes longer.
        on_start: given the child, so that another thread can end it.

    Raises:
        UserError: the child's own refusal, or that it crashed or took too long.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", module],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
        env=environment(),
    )
    timer = threading.Timer(seconds, process.kill)
    timer.start()
    try:
        on_start(process)
        return _converse(process, job, on_progress)
    finally:
        overran = not timer.is_alive()
        timer.cancel()
        process.kill()
        process.wait()
        process.stdout.close()
        if overran:
            raise UserError(
                "That took too long and was stopped.", "Try again with fewer or smaller pictures.", "TIMEOUT"
            )


def _converse(process: subprocess.Popen[bytes], job: dict[str, Any], on_progress: Progress | None) -> Any:
    """Sends the job and reads lines until the answer."""
    with process.stdin as stdin:
        stdin.write(json.dumps(job).encode() + b"\n")
    for line in process.stdout:
        message = json.loads(line)
        if "error" in message:
            raise UserError(**message["error"])
        if "answer" in message:
            return message["answer"]
        if on_progress:
            on_progress(*message["progress"])
    raise UserError(
        "The helper process ended before it was done.",
        "Try again; if it happens twice, the machine may be out of memory.",
        "CRASHED",
    )


def answer(work: Callable[[dict[str, Any], Progress], Any]) -> None:
    """The child's side: reads the job from standard input, does the work, prints progress and the answer.

    Args:
        work: takes the job and a progress function, returns something that JSON can carry.
    """
    # Whatever a library prints must not mix with our lines: they keep the real standard output to themselves.
    lines = os.fdopen(os.dup(1), "w", encoding="utf-8")
    sys.stdout = sys.stderr

    turn = threading.Lock()  # progress may come from several threads, and lines must stay whole

    def say(message: dict[str, Any]) -> None:
        with turn:
            lines.write(json.dumps(message) + "\n")
            lines.flush()

    try:
        with scratch():
            job = json.loads(sys.stdin.readline())
            say({"answer": work(job, lambda done, total: say({"progress": [done, total]}))})
    except UserError as error:
        say({"error": {"what": error.what, "remedy": error.remedy, "code": error.code}})


Frame = tuple[dict[str, Any], bytes]
"""JSON values by name, and bytes."""


def send(out: BinaryIO, header: dict[str, Any], data: bytes = b"") -> None:
    """Writes one frame."""
    out.write(json.dumps(header | {"bytes": len(data)}).encode() + b"\n" + data)
    out.flush()


def receive(source: BinaryIO) -> Frame | None:
    """Reads one frame; None when the pipe ends before it does."""
    line = source.readline()
    if not line.endswith(b"\n"):
        return None
    header = json.loads(line)
    data = source.read(header.get("bytes", 0))
    return (header, data) if len(data) == header.get("bytes", 0) else None


def start(module: str, log: BinaryIO | None = None) -> subprocess.Popen[bytes]:
    """Starts `python -m module` as a process that stays and answers frames; it ends when its standard input does.

    Args:
        module: its name.
        log: where its standard error goes; ours when left out.
    """
    return subprocess.Popen(
        [sys.executable, "-m", module],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=log,
        cwd=ROOT,
        env=environment(),
        start_new_session=True,
    )


def exchange(process: subprocess.Popen[bytes], seconds: float, frame: Frame | None = None) -> Frame:
    """Sends a frame, if there is one, to a process that stays, and reads its next one.

    Args:
        process: from `start`.
        seconds: the process is ended when it takes longer.

    Raises:
        TimeoutError: it took longer.
        EOFError: it ended without an answer.
    """
    turn, overran, is_over = threading.Lock(), threading.Event(), threading.Event()

    def give_up() -> None:
        with turn:
            if not is_over.is_set():  # a process that has answered is needed again
                overran.set()
                process.kill()

    timer = threading.Timer(seconds, give_up)
    timer.start()
    answer = None
    try:
        # A process that dies or is ended while we write breaks the pipe; what happened is said below.
        with contextlib.suppress(OSError):
            if frame is not None:
                send(process.stdin, *frame)
            answer = receive(process.stdout)
    finally:
        with turn:
            is_over.set()
        timer.cancel()
    if overran.is_set():
        raise TimeoutError
    if answer is None:
        raise EOFError
    return answer


def end(process: subprocess.Popen[bytes]) -> None:
    """Ends and reaps a process that stays."""
    process.kill()
    process.wait()
    process.stdout.close()
    # What could not be flushed to a dead process is of no use.
    with contextlib.suppress(OSError):
        process.stdin.close()
