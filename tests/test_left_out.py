"""What is left out of an upload: counted, by kind, with a reason and what to do; no file is judged by a long name."""

import unicodedata
import zipfile

import pytest

from core.command import data as data_command
from core.errors import UserError
from core.intake import decoding
from core.intake.classes import Classes
from core.intake.images import read_image
from core.intake.left_out import Skipped, grouped, junk_kind, kind_of, suffix, why_left_out
from core.intake.own_images import ingest_archive, ingest_files
from core.words import THIN_SPACE
from tests.pets import PETS, picture, refusal


@pytest.fixture
def ingest(tmp_path):
    """Makes a dataset of {name: bytes}, by way of a ZIP."""

    def make(entries):
        path = tmp_path / "upload.zip"
        with zipfile.ZipFile(path, "w") as file:
            for name, data in entries.items():
                file.writestr(name, data)
        return ingest_archive(path, tmp_path / "own", "Pets")

    return make


def words(skipped):
    return [group.words for group in grouped(skipped)]


def of_kind(name, count):
    kind = kind_of(name)
    return [Skipped(f"cat/{n}{name}", why_left_out(kind), kind) for n in range(count)]


@pytest.mark.parametrize(
    ("name", "count", "said"),
    [
        ("a.HEIC", 6, "6 .heic files can't be read: save them as JPEG"),
        ("a.heif", 1, "1 .heif file can't be read: save it as JPEG"),
        ("a.tif", 2, "2 .tif files can't be read: save them as JPEG"),
        ("a.AVIF", 2, "2 .avif files can't be read: save them as JPEG"),
        ("a.raw", 2, "2 .raw files can't be read: save them as JPEG"),
        ("a.svg", 2, "2 .svg files can't be read: save them as PNG"),
        ("a.mp4", 2, "2 .mp4 files can't be read: take single pictures out of them"),
        ("a.zip", 2, "2 .zip files can't be read: unpack them first"),
        ("a.txt", 2, "2 .txt files can't be read: use PNG, JPEG, WebP, BMP or GIF"),
        ("a.jpg.txt", 2, "2 .jpg.txt files can't be read: if they are pictures, take .txt off the name"),
        ("a.JPG_original", 2, "2 .jpg_original files can't be read: use PNG, JPEG, WebP, BMP or GIF"),
    ],
)
def test_each_kind_is_named_with_its_number_and_what_to_do(name, count, said):
    assert words(of_kind(name, count)) == [said]


def test_groups_come_with_the_largest_first_and_odd_kinds_have_words():
    skipped = [*of_kind("a.txt", 2), *of_kind("a.heic", 3), Skipped("x", "y", "damaged"), Skipped("old", "as it was")]
    assert words(skipped)[:2] == [
        "3 .heic files can't be read: save them as JPEG",
        "2 .txt files can't be read: use PNG, JPEG, WebP, BMP or GIF",
    ]
    assert set(words(skipped)[2:]) == {"1 file damaged or cut off", "1 file left out"}
    assert words([Skipped("x", "y", "not an image")]) == ["1 file that holds no picture, whatever its name says"]
    assert words([Skipped("x", "y", "no suffix")]) == ["1 file without a suffix that holds no picture"]


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("IMG_TOO_SLOW", "2 files too costly to decode"),
        ("IMG_TOO_MANY_SCANS", "2 files too costly to decode"),
        ("IMG_METADATA_TOO_LARGE", "2 files too costly to decode"),
        ("IMG_CRASHED", "2 files that could not be decoded here"),
        ("IMG_NO_DECODER", "2 files that could not be decoded here"),
        ("IMG_TOO_MANY_PIXELS", "2 files over a limit of size"),
    ],
)
def test_what_a_picture_cost_and_a_fault_of_ours_are_not_told_as_its_size(ingest, monkeypatch, code, said):
    def refuse(data, name, longest):
        if data in broken:
            raise UserError(name, "", code)
        return read_image(data, name, longest)

    broken = [picture(70), picture(71)]
    monkeypatch.setattr(decoding, "read_image", refuse)
    result = ingest(PETS | {"cat/x.png": broken[0], "cat/y.png": broken[1]})
    assert words(result.skipped) == [said]


@pytest.mark.parametrize("top", [".hiddenset", "RECYCLER", "@tmp"])
def test_the_folder_that_holds_everything_was_chosen_and_is_no_junk(ingest, tmp_path, top):
    entries = {f"{top}/{name}": data for name, data in PETS.items()} | {f"{top}/cat/.DS_Store": b"x"}
    result = ingest(entries)
    assert (result.class_names, result.skipped) == (("cat", "dog"), ())
    for name, data in entries.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    given = {name: file.read() for name, file in data_command._files(tmp_path / top, [])}
    assert given == entries | {f"{top}/cat/.DS_Store": b""}


