"""What is written at the end of an epoch, while the next one is computed already: a disk takes its time to be sure."""

import contextlib
import contextvars
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType


class Behind:
    """One job at a time, in a thread of its own; whoever needs what it does waits for it.

    At the end of the block the job is over, too.
    """

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, "writing")
        self._job: Future | None = None

    def __enter__(self) -> "Behind":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with (
            contextlib.suppress(Exception) if error else contextlib.nullcontext()
        ):  # the first error is the one to tell
            self.wait()
        self._pool.shutdown()

    def begin(self, job: Callable[[], object]) -> None:
        """Begins a job, in this workspace.

        Raises:
            Exception: what the job before it raised.
        """
        self.wait()
        self._job = self._pool.submit(contextvars.copy_context().run, job)

    def wait(self) -> None:
        """Waits until the job is done.

        Raises:
            Exception: what it raised; told once.
        """
        job, self._job = self._job, None
        if job is not None:
            job.result()
