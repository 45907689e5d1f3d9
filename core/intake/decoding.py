"""Decoding apart: nobody else decodes what comes from outside; three small processes do, each within 2 s and 300 MiB.

A picture that overruns costs its own answer: its process is ended and another takes its place. What was refused is
remembered by its content for a while, so that the same bytes do not cost the same seconds again.
"""

import atexit
import contextlib
import hashlib
import queue
import subprocess
import threading
import time
from collections import OrderedDict
from functools import cache

import numpy as np

from core import child
from core.errors import UserError
from core.intake.images import DecodedImage, check_file, read_image, shown
from core.intake.pixels import LONGEST
from core.intake.structure import is_quick

MODULE = "core.intake.decoder"
SECONDS = 2.0
"""For one picture; a photo of 48 megapixels takes about 0.2 s."""
START_SECONDS = 60.0
"""For importing NumPy and Pillow on a machine that is busy; usually 0.2 s."""
COUNT = 2
"""Processes at most for pictures that may be slow; the second starts when the first is at work. Quick ones have one."""
REFUSALS, PICTURES = 1000, 16
"""Remembered: a refusal takes some hundred bytes, a picture of 512 x 512 takes 0.8 MB."""
FORGET_SECONDS = 600.0
"""A picture that took too long on a busy machine gets another chance after that."""


class Decoder:
    """One process that decodes; it starts at the first picture, or by `warm`.

    Args:
        seconds: it is ended when a picture takes longer.
        module: what runs in it.
    """

    def __init__(self, seconds: float = SECONDS, module: str = MODULE) -> None:
        self._seconds, self._module = seconds, module
        self._process: subprocess.Popen[bytes] | None = None

    def is_warm(self) -> bool:
        """Whether the process is there."""
        return self._process is not None and self._process.poll() is None

    def warm(self) -> subprocess.Popen[bytes]:
        """The process, ready.

        Raises:
            OSError, TimeoutError, EOFError: it does not start.
        """
        if not self.is_warm():
            self.close()
            self._process = child.start(self._module)
            child.exchange(self._process, START_SECONDS)
        return self._process

    def decode(self, data: bytes, longest: int) -> DecodedImage:
        """Decodes one picture.

        Raises:
            UserError: why there is none; `what` begins after the name of the picture.
        """
        try:
            process = self.warm()
        except (OSError, TimeoutError, EOFError) as error:
            self.close()
            raise _no_decoder() from error
        try:
            header, pixels = child.exchange(process, self._seconds, ({"longest": longest}, data))
        except TimeoutError as error:
            self.close()
            raise _too_slow(self._seconds) from error
        except EOFError as error:
            self.close()
            raise _ended() from error
        if "error" in header:
            raise UserError(**header["error"])
        return DecodedImage(np.frombuffer(pixels, np.uint8).reshape(header["shape"]), **header["image"])

    def close(self) -> None:
        """Ends the process, if there is one."""
        if self._process is not None:
            child.end(self._process)
            self._process = None


