"""The form in which a picture of an upload is kept, and two hands that make it: one decodes while the other packs."""

import io
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

from PIL import Image

from core.intake.images import DecodedImage
from core.intake.plain_jpeg import plain

A, B = TypeVar("A"), TypeVar("B")

HANDS, AHEAD = 2, 6
"""Pictures that are decoded side by side, and files that wait in memory for it."""


def stored_form(data: bytes, picture: DecodedImage) -> tuple[str, bytes]:
    """The ending and the bytes of a file that gives the very pixels of a decoded picture, and tells nothing else.

    Args:
        data: the file as it came.
        picture: what was decoded of it.
    """
    kept = plain(data) if _is_as_it_came(picture) else None
    if kept is not None:
        return "jpg", kept
    file = io.BytesIO()
    # Of all lossless forms that Pillow writes this is the smallest, in half of PNG's time.
    Image.fromarray(picture.pixels).save(file, format="WEBP", lossless=True, quality=0, method=0)
    return "webp", file.getvalue()


def _is_as_it_came(picture: DecodedImage) -> bool:
    """Whether it was neither shrunk nor turned."""
    is_whole = picture.pixels.shape[:2] == (picture.height, picture.width)
    return picture.format == "JPEG" and is_whole and not picture.is_turned


def in_turn(work: Callable[[A], B], items: Iterable[A]) -> Iterator[tuple[A, B]]:
    """Each item with what became of it, in order; a few are at work at once, and no more than that lie in memory.

    Args:
        work: done by several threads.
        items: asked for by the caller's own thread only.
    """
    waiting: deque[tuple[A, Future[B]]] = deque()
    source = iter(items)
    with ThreadPoolExecutor(HANDS, thread_name_prefix="decode") as hands:
        try:
            for item in islice(source, AHEAD):
                waiting.append((item, hands.submit(work, item)))
            while waiting:
                item, told = waiting.popleft()
                yield item, told.result()
                for following in islice(source, 1):
                    waiting.append((following, hands.submit(work, following)))
        finally:
            hands.shutdown(wait=True, cancel_futures=True)
