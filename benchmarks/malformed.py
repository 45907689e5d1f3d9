"""Thousands of malformed files through every gate: each must end in a sentence, soon, and in little memory.

The mutations are seeded, so the same files are tried each time. Each kind has a process of its own; its time and memory
count from a good file on, as libraries are loaded by then.
"""

import base64
import gzip
import io
import json
import random
import resource
import secrets
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks import Row, Setting
from core import child, workspace
from core.errors import UserError
from core.experiment.presets import load_preset, presets
from core.experiment.reading import read_experiment, read_link
from core.intake.images import read_image
from core.intake.own_images import ingest_archive
from core.intake.tars import read_tar
from core.runs import doctor
from core.runs.archive.gate import open_archive
from core.runs.layout import RUNS
from core.workspace import Workspace, current, using

COUNTS = {"image": 2000, "archive": 400, "tar": 400, "run": 200, "experiment": 1000, "link": 400}
SECONDS = {"image": 1.0, "archive": 5.0, "tar": 5.0, "run": 5.0, "experiment": 0.1, "link": 0.1}
"""What one file may take."""
MEGABYTES = 512
GOLDEN_RUN = Path(__file__).parent.parent / "tests/golden/version_1/rich-run.zip"
ODD = (None, True, -1, 0, 1e308, 10**40, "", "x" * 5000, "\ud800", "\x00", [], {}, [[]] * 50, {"kind": "Conv2D"})