class Decoders:
    """All of them, and what they found.

    Args:
        count: of processes at most, beside the one for pictures that are surely quick.
        seconds: for one picture.
    """

    def __init__(self, count: int = COUNT, seconds: float = SECONDS) -> None:
        self._all = [Decoder(seconds) for _ in range(count)]
        # Slow pictures of several tabs hold all that they may have; what is surely quick waits for none of them.
        self._quick, self._free = _put([Decoder(seconds)]), _put(self._all)
        self._all += self._quick.queue
        self._turn = threading.Lock()
        self._refusals: OrderedDict[bytes, tuple[float, UserError]] = OrderedDict()
        self._pictures: OrderedDict[bytes, DecodedImage] = OrderedDict()

    def decode(self, data: bytes, name: str = "The picture", longest: int = LONGEST) -> DecodedImage:
        """`read_image` apart from everything else.

        Args:
            data: the whole file.
            name: what to call it in a refusal.
            longest: px that the longer side of the result has at most.

        Raises:
            UserError: a refusal of `read_image`, or it took too long, or it ended its process.
        """
        check_file(data, name)
        key = hashlib.sha256(data).digest() + str(longest).encode()
        try:
            known = self._known(key)
            return known if known is not None else self._decode(key, data, longest)
        except UserError as error:
            raise UserError(f"{shown(name)}{error.what}", error.remedy, error.code) from error

    def warm(self) -> None:
        """Starts one of each kind in the background, so that the first picture finds it ready."""
        for free in (self._quick, self._free):
            self._warm(free)

    def close(self) -> None:
        """Ends all processes; pictures that are at work are refused."""
        for decoder in self._all:
            decoder.close()

    def _known(self, key: bytes) -> DecodedImage | None:
        with self._turn:
            if key in self._refusals:
                when, error = self._refusals[key]
                if time.monotonic() - when < FORGET_SECONDS:
                    raise error
                del self._refusals[key]
            return self._pictures.get(key)

    def _decode(self, key: bytes, data: bytes, longest: int) -> DecodedImage:
        free, decoder = self._next(data)
        try:
            image = decoder.decode(data, longest)
        except UserError as error:
            if error.code not in PASSING:
                with self._turn:
                    self._refusals[key] = time.monotonic(), error
                    _let_go(self._refusals, REFUSALS)
            raise
        finally:
            free.put(decoder)
            if not decoder.is_warm():
                self._warm(free)
        with self._turn:
            self._pictures[key] = image
            _let_go(self._pictures, PICTURES)
        return image

    def _next(self, data: bytes) -> tuple["queue.LifoQueue[Decoder]", Decoder]:
        """The decoder for a picture, and where it goes back to."""
        if not is_quick(data):
            return self._free, self._free.get()
        for free in (self._quick, self._free):
            with contextlib.suppress(queue.Empty):
                return free, free.get_nowait()
        return self._quick, self._quick.get()

    def _warm(self, free: "queue.LifoQueue[Decoder]") -> None:
        if child.may_stand_by():
            threading.Thread(target=self._warm_one, args=(free,), daemon=True).start()

    def _warm_one(self, free: "queue.LifoQueue[Decoder]") -> None:
        decoder = free.get()
        try:
            decoder.warm()
        except (OSError, TimeoutError, EOFError):
            decoder.close()  # whoever brings a picture next will be told
        finally:
            free.put(decoder)


@cache
def decoders() -> Decoders:
    """Those of this process; they end with it."""
    found = Decoders()
    atexit.register(found.close)
    return found


def decode_apart(data: bytes, name: str = "The picture", longest: int = LONGEST) -> DecodedImage:
    """`Decoders.decode` by those of this process.

    Raises:
        UserError: as `Decoders.decode`.
    """
    return decoders().decode(data, name, longest)


def decode_member(data: bytes, name: str) -> DecodedImage:
    """A picture out of an upload, in the form in which pictures are stored.

    Most are small, and decoding apart would double the time of an upload; what may be slow goes there.

    Raises:
        UserError: as `read_image`, or as `Decoders.decode`.
    """
    decode = read_image if is_quick(data) else decode_apart
    return decode(data, name.rpartition("/")[2], LONGEST)


NO_DECODER = "IMG_NO_DECODER"
CRASHED = "IMG_CRASHED"
PASSING = frozenset({NO_DECODER, CRASHED})
"""Refusals that say nothing about the picture: a process may have been ended from outside, or be out of memory."""


def _put(decoders: list[Decoder]) -> "queue.LifoQueue[Decoder]":
    """Decoders that are free; the last one that was given back goes first, as it is warm."""
    free: queue.LifoQueue[Decoder] = queue.LifoQueue()
    for decoder in decoders:
        free.put(decoder)
    return free


def _let_go(remembered: OrderedDict, count: int) -> None:
    """Forgets the oldest ones."""
    while len(remembered) > count:
        remembered.popitem(last=False)


def _too_slow(seconds: float) -> UserError:
    what = f" took longer than {seconds:g} s to decode and was stopped."
    return UserError(what, "Open it in a picture viewer and save it again, smaller.", "IMG_TOO_SLOW")


def _ended() -> UserError:
    what = " ended the process that decodes pictures."
    return UserError(what, "Open it in a picture viewer and save it again.", CRASHED)


def _no_decoder() -> UserError:
    what = " can't be decoded: the process for it does not start."
    return UserError(what, "Try again; if it stays, the machine may be out of memory.", NO_DECODER)
