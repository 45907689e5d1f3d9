"""How much memory uploads may take: one tab its share, all together theirs, counted as the bytes come in."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from typing import Protocol

from core.serving.asgi import App, Message, Receive, Scope, Send, header, refuse

_UPLOAD = "/_stcore/upload_file/"


class Holder(Protocol):
    """What keeps uploaded files in memory."""

    def sizes(self) -> Mapping[str, Mapping[str, int]]:
        """Bytes of each file, by its session and its own id."""

    def closed(self) -> set[str]:
        """Sessions whose tab is not there; it may come back."""

    def release(self, sessions: set[str]) -> None:
        """Lets go of the files of some sessions."""


class _TooMuch(Exception):
    """A body has outgrown what is free."""


class _Answer:
    """Passes an answer on, unless another one takes its place, and remembers whether it is a good one."""

    def __init__(self, send: Send) -> None:
        self._send, self.is_heard, self.is_good = send, True, False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.is_good = message["status"] < 300
        if self.is_heard:
            await self._send(message)


class UploadMemory:
    """Refuses uploads that would take more memory than is theirs.

    Args:
        app: what holds the files.
        holder: where it holds them.
        of_session: bytes that the files of one session may take together.
        in_all: bytes that those of all sessions may take together.
        setting: what to set so that more fits, said to those who are refused.
        patience: seconds for which the files of a closed tab are kept, should it come back.
    """

    def __init__(
        self, app: App, holder: Holder, of_session: int, in_all: int, setting: str, patience: float = 120.0
    ) -> None:
        self._app, self._holder, self._setting, self._patience = app, holder, setting, patience
        self._of_session, self._in_all = of_session, in_all
        self._kept: dict[str, dict[str, int]] = {}
        self._sums: Counter[str] = Counter()
        self._coming: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await self._watch(scope, receive, send)
            return
        found = _of_file(scope["path"]) if scope["type"] == "http" else ()
        if not found or scope["method"] not in ("PUT", "DELETE"):
            await self._app(scope, receive, send)
        elif scope["method"] == "PUT":
            await self._take(*found, scope, receive, send)
        else:
            await self._let_go(*found, scope, receive, send)

    async def _watch(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Sees a tab close, and lets go of its files unless it comes back in time."""
        try:
            await self._app(scope, receive, send)
        finally:
            gone = self._holder.closed()
            release = asyncio.get_running_loop().call_later
            release(self._patience, lambda: self._holder.release(gone & self._holder.closed()))

    async def _take(self, session: str, file: str, scope: Scope, receive: Receive, send: Send) -> None:
        """Lets one file in, as long as there is room."""
        if session not in self._kept:
            self._count_anew()
        size, ended, refused, answer = 0, False, "", _Answer(send)

        async def counted() -> Message:
            nonlocal size, ended, refused
            message = await receive()
            ended = not message.get("more_body", False)
            arrived = len(message.get("body", b""))
            size += arrived
            self._coming[session] += arrived
            if refused := self._refusal(session):
                answer.is_heard = False
                raise _TooMuch
            return message

        try:
            if refused := self._refusal(session, _declared(scope)):
                raise _TooMuch
            await self._app(scope, counted, answer)
        except _TooMuch:
            await _hear_out(receive, ended, self._in_all)
            await refuse(send, 413, refused)
        finally:
            self._coming[session] -= size
            self._coming += Counter()  # drops what is nought
            if answer.is_heard and answer.is_good:
                self._note(session, file, size)

    async def _let_go(self, session: str, file: str, scope: Scope, receive: Receive, send: Send) -> None:
        """Lets one file go."""
        answer = _Answer(send)
        await self._app(scope, receive, answer)
        if answer.is_good:
            self._note(session, file, 0)

    def _note(self, session: str, file: str, size: int) -> None:
        files = self._kept.setdefault(session, {})
        self._sums[session] += size - files.pop(file, 0)
        if size:
            files[file] = size

    def _refusal(self, session: str, more: int = 0) -> str:
        """Why there is no room for what is coming and `more` bytes; empty when there is."""
        if not self._over(session, more):
            return ""
        # Sessions end, and files are let go of, without a word to us; and who sends comes before who has left.
        self._holder.release(self._holder.closed())
        self._count_anew()
        return self._over(session, more)

    def _over(self, session: str, more: int) -> str:
        mine = self._sums[session] + self._coming[session] + more
        if mine > self._of_session:
            return (
                f"One tab can hold {self._of_session // 1_000_000} MB of uploads at a time. "
                "Take out a file that is there already, or load the page again, and send this one then."
            )
        if self._sums.total() + self._coming.total() + more > self._in_all:
            return (
                f"The server holds as many uploads as it may ({self._in_all // 1_000_000} MB in all). Try again in a "
                f"few minutes; whoever runs it can allow more by {self._setting}."
            )
        return ""

    def _count_anew(self) -> None:
        self._kept = {session: dict(files) for session, files in self._holder.sizes().items()}
        self._sums = Counter({session: sum(files.values()) for session, files in self._kept.items()})


def _declared(scope: Scope) -> int:
    """The size that a sender announces: enough to refuse it, too little to believe it."""
    told = next(iter(header(scope, b"content-length")), "")
    return int(told) if told.isascii() and told.isdigit() and len(told) < 16 else 0


async def _hear_out(receive: Receive, ended: bool, most: int) -> None:
    """Reads the rest of a body and keeps nothing: most browsers hear no answer while they send."""
    while not ended and most > 0:
        message = await receive()
        ended = message["type"] == "http.disconnect" or not message.get("more_body", False)
        most -= len(message.get("body", b""))


def _of_file(path: str) -> tuple[str, ...]:
    """Session and id of the file that an address is of; empty for other addresses."""
    _, found, named = path.rpartition(_UPLOAD)
    parts = tuple(named.split("/")) if found else ()
    return parts if len(parts) == 2 and all(parts) else ()
