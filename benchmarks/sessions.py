"""Visitors without a browser: each does what the browser's side of Streamlit does, but draws nothing."""

import asyncio
import random
import time
from collections import Counter
from dataclasses import dataclass, field

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Delta_pb2 import Delta
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

from pages.components.frame import accidents

PROTOCOLS = ("streamlit", "PLACEHOLDER", "PLACEHOLDER")
RUNS_KEPT = 2
"""A browser forgets a large message that this many runs of the script did not send again."""
PATIENCE = 120.0


@dataclass
class Outcome:
    """What visitors met with.

    Args:
        opened: seconds until a page stood for the first time, of each visitor.
        reruns: (page, seconds until it stood again) of every rerun after that.
        elements: that came for each of them.
        errors: what went wrong, in words.
        ticks, tick_bytes: parts of pages that redrew themselves by their page, and the bytes that came for it.
        periods: seconds between such ticks, by page, as the server asked for them.
    """

    opened: list[float] = field(default_factory=list)
    reruns: list[tuple[str, float]] = field(default_factory=list)
    elements: list[int] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    ticks: Counter[str] = field(default_factory=Counter)
    tick_bytes: Counter[str] = field(default_factory=Counter)
    periods: dict[str, list[float]] = field(default_factory=dict)

    @property
    def seconds(self) -> list[float]:
        """Of every rerun."""
        return [seconds for _, seconds in self.reruns]


def quantile(values: list[float], share: float) -> float:
    """The value below which that share of them lies."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


class Visitor:
    """One tab.

    Args:
        address: "127.0.0.1:8501".
        pages: names of the pages that it goes to and fro between; "" is the first.
        seed: of its habits.
        outcome: to which it adds.
    """

    def __init__(self, address: str, pages: tuple[str, ...], seed: int, outcome: Outcome) -> None:
        self.address, self.pages, self.outcome = address, pages, outcome
        self.chance = random.Random(seed)
        self.page = pages[seed % len(pages)]
        self.query, self.hashes, self.cached = "", {}, {}
        self.timers: dict[str, asyncio.Task] = {}
        self.finished = asyncio.Event()
        self.received, self.elements = 0, 0

    async def visit(self, arrives: float, until: float, think: float) -> None:
        """Comes after so many seconds, and looks and thinks until then; a load test counts failures, it goes on."""
        await asyncio.sleep(arrives)
        try:
            options = {"subprotocols": PROTOCOLS, "origin": f"http://{self.address}", "max_size": None}
            async with connect(f"ws://{self.address}/_stcore/stream", **options, compression=None) as socket:
                await self._look(socket, until, think)
        except Exception as error:  # noqa: BLE001
            self.outcome.errors.append(repr(error)[:200])

    async def _look(self, socket: ClientConnection, until: float, think: float) -> None:
        listener = asyncio.create_task(self._listen(socket))
        try:
            self.outcome.opened.append(await self._rerun(socket))
            while time.monotonic() < until:
                await asyncio.sleep(think * (0.5 + self.chance.random()))
                if self.chance.random() < 1 / 3:
                    self.page = self.chance.choice(self.pages)
                self.outcome.reruns.append((self.page, await self._rerun(socket)))
        finally:
            listener.cancel()
            self._forget_timers()

    async def _rerun(self, socket: ClientConnection) -> float:
        """Seconds until the page stands."""
        self.finished.clear()
        began = time.monotonic()
        await self._ask(socket)
        async with asyncio.timeout(PATIENCE):
            await self.finished.wait()
        return time.monotonic() - began

    async def _ask(self, socket: ClientConnection, fragment: str = "") -> None:
        message = BackMsg()
        state = message.rerun_script
        state.query_string, state.page_name = self.query, self.page
        state.page_script_hash = self.hashes.get(self.page, "")
        state.cached_message_hashes.extend(self.cached)
        if fragment:
            state.fragment_id, state.is_auto_rerun = fragment, True
        await socket.send(message.SerializeToString())

    async def _listen(self, socket: ClientConnection) -> None:
        async for data in socket:
            message = ForwardMsg()
            message.ParseFromString(data)
            self._take(socket, message, len(data))

    def _take(self, socket: ClientConnection, message: ForwardMsg, size: int) -> None:
        kind = message.WhichOneof("type")
        if message.metadata.cacheable or kind == "ref_hash":
            self.cached[message.ref_hash or message.hash] = 0
        self.received, self.elements = self.received + size, self.elements + (kind in ("delta", "ref_hash"))
        if kind == "new_session":
            self.received, self.elements = size, 0
            if not message.metadata.run.fragment_ids:  # the whole script runs
                self._forget_timers()
        elif kind == "navigation":
            for page in message.navigation.app_pages:
                self.hashes["" if page.is_default else page.url_pathname] = page.page_script_hash
        elif kind == "page_info_changed":
            self.query = message.page_info_changed.query_string
        elif kind == "auto_rerun":
            self._start_timer(socket, message.auto_rerun.fragment_id, message.auto_rerun.interval)
        elif kind == "stop_auto_rerun":
            for fragment in message.stop_auto_rerun.fragment_ids:
                self._forget_timer(fragment)
        elif kind == "delta":
            self._count_failures(message.delta)
        elif kind == "script_finished":
            self._finish(message.script_finished)

    def _count_failures(self, delta: Delta) -> None:
        """Of a page: as Streamlit shows them, and as our pages do."""
        if delta.new_element.WhichOneof("type") == "exception":
            self.outcome.errors.append(str(delta.new_element.exception)[:200])
        elif f"-{accidents.KEY}-" in delta.add_block.id:
            self.outcome.errors.append(f"{self.page or 'home'} failed: {delta.add_block.id.rsplit('-')[-1]}")

    def _finish(self, status: int) -> None:
        if status == ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY:
            self.outcome.ticks[self.page] += 1
            self.outcome.tick_bytes[self.page] += self.received
        elif status == ForwardMsg.FINISHED_SUCCESSFULLY:
            self.outcome.elements.append(self.elements)
            self.cached = {name: age + 1 for name, age in self.cached.items() if age < RUNS_KEPT}
            self.finished.set()

    def _start_timer(self, socket: ClientConnection, fragment: str, interval: float) -> None:
        self._forget_timer(fragment)
        self.timers[fragment] = asyncio.create_task(self._tick(socket, fragment, interval))
        self.outcome.periods.setdefault(self.page, []).append(interval)

    async def _tick(self, socket: ClientConnection, fragment: str, interval: float) -> None:
        while True:
            await asyncio.sleep(interval)
            await self._ask(socket, fragment)

    def _forget_timer(self, fragment: str) -> None:
        if timer := self.timers.pop(fragment, None):
            timer.cancel()

    def _forget_timers(self) -> None:
        for fragment in list(self.timers):
            self._forget_timer(fragment)


def visit(address: str, pages: tuple[str, ...], count: int, seconds: float, think: float) -> Outcome:
    """Sends visitors, who arrive one after the other in the first quarter of the time.

    Args:
        address: "127.0.0.1:8501".
        pages: names of the pages.
        count: of visitors.
        seconds: how long they stay in all.
        think: seconds from one look to the next, on average.
    """
    outcome = Outcome()

    async def all_of_them() -> None:
        until = time.monotonic() + seconds
        visitors = [Visitor(address, pages, seed, outcome) for seed in range(count)]
        arrivals = [seconds / 4 * number / count for number in range(count)]
        await asyncio.gather(*(one.visit(at, until, think) for one, at in zip(visitors, arrivals, strict=True)))

    asyncio.run(all_of_them())
    return outcome