def measure(setting: Setting) -> list[Row]:
    """Per kind: how many ended in something else than a sentence, and the slowest and largest beside what they may."""
    rows = []
    for kind, count in COUNTS.items():
        told = _tried(kind, setting.size(count, max(40, count // 100)))
        note = f"{told['refused']} refused, {told['taken']} taken{'; ' + told['faults'][0] if told['faults'] else ''}"
        rows.append(
            Row(f"{kind}s that ended in a fault, of {told['count']:,}", (len(told["faults"]),), at_most=0, note=note)
        )
        slow = told["slowest"] / SECONDS[kind]
        rows.append(Row(f"the slowest {kind}, beside what one may take", (slow,), at_most=1))
        rows.append(Row(f"memory for {kind}s, beside {MEGABYTES} MB", (told["megabytes"] / MEGABYTES,), at_most=1))
    return rows


def _tried(kind: str, count: int) -> dict[str, object]:
    """All of one kind, in a process of its own."""
    told = [sys.executable, "-m", "benchmarks.malformed", kind, str(count)]
    done = subprocess.run(told, capture_output=True, check=True, cwd=child.ROOT, env=child.environment())
    return json.loads(done.stdout.splitlines()[-1])


def _try_all(kind: str, count: int) -> dict[str, object]:
    refused, taken, faults, slowest = 0, 0, [], 0.0
    with tempfile.TemporaryDirectory() as home, using(Workspace(Path(home))):
        gate = GATES[kind](Path(home))
        gate(GOOD[kind]())
        before = _peak()
        for number, data in enumerate(MALFORMED[kind](count)):
            began = time.process_time()
            try:
                gate(data)
                taken += 1
            except UserError as error:
                refused += 1
                if not (error.what and error.code.isupper()):
                    faults.append(f"no. {number}: {error.code} {error.what}")
            except Exception as error:
                faults.append(f"no. {number}: {type(error).__name__} {error}"[:200])
            slowest = max(slowest, time.process_time() - began)
    told = {"count": count, "refused": refused, "taken": taken, "faults": faults, "slowest": slowest}
    return told | {"megabytes": _peak() - before}


def _peak() -> float:
    """The most memory that this process has held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000


# ---- gates


def _image_gate(home: Path) -> Callable[[bytes], object]:
    return lambda data: read_image(data, "image.png", 512)


def _archive_gate(home: Path) -> Callable[[bytes], object]:
    def gate(data: bytes) -> object:
        path = home / "upload.zip"
        path.write_bytes(data)
        return ingest_archive(path, home / "images", "Upload")

    return gate


def _tar_gate(home: Path) -> Callable[[bytes], object]:
    def gate(data: bytes) -> object:
        path = home / "upload.tgz"
        path.write_bytes(data)
        return [item.name for item in read_tar(path)]

    return gate


def _run_gate(home: Path) -> Callable[[bytes], object]:
    def gate(data: bytes) -> object:
        path = home / "run.zip"
        path.write_bytes(data)
        place = home / secrets.token_hex(4)
        place.mkdir()
        opened = open_archive(path, place, lambda done, total: None)
        found = doctor.examine(current())  # what the gate takes, the doctor must call whole
        workspace.discard(home / RUNS / opened.run)
        if found:
            raise ValueError(f"the doctor says: {found[0].what}")
        return opened

    return gate


GATES = {
    "image": _image_gate,
    "archive": _archive_gate,
    "tar": _tar_gate,
    "run": _run_gate,
    "experiment": lambda home: read_experiment,
    "link": lambda home: lambda data: read_link(data.decode("latin-1")),
}


GOOD = {
    "image": lambda: _saved("RGB", "PNG", random.Random(0)),
    "archive": lambda: _zipped({name: _saved("L", "PNG", random.Random(name)) for name in _PETS}, random.Random(0)),
    "tar": lambda: _tarred({name: _saved("L", "PNG", random.Random(name)) for name in _PETS}, random.Random(0)),
    "run": GOLDEN_RUN.read_bytes,
    "experiment": lambda: load_preset("digits-cnn").to_json().encode(),
    "link": lambda: load_preset("digits-cnn").to_link().encode(),
}


# ---- malformed files


def images(count: int) -> Iterator[bytes]:
    """Real files of every format, with bytes flipped, cut, doubled or taken from another one."""
    rng = random.Random(1)
    good = [_saved(mode, kind, rng) for kind, modes in _MODES.items() for mode in modes]
    for _ in range(count):
        yield _mutated(rng.choice(good), good, rng)


_MODES = {
    "PNG": ("1", "L", "LA", "P", "RGB", "RGBA", "I;16"),
    "JPEG": ("L", "RGB", "CMYK"),
    "WEBP": ("RGB", "RGBA"),
    "BMP": ("1", "L", "RGB"),
    "GIF": ("P", "L"),
}


def _saved(mode: str, kind: str, rng: random.Random) -> bytes:
    pixels = np.frombuffer(rng.randbytes(48 * 40 * 3), np.uint8).reshape(48, 40, 3)
    image = Image.fromarray(pixels)
    image = image.convert("I").convert("I;16") if mode == "I;16" else image.convert(mode)
    file = io.BytesIO()
    more = {"progressive": True} if kind == "JPEG" and mode == "RGB" else {}
    more |= {"save_all": True, "append_images": [image.rotate(90)]} if kind == "GIF" else {}
    image.save(file, kind, **more)
    return file.getvalue()


def _mutated(data: bytes, others: list[bytes], rng: random.Random) -> bytes:
    made = bytearray(data)
    way = rng.randrange(5)
    if way == 0:
        return bytes(made[: rng.randrange(len(made))])
    if way == 1:
        start, other = rng.randrange(len(made)), rng.choice(others)
        return bytes(made[:start] + other[rng.randrange(len(other)) :])
    if way == 2:
        start = rng.randrange(len(made))
        return bytes(made[:start] + made[start : start + rng.randrange(64)] * rng.randrange(2, 30) + made[start:])
    # The first bytes are the header, where most harm is done.
    for _ in range(rng.randrange(1, 64)):
        place = rng.randrange(min(64, len(made)) if way == 3 else len(made))
        made[place] = rng.choice((0, 1, 0x7F, 0x80, 0xFF, rng.randrange(256)))
    return bytes(made)


def archives(count: int) -> Iterator[bytes]:
    """ZIPs of class folders with mutated bytes, and with names that nobody expects."""
    rng = random.Random(2)
    marks = ["a", "/", "\\", "..", ".", ":", "\x00", "\u202e", "가", "\U0001f600", " ", "cat", "train", "~", "é", "\n"]
    pictures = [_saved(mode, "PNG", rng) for mode in ("L", "RGB", "P")]
    good = []
    for _ in range(20):
        names = ["".join(rng.choices(marks, k=rng.randrange(1, 9))) + ".png" for _ in range(rng.randrange(6))]
        good.append(_zipped({name: rng.choice(pictures) for name in [*names, *_PETS]}, rng))
    for number in range(count):
        yield good[number] if number < len(good) else _mutated(rng.choice(good), good, rng)


_PETS = [f"{name}/{i}.png" for name in ("cat", "dog") for i in range(3)]


def _zipped(entries: dict[str, bytes], rng: random.Random) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", rng.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))) as archive:
        for name, data in entries.items():
            archive.writestr(zipfile.ZipInfo(name), data)
    return file.getvalue()


def tars(count: int) -> Iterator[bytes]:
    """TARs in their three forms with mutated bytes, before or after they are packed."""
    rng = random.Random(6)
    picture = _saved("RGB", "PNG", rng)
    good = [_tarred(dict.fromkeys(_PETS, picture), rng) for _ in range(9)]
    for number in range(count):
        if number % 2:
            yield _mutated(rng.choice(good), good, rng)
        else:
            plain = gzip.decompress(rng.choice(good))
            yield gzip.compress(_mutated(plain, [plain], rng), 1)


def _tarred(entries: dict[str, bytes], rng: random.Random) -> bytes:
    file = io.BytesIO()
    form = rng.choice((tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT))
    with tarfile.open(fileobj=file, mode="w:gz", format=form, compresslevel=1) as archive:
        for name, data in entries.items():
            header = tarfile.TarInfo(rng.choice((name, f"{'long' * 30}/{name}")))
            header.size = len(data)
            archive.addfile(header, io.BytesIO(data))
    return file.getvalue()


def runs(count: int) -> Iterator[bytes]:
    """A run's archive with one part mutated: its bytes, or one value of its JSON, its checksum made right again."""
    rng = random.Random(3)
    with zipfile.ZipFile(GOLDEN_RUN) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    whole = _zipped(parts, rng)
    for number in range(count):
        if number % 4 == 0:
            yield _mutated(whole, [whole], rng)
            continue
        name = rng.choice([name for name in parts if name.endswith((".json", ".jsonl"))])
        yield _zipped(parts | {name: _changed_lines(parts[name], name, rng)}, rng)


def _changed_lines(data: bytes, name: str, rng: random.Random) -> bytes:
    if name.endswith(".json"):
        return json.dumps(_changed(json.loads(data), rng)).encode()
    lines = data.splitlines(keepends=True)
    place = rng.randrange(len(lines))
    text = json.dumps(_changed(json.loads(lines[place].rpartition(b"\t")[0]), rng)).encode()
    lines[place] = text + b"\t%08x\n" % zlib.crc32(text)
    return b"".join(lines)


def _changed(value: object, rng: random.Random) -> object:
    """The same JSON with one value somewhere replaced, removed or doubled."""
    if isinstance(value, dict) and value and rng.random() < 0.8:
        name = rng.choice(list(value))
        if rng.random() < 0.1:
            return {key: one for key, one in value.items() if key != name}
        return value | {name: _changed(value[name], rng)}
    if isinstance(value, list) and value and rng.random() < 0.7:
        place = rng.randrange(len(value))
        return [*value[:place], _changed(value[place], rng), *value[place + rng.choice((0, 1, 1, 1)) :]]
    return rng.choice(ODD)


def experiments(count: int) -> Iterator[bytes]:
    """Experiments with a value changed, bytes mutated, or what a parser chokes on."""
    rng = random.Random(4)
    good = [load_preset(name).to_json() for name in presets()]
    tricks = [
        "[" * 100_000,
        '"' * 60_000,
        '{"a":' * 5000,
        "9" * 100_000,
        "1e999",
        "NaN",
        '{"layers": ' + "[[]," * 9999,
        "\ufeff{}",
    ]
    for number in range(count):
        text = tricks[number] if number < len(tricks) else rng.choice(good)
        if number % 2:
            yield json.dumps(_changed(json.loads(rng.choice(good)), rng)).encode()
        else:
            yield text.encode() if number < len(tricks) else _mutated(text.encode(), [text.encode()], rng)


def links(count: int) -> Iterator[bytes]:
    """Links with characters changed, and packed texts that unpack to much or to nonsense."""
    rng = random.Random(5)
    good = [load_preset(name).to_link().encode() for name in presets()]
    tricks = [zlib.compress(text) for text in (b'"' * 1_000_000, b"[" * 1_000_000, b"\x00" * 10_000_000, b"{}", b"")]
    for number in range(count):
        if number < len(tricks):
            yield base64.urlsafe_b64encode(tricks[number])
        else:
            yield _mutated(rng.choice(good), good, rng)


MALFORMED = {"image": images, "archive": archives, "tar": tars, "run": runs, "experiment": experiments, "link": links}


if __name__ == "__main__":
    print(json.dumps(_try_all(sys.argv[1], int(sys.argv[2]))))
