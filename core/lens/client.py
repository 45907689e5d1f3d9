"""The server's side of the lens: starts the process, asks it, and replaces it when it crashes or overruns."""

import contextlib
import subprocess
import threading
from typing import IO, Any

import numpy as np

from core import child
from core.errors import UserError
from core.intake.decoding import decoders
from core.lens import read_result
from core.lens.asked_images import decoded
from core.lens.frames import unpack
from core.lens.progress import Listener
from core.workspace import Workspace, log_file, using

SECONDS = 60.0
"""An answer takes milliseconds, a large network's first some seconds; after this it is given up."""
START_SECONDS = 120.0
"""For importing TensorFlow on a slow machine."""
LOG_LIMIT = 1_000_000
"""Bytes; a longer log is begun anew."""


class LensClient:
    """One lens process, started at the first question or by `warm`, and shared by all pages of a server.

    Args:
        home: the workspace of the runs that are looked at.
    """

    def __init__(self, home: Workspace) -> None:
        self.workspace = home
        self._turn = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._ready = threading.Event()

    def warm(self, delay: float = 0.0, first: dict[str, Any] | None = None) -> None:
        """Starts the process in the background after `delay` seconds, so that the first question finds it ready; what
        decodes uploads starts at once.

        Args:
            delay: seconds.
            first: a question that is asked then, as `ask` takes it, so that what answers it is ready as well.
        """
        if not child.may_stand_by():
            return
        decoders().warm()
        timer = threading.Timer(delay, self._start_quietly, [first])
        timer.daemon = True
        timer.start()

    def is_warm(self) -> bool:
        """Whether a question would be answered at once."""
        return self._ready.is_set() and self._process is not None and self._process.poll() is None

    def ask(
        self,
        question: str,
        uploads: list[tuple[str, bytes]] | None = None,
        seconds: float = SECONDS,
        images: np.ndarray | None = None,
        on_progress: Listener | None = None,
        **fields: Any,
    ) -> dict[str, Any]:
        """Asks one question and waits for the answer.

        Args:
            question: "predict", "feature_maps", "kernels", "augment" ...
            uploads: (name, bytes) of picture files; they are decoded in a process of their own, and the lens process is
                given their pixels.
            seconds: the process is ended when it takes longer, or longer than that since it last told how far it is.
            images: uint8 (N, H, W, C) in place of files, sent as they are.
            on_progress: told how far a long look is, as `core.lens.progress.tell` says it.
            fields: what the question needs: run, options, positions ...

        Returns:
            arrays and JSON values by name; the `result` of a lens as it gave it.

        Raises:
            UserError: the lens' refusal, or that it crashed or took too long; the next question works again.
        """
        # Before it is our turn: who asks about no upload never waits until somebody else's is decoded.
        told, pixels = decoded(uploads or [])
        request = {"question": question, **fields, "uploads": told}
        if images is not None:
            request["shape"], pixels = images.shape, np.ascontiguousarray(images).tobytes()
        with self._turn:
            process = self._running()
            try:
                header, data = _converse(process, seconds, (request, pixels), on_progress)
            except UserError:
                self._end()
                raise
        if "error" in header:
            raise UserError(**header["error"])
        answer = unpack(header, data)
        return answer | {"result": read_result(answer["result"])} if "result" in answer else answer

    def close(self) -> None:
        """Ends the process."""
        with self._turn:
            self._end()

    def interrupt(self) -> None:
        """Ends the process in the middle of its answer; whoever waits for that is refused."""
        if (process := self._process) is not None:
            process.kill()
            process.wait()

    def _start_quietly(self, first: dict[str, Any] | None) -> None:
        """Starts it; whoever asks next will be told if it can't be."""
        with self._turn:
            try:
                self._running()
            except (UserError, OSError):
                self._end()
        if first:
            with contextlib.suppress(UserError, OSError):
                self.ask(**first)

    def _running(self) -> subprocess.Popen[bytes]:
        """The process, ready."""
        if self._process is None or self._process.poll() is not None:
            self._end()
            with using(self.workspace), _log(self.workspace) as log:
                self._process = child.start("core.lens.process", log)
            _converse(self._process, START_SECONDS)
            self._ready.set()
        return self._process

    def _end(self) -> None:
        """Ends and reaps the process, if there is one."""
        self._ready.clear()
        if self._process is not None:
            child.end(self._process)
            self._process = None


def _log(home: Workspace) -> IO[bytes]:
    """The process' log, begun anew when it has grown long."""
    return log_file(home.folder("logs") / "lens.txt", LOG_LIMIT)


def _converse(
    process: subprocess.Popen[bytes],
    seconds: float,
    frame: child.Frame | None = None,
    on_progress: Listener | None = None,
) -> child.Frame:
    """Sends a question, if there is one, and reads frames until one is more than a word on how far it is.

    Raises:
        UserError: the process ended, or took longer than `seconds`.
    """
    try:
        answer = child.exchange(process, seconds, frame)
        while "progress" in answer[0]:
            if on_progress:
                on_progress(*answer[0]["progress"])
            answer = child.exchange(process, seconds)
        return answer
    except TimeoutError as error:
        raise UserError(
            "That took too long and was stopped.", "Try a smaller picture or a smaller network.", "LENS_TIMEOUT"
        ) from error
    except EOFError as error:
        raise _crashed() from error


def _crashed() -> UserError:
    return UserError(
        "The process that looks into networks ended before it answered.",
        "Try again; if it happens twice, the machine may be out of memory.",
        "LENS_CRASHED",
    )