def test_an_upload_of_junk_alone_is_told_so(ingest):
    error = refusal(lambda: ingest({"@eaDir/1.png": picture(1), "#recycle/2.png": picture(2)}))
    assert error.code == "DATASET_EMPTY" and "1 #recycle, 1 @eaDir" in error.what


def test_many_folders_of_one_fate_are_told_in_one_sentence(ingest):
    result = ingest(PETS | {f"{n:04}/": b"" for n in range(2000)})
    empty = ", ".join(f'"{n:04}"' for n in range(5))
    assert [note.replace(THIN_SPACE, " ") for note in result.notes] == [
        f"2 000 folders have no picture in them: {empty} and 1 995 more."
    ]
    splits = {f"train/{name}": data for name, data in PETS.items()}
    bad = {f"train/x{n:02}/1.png": b"no" for n in range(40)} | {f"test/x{n:02}/2.png": picture(99) for n in range(40)}
    lost = [note for note in ingest(splits | bad).notes if "no training picture" in note]
    assert [note[:66] for note in lost] == ["40 classes have no training picture that can be read and were left"]


def test_more_classes_than_anybody_tells_apart_are_refused(ingest):
    error = refusal(lambda: ingest({f"{n}/1.png": b"x" for n in range(1001)}))
    assert error.code == "DATASET_TOO_MANY_CLASSES"
    assert error.what.replace(THIN_SPACE, " ") == "The upload has 1 001 classes; the limit is 1 000."


def test_many_merges_are_told_by_the_first_and_a_number():
    places = [(split, name) for n in range(30) for split, name in (("train", f"Cat{n}"), ("test", f"cat{n}"))]
    classes = Classes(places)
    assert (len(classes.notes()), len(classes.offers())) == (21, 20)
    assert classes.notes()[-1] == "So were the folders of 10 more classes."


def test_an_upload_of_one_unreadable_kind_alone_is_refused_with_that_sentence(ingest):
    error = refusal(lambda: ingest({f"{name}/IMG_{n}.HEIC": b"ftypheic" for name in ("cat", "dog") for n in range(3)}))
    assert (error.code, error.what) == ("DATASET_EMPTY", "6 .heic files can't be read: save them as JPEG.")


def test_everything_left_out_is_listed_with_its_kind(ingest):
    result = ingest(
        PETS
        | {"cat/a.heic": b"x", "dog/b.heic": b"x", "cat/c.txt": b"x", "dog/d.png": b"no", "dog/e.png": b""}
        | {"loose.png": picture(77), "cat/f.png": picture(5)[:200]}
    )
    assert {item.name: item.kind for item in result.skipped} == {
        "cat/a.heic": ".heic",
        "dog/b.heic": ".heic",
        "cat/c.txt": ".txt",
        "dog/d.png": "not an image",
        "dog/e.png": "empty",
        "loose.png": "outside",
        "cat/f.png": "damaged",
    }
    assert sum(group.count for group in result.left_out()) == 7
    assert result.left_out()[0].words == "2 .heic files can't be read: save them as JPEG"


JUNK = [
    "cat/@eaDir/1.png/SYNOPHOTO_THUMB_XL.jpg", "cat/@eaDir/1.png@SynoEAStream", "#recycle/cat/1.png",
    "cat/.@__thumb/default1.png", "@Recycle/1.png", "cat/.picasaoriginals/1.png", "cat/.picasa.ini", "cat/Picasa.ini",
    "cat/Thumbs.db", "cat/THUMBS.DB", "cat/desktop.ini", "$RECYCLE.BIN/S-1/1.png", "System Volume Information/x",
    "__MACOSX/cat/._1.png", "cat/.DS_Store", "cat/._1.png", ".ipynb_checkpoints/1-checkpoint.png",
    "cat/.ipynb_checkpoints/1.png", "cat/.thumbnails/1.png", ".Trash-1000/files/1.png", ".git/x.png",
    "lost+found/1.png", ".dropbox.cache/1.png", ".tmp.drivedownload/1.png", ".stversions/1.png", "cat/~$1.png",
    "cat/Icon\r", "cat/ZbThumbnail.info", "@eaDir/x.png", "Network Recycle Bin 1/1.png", "~snapshot/1.png",
    "@tmp/1.png", "@Trash/1.png", "Trashbox/1.png", "FOUND.000/1.png", "RECYCLER/1.png",
]  # fmt: skip


