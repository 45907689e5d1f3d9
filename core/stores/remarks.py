"""What a measurement of the stores says in sentences: only causes that were measured with it."""

import math

from core.datasets.split import SPLITS
from core.holdings import size_words
from core.stores import lmdb_store, stores
from core.stores.hdf5 import CHUNK
from core.stores.measuring import DRAWN, Measured, Measurement
from core.words import compact, number, percent

REASONS = (
    "Thousands of small files are slow to open and to copy.",
    "One file is read in sequence, or in pieces, without opening each image.",
    "The labels travel with the images.",
)
"""The notes' three reasons to leave class folders."""
PNG_FRAME = 57
"""Bytes of a PNG file that are no pixels: its signature, and head, data and end with their lengths and check sums."""
LITTLE = 1.1
"""Ratios below this are no difference worth a sentence."""


def on_size(measured: Measurement) -> list[str]:
    """Which store takes least and most room, and why, where that can be seen in the figures."""
    found = {one.word: one for one in measured.stores}
    raw = measured.count * math.prod(measured.shape)
    least, most = (pick(measured.stores, key=lambda one: one.on_disk) for pick in (min, max))
    sentences = [
        f"Least room: {_called(least)}, {size_words(least.on_disk)}. Most: {_called(most)}, "
        f"{size_words(most.on_disk)}. The pixels alone are {size_words(raw)}."
    ]
    if folders := found.get("folders"):
        sentences += _on_blocks(folders) + _on_png(folders, raw, measured.count)
    if lmdb := found.get("lmdb"):
        sentences += _on_pages(lmdb, measured, raw)
    if (packed := found.get("hdf5-gzip")) and (plain := found.get("hdf5")) and packed.content:
        ratio = plain.content / packed.content
        sentences += [f"gzip makes the HDF5 file {compact(ratio)} times smaller."] if ratio > LITTLE else []
    return sentences


def _on_blocks(folders: Measured) -> list[str]:
    if folders.on_disk < 1.25 * folders.content:
        return []
    return [
        f"The {number(folders.files)} files of the class folders hold {size_words(folders.content)} and take "
        f"{size_words(folders.on_disk)}: the disk gives each file whole blocks."
    ]


def _on_png(folders: Measured, raw: int, count: int) -> list[str]:
    if folders.content * LITTLE < raw:
        return [f"PNG packs without loss: its files hold {percent(folders.content / raw)} of the bytes of the pixels."]
    excess = folders.content - raw
    if excess > 0.1 * raw and PNG_FRAME * count > 0.5 * excess:
        return [
            f"So small an image does not gain by PNG: a file has {PNG_FRAME} bytes that are no pixels, and one of "
            f"these images has {number(raw // count)} bytes of pixels."
        ]
    return []


def _on_pages(lmdb: Measured, measured: Measurement, raw: int) -> list[str]:
    pages = lmdb_store.pages(measured.shape)
    taken = pages * lmdb_store.PAGE
    if not pages:
        return [f"In LMDB several of these images share a page of {number(lmdb_store.PAGE)} bytes."]
    told = taken * measured.count  # what that rule gives; only where it is what was found is it the cause
    if told < LITTLE * raw or not told <= lmdb.content < 1.1 * told + 100_000:
        return []
    return [
        f"LMDB gives an image that does not fit half a page whole pages of {number(lmdb_store.PAGE)} bytes: these "
        f"take {number(taken)} bytes for {number(raw // measured.count)} bytes of pixels."
    ]


def on_speed(measured: Measurement) -> list[str]:
    """Which store is read fastest, in order and at random, and where the time of the others goes."""
    found = {one.word: one for one in measured.stores}
    sentences = []
    for words, rate in (("In order", "in_order"), ("At random", "at_random")):
        best = max(measured.stores, key=lambda one: getattr(one, rate))
        told = f"{words}, {_called(best)} is read fastest: {compact(getattr(best, rate))} images/s"
        folders = found.get("folders")
        ratio = getattr(best, rate) / getattr(folders, rate) if folders else 1.0
        sentences.append(f"{told}, {compact(ratio)} times as fast as class folders." if ratio > LITTLE else f"{told}.")
    if folders := found.get("folders"):
        sentences += _on_files(folders, measured.count)
    if hdf5 := found.get("hdf5"):
        sentences += _on_chunks(hdf5, measured)
    if records := found.get("tfrecord"):
        sentences += _on_searching(records, measured)
    return sentences


def _on_files(folders: Measured, count: int) -> list[str]:
    """How the time for one image from class folders divides: two parts measured, and what is left."""
    whole, files, listed = 1 / folders.in_order, folders.file_seconds, folders.opening / count
    if not 0 < files < whole - listed:
        return []
    return [
        f"Of the {_time_words(whole)} that an image takes from class folders, {_time_words(files)} go into opening and "
        f"reading its file, {_time_words(listed)} into listing the folders, {_time_words(whole - files - listed)} into "
        "unpacking the PNG with Pillow."
    ]


def _on_chunks(hdf5: Measured, measured: Measurement) -> list[str]:
    held, ratio = CHUNK // math.prod(measured.shape), hdf5.in_order / hdf5.at_random
    if held < 2 or ratio < 1.5:
        return []
    return [
        f"HDF5 is read in chunks, here of up to {number(min(held, measured.count))} images. In order, one question "
        f"brings a whole chunk; at random, each image is a question of its own, which is {compact(ratio)} times slower."
    ]


def _on_searching(records: Measured, measured: Measurement) -> list[str]:
    drawn = min(DRAWN, measured.count)
    share = records.opening * records.at_random / drawn
    if share < 0.2:
        return []
    return [
        f"TFRecord has no table of contents: {percent(min(1.0, share))} of the time for {number(drawn)} images at "
        f"random went into finding where the {number(measured.count)} records begin."
    ]


def on_sameness(measured: Measurement) -> str:
    """Whether everything came back as it was."""
    wrong = [_called(one) for one in measured.stores if not one.is_identical]
    if wrong:
        return f"Not the same back: {', '.join(wrong)}. Please report this."
    return (
        f"Bit-identical back: yes, all {len(measured.stores)}. Every pixel, label and class name of the "
        f"{number(measured.count)} images was compared, and what each is for ({', '.join(SPLITS)})."
    )


def _called(one: Measured) -> str:
    return stores()[one.word].called() if one.word in stores() else one.word


def _time_words(seconds: float) -> str:
    return f"{compact(seconds * 1e6)} µs" if seconds < 1e-3 else f"{compact(seconds * 1e3)} ms"
