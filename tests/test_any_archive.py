"""Any archive at all becomes a dataset, a question or one sentence: names, kinds and contents by chance."""

import io
import random
import struct
import zipfile

import pytest
from PIL import Image

from core.errors import UserError
from core.intake.manifest import Ingested, read_manifest
from core.intake.own_images import ingest_archive, ingest_files
from core.intake.questions import Answer, Question
from tests.pets import picture

_PARTS = """train Train test TESTING val valid dev seg_train x_test pred cat Cat CAT dog ς σ Σ 고양이 é e\u0301 \u202e
    \u200f @eaDir .git __MACOSX Thumbs.db C: .. . a\\b 猫 \U0001f3f4\U000e0067 CON fold1 fold2 images masks"""
PARTS = _PARTS.split()
ENDINGS = [".png"] * 8 + ["", ".jpg", ".PNG", ".heic", ".txt", ".jpg.txt", ".zip", ".0001", ".svg"]


def tiny(colour):
    file = io.BytesIO()
    Image.new("RGB", (3, 2), colour).save(file, "PNG")
    return file.getvalue()


CONTENTS = [*(tiny((n, 2 * n, 3 * n)) for n in range(40)), picture(1), b"", b"text", b"BM", picture(2)[:90]]


def any_name(chance):
    folders = chance.choices(PARTS, k=chance.choice([0, 1, 1, 2, 2, 2, 3, 4]))
    name = "/".join([*folders, f"{chance.randrange(30)}{chance.choice(ENDINGS)}"])
    return name.replace("/", "\\") if chance.random() < 0.1 else name


def any_files(chance):
    """Mostly of a plain layout, with odd names among them."""
    names = [f"{a}/{b}/{n}.png" for a in chance.sample(PARTS, 2) for b in ("cat", "dog") for n in range(2)]
    names += [any_name(chance) for _ in range(chance.randrange(8))]
    return {name: chance.choice(CONTENTS) for name in names}


def any_zip(chance):
    """A ZIP of such files, perhaps in an old code page, perhaps with bytes changed."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", chance.choice([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])) as archive:
        for name, data in any_files(chance).items():
            info = zipfile.ZipInfo("x")
            info.filename, info.compress_type = name, archive.compression
            archive.writestr(info, data)
    data = bytearray(file.getvalue())
    if chance.random() < 0.3:  # nothing says that the names are UTF-8
        for mark, offset in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
            at = data.find(mark)
            while at >= 0:
                (flags,) = struct.unpack_from("<H", data, at + offset)
                struct.pack_into("<H", data, at + offset, flags & ~0x800)
                at = data.find(mark, at + 4)
    for _ in range(chance.choice([0, 0, 0, 1, 5])):
        data[chance.randrange(len(data))] = chance.randrange(256)
    return bytes(data)


def judge(outcome, root):
    """Checks what became of an upload; returns its kind."""
    if isinstance(outcome, Question):
        assert len(outcome.readings) > 1 and "--read" in outcome.refusal().remedy
        return "question"
    assert isinstance(outcome, Ingested)
    assert len(outcome.class_names) > 1 and len(set(outcome.class_names)) == len(outcome.class_names)
    assert all(outcome.counts["train"][name] for name in outcome.class_names)
    assert sum(group.count for group in outcome.left_out()) == len(outcome.skipped)
    assert read_manifest(root, outcome.id).counts() == outcome.counts
    return "dataset"


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("seed", range(4))
def test_any_archive_becomes_a_dataset_a_question_or_a_sentence(seed, tmp_path):
    chance, seen = random.Random(seed), {"dataset": 0, "question": 0, "refusal": 0}
    path, root = tmp_path / "upload.zip", tmp_path / "own"
    for _ in range(150):
        path.write_bytes(any_zip(chance))
        answer = Answer()
        for _ in range(3):
            try:
                outcome = ingest_archive(path, root, "x", answer=answer)
            except UserError as error:
                assert error.what and error.remedy and str(tmp_path) not in str(error)
                seen["refusal"] += 1
                break
            seen[judge(outcome, root)] += 1
            if isinstance(outcome, Question):
                answer = chance.choice(outcome.answers())
            elif outcome.offers:
                answer = chance.choice(outcome.offers).answer
            else:
                break
    assert min(seen.values()) > 10, seen
    assert not list(root.glob(".staging-*"))


def test_any_folder_does_too(tmp_path):
    chance, seen = random.Random(9), {"dataset": 0, "question": 0, "refusal": 0}
    files = [tmp_path / str(n) for n in range(len(CONTENTS))]
    for file, data in zip(files, CONTENTS, strict=True):
        file.write_bytes(data)
    for _ in range(150):
        given = [(name, files[CONTENTS.index(data)]) for name, data in any_files(chance).items()]
        try:
            seen[judge(ingest_files(given, tmp_path / "own", "x"), tmp_path / "own")] += 1
        except UserError as error:
            assert error.what and error.remedy
            seen["refusal"] += 1
    assert min(seen.values()) > 10, seen