@pytest.mark.parametrize("name", JUNK)
def test_what_systems_drives_and_boxes_add_is_junk(name):
    assert junk_kind(name)


@pytest.mark.parametrize(
    "name",
    [
        "cat/1.png",
        "icon/1.png",
        "thumbs/1.png",
        "recycle/1.png",
        "cat/@home/1.png",
        "cat/#1/1.png",
        "a.b/1.png",
        "Recycler/1.png",
        "found/1.png",
    ],
)
def test_what_people_name_so_is_none(name):
    assert not junk_kind(name)


def test_junk_is_left_out_and_counted_in_a_note_whichever_way_it_comes(ingest, tmp_path):
    junk = {"cat/@eaDir/1.png/SYNOPHOTO_THUMB_M.jpg": picture(1), "dog/@eaDir/x": b"", "Thumbs.db": b"x"}
    note = "3 files that systems and drives add were left out: 2 @eaDir, 1 Thumbs.db."
    result = ingest(PETS | junk)
    assert (result.notes, result.skipped, result.class_names) == ((note,), (), ("cat", "dog"))
    files = []
    for n, (name, data) in enumerate((PETS | junk).items()):
        (tmp_path / str(n)).write_bytes(data)
        files.append((name, tmp_path / str(n)))
    assert ingest_files(files, tmp_path / "own", "Pets") == result


def test_files_without_a_suffix_are_judged_by_their_content(ingest):
    entries = {f"{folder}/image{n}": picture(n + 9 * k) for k, folder in enumerate(("cat", "dog")) for n in range(2)}
    result = ingest(entries | {"LICENSE": b"free", "cat/BMW notes": b"BM is no bitmap", "dog/frame.0001": picture(40)})
    assert result.counts["train"] == {"cat": 2, "dog": 3}
    assert {item.name: item.kind for item in result.skipped} == {"LICENSE": "no suffix", "cat/BMW notes": "no suffix"}


@pytest.mark.parametrize("name", ["image0", "frame.0001", "1. 사진", "scan 2024.03.01", "a.", "v1.2"])
def test_what_says_nothing_about_a_kind_is_no_suffix(name):
    assert suffix(name) == ""


def test_a_files_own_name_never_refuses_its_image(ingest):
    names = [
        "x" * 300,
        unicodedata.normalize("NFD", "한글" * 60),
        "a\u202eb",
        "12:30",
        "CON",
        "\U0001f3f4",
        "q?*<>|",
        "\x07",
    ]
    result = ingest(PETS | {f"cat/{name}.png": picture(50 + n) for n, name in enumerate(names)})
    assert (result.counts["train"], result.skipped) == ({"cat": 3 + len(names), "dog": 3}, ())


def test_only_a_folder_that_becomes_a_class_is_judged_by_its_name(ingest):
    wrapped = {f"{'w' * 300}/{name}": data for name, data in PETS.items()}
    assert ingest(wrapped).class_names == ("cat", "dog")
    assert ingest({f"{unicodedata.normalize('NFD', '가' * 119)}/1.png": picture(1)} | PETS).class_names[2] == "가" * 119
    error = refusal(lambda: ingest(PETS | {f"{'x' * 121}/1.png": picture(2)}))
    assert (error.code, error.remedy) == ("DATASET_CLASS_NAME", "Give this folder a shorter name.")


OTHER_NAMES = ["001.고양이", "Dr.Smith", "photo.JPG_large", "x.jpg~", "a.tmp", "b.pjpeg", "c.original", "IMG_1.HEIC"]


def test_an_image_is_taken_by_its_content_whatever_its_suffix_and_whichever_way_it_comes(ingest, tmp_path):
    entries = PETS | {f"cat/{name}": picture(50 + n) for n, name in enumerate(OTHER_NAMES)} | {"dog/a.heic": b"ftyp"}
    result = ingest(entries)
    assert result.counts["train"] == {"cat": 3 + len(OTHER_NAMES), "dog": 3}
    assert [item.kind for item in result.skipped] == [".heic"]
    for name, data in entries.items():
        path = tmp_path / "pets" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    unread = []
    given = {name.partition("/")[2]: file.read() for name, file in data_command._files(tmp_path / "pets", unread)}
    assert (given, unread) == (entries, [])


def test_of_a_film_only_the_head_is_read_from_a_folder(tmp_path):
    (tmp_path / "a.mp4").write_bytes(bytes(10_000))
    ((_, file),) = data_command._files(tmp_path, [])
    assert len(file.read()) < 100
