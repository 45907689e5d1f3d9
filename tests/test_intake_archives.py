"""ZIP files from outside: what is read from them, and how traps and damage are refused."""

import io
import os
import random
import stat
import struct
import zipfile
from pathlib import Path

import pytest

from core.errors import UserError
from core.intake import archives
from core.intake.archives import Member, check_names, read_archive
from core.intake.left_out import Skipped, is_junk

DATA = os.environ.get("KERNELSCOPE_TEST_DATA")
real_files = pytest.mark.skipif(not DATA, reason="KERNELSCOPE_TEST_DATA is not set")


def zipped(path, entries, method=zipfile.ZIP_DEFLATED):
    """Writes a ZIP of (name or ZipInfo, bytes) pairs."""
    with zipfile.ZipFile(path, "w", method) as file:
        for name, data in entries:
            if isinstance(name, str) and "\\" in name:
                info = zipfile.ZipInfo("x")
                info.filename = name
                name = info
            file.writestr(name, data)
    return path


def read_all(path):
    with read_archive(path) as archive:
        return list(archive)


def refusal(path):
    with pytest.raises(UserError) as caught:
        read_all(path)
    return caught.value


def local(name, data=b"", declared=None):
    size = len(data) if declared is None else declared
    return struct.pack("<4s5H3L2H", b"PK\3\4", 20, 0, 0, 0, 0, 0, len(data), size, len(name), 0) + name + data


def central(name, at=0, packed=0, size=0):
    fields = (b"PK\1\2", 20, 20, 0, 0, 0, 0, 0, packed, size, len(name), 0, 0, 0, 0, 0, at)
    return struct.pack("<4s6H3L5H2L", *fields) + name


def end(count, length, at):
    return struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, count, count, length, at, 0)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "upload.zip"


# ---------------------------------------------------------------------------------------------- reading


def test_pictures_come_with_name_and_bytes_in_order_of_name(path):
    zipped(path, [("b/2.jpg", b"two"), ("a/1.png", b"one")])
    with read_archive(path) as archive:
        assert (archive.names, archive.size) == (["a/1.png", "b/2.jpg"], 6)
        assert list(archive) == [Member("a/1.png", b"one"), Member("b/2.jpg", b"two")]
        assert list(archive) == [Member("a/1.png", b"one"), Member("b/2.jpg", b"two")]


def test_junk_of_operating_systems_is_passed_over_and_counted(path):
    junk = [".DS_Store", "a/.DS_Store", "__MACOSX/a/._1.png", "a/Thumbs.db", "a/desktop.ini", ".git/x.png"]
    zipped(path, [("a/1.png", b"one"), *((name, b"junk") for name in junk)])
    with read_archive(path) as archive:
        assert (archive.names, archive.skipped) == (["a/1.png"], [])
        assert archive.junk == {
            ".DS_Store": 2,
            "__MACOSX": 1,
            "Thumbs.db": 1,
            "desktop.ini": 1,
            "names that begin with a dot": 1,
        }


def test_archives_inside_and_other_files_are_skipped_and_said(path):
    zipped(path, [("a/1.png", b"one"), ("a/more.zip", b"PK"), ("readme.txt", b"hi"), ("LICENSE", b"free")])
    with read_archive(path) as archive:
        assert {item.name: item.reason for item in archive.skipped} == {
            "a/more.zip": "an archive inside is not opened",
            "readme.txt": ".txt files are not read; use PNG, JPEG, WebP, BMP or GIF",
            "LICENSE": "it has no suffix, and is no picture by its content",
        }


def test_empty_and_dot_parts_of_names_do_not_count(path):
    zipped(path, [("./a//1.PNG", b"one")])
    assert read_all(path) == [Member("a/1.PNG", b"one")]


@pytest.mark.parametrize(
    ("raw", "expected"), [("Äpfel/é.png".encode(), "Äpfel/é.png"), (b"\x8epfel/1.png", "Äpfel/1.png")]
)
def test_names_read_as_written_by_macos_and_by_old_windows(path, raw, expected):
    data = local(raw)
    path.write_bytes(data + central(raw) + end(1, 46 + len(raw), len(data)))
    with read_archive(path) as archive:
        assert archive.names == [expected]


def test_an_entry_without_a_name_is_ignored(path):
    data, nameless = local(b"a/1.png", b""), local(b"", b"")
    directory = central(b"a/1.png") + central(b"", len(data))
    path.write_bytes(data + nameless + directory + end(2, len(directory), len(data + nameless)))
    assert read_all(path) == [Member("a/1.png", b"")]


def test_a_zip_with_a_comment_and_one_in_the_large_format_are_read(path, monkeypatch):
    with zipfile.ZipFile(path, "w") as file:
        file.comment = b"made by hand PK\x05\x06"[:-4] + b"!"
        with file.open("a/1.png", "w", force_zip64=True) as stream:
            stream.write(b"one")
    assert read_all(path) == [Member("a/1.png", b"one")]
    monkeypatch.setattr(zipfile, "ZIP_FILECOUNT_LIMIT", 1)
    zipped(path, [("a/1.png", b"one"), ("a/2.png", b"two")])
    assert b"PK\x06\x06" in path.read_bytes()
    assert len(read_all(path)) == 2


def test_one_damaged_picture_is_listed_and_the_others_are_kept(path):
    zipped(path, [("a/1.png", b"first one"), ("a/2.png", b"second one")], zipfile.ZIP_STORED)
    path.write_bytes(path.read_bytes().replace(b"second one", b"second onf"))
    assert read_all(path) == [
        Member("a/1.png", b"first one"),
        Skipped("a/2.png", "it is damaged inside the ZIP", "damaged"),
    ]


def test_a_picture_over_the_size_of_one_file_is_listed(path, monkeypatch):
    monkeypatch.setattr(archives, "MAX_BYTES", 1000)
    zipped(path, [("a/1.png", b"one"), ("a/2.png", bytes(1001))])
    with read_archive(path) as archive:
        assert archive.names == ["a/1.png"]
        assert archive.skipped[0].name == "a/2.png"


# ---------------------------------------------------------------------------------------------- traps


@pytest.mark.parametrize(
    "name", ["../../x.png", "/abs.png", "a/../../b.png", "..\\..\\w.png", "C:\\t\\x.png", "c:/x.png", "\\\\host\\x.png"]
)
def test_names_that_point_outside_are_refused(path, name):
    error = refusal(zipped(path, [("a/1.png", b"one"), (name, b"two")]))
    assert error.code == "ZIP_UNSAFE_NAME"


def test_a_name_with_a_nul_loses_it(path):
    data = local(b"a\0/1.png")
    path.write_bytes(data + central(b"a\0/1.png") + end(1, 46 + 8, len(data)))
    assert read_all(path) == [Member("a/1.png", b"")]


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("pets\\cat\\1.png", "pets/cat/1.png"),
        ("cat/../cat/1.png", "cat/1.png"),
        (".\\cat\\1.png", "cat/1.png"),
        ("cat/12:30.png", "cat/12:30.png"),
        ("a: b/1.png", "a: b/1.png"),
        ("C:x.png", "C:x.png"),
        ("cat/1..png", "cat/1..png"),
        ("cat.../1.png", "cat.../1.png"),
    ],
)
def test_what_stays_inside_is_read(path, name, read):
    zipped(path, [(name, b"one")])
    with read_archive(path) as archive:
        assert archive.names == [read]


def test_a_refusal_lists_the_first_three_names(path):
    error = refusal(zipped(path, [(f"../{n}.png", b"") for n in range(5)]))
    assert error.what == "The ZIP has names that point outside of it: ../0.png, ../1.png, ../2.png and 2 more."


def test_links_are_refused(path):
    link = zipfile.ZipInfo("a/1.png")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    assert refusal(zipped(path, [(link, b"/etc/passwd")])).code == "ZIP_LINK"


def test_a_bomb_is_refused_before_it_is_unpacked(path, monkeypatch):
    monkeypatch.setattr(archives, "MAX_TOTAL", 15 << 20)
    monkeypatch.setattr(archives, "unpack", lambda *given: pytest.fail("unpacked"))
    assert refusal(zipped(path, [("a/1.png", bytes(16 << 20))])).code == "ZIP_TOO_LARGE"


def test_a_file_that_packs_very_well_is_no_bomb(path):
    zipped(path, [("a/1.bmp", bytes(16 << 20))])
    assert path.stat().st_size < 20_000
    assert [len(member.data) for member in read_all(path)] == [16 << 20]


def test_what_is_unpacked_is_what_was_packed_whatever_its_size_and_kind(path):
    chance = random.Random(3)
    contents = [
        *(
            bytes(chance.choice([b"\0", b"ab", b"abcdefg"]) * (size // 2))
            for size in (0, 2, 257, 65_535, 65_536, 65_537)
        ),
        *(bytes(size) for size in range(65_530, 200_000, 12_345)),
        *(chance.randbytes(size) for size in (1, 65_536, 65_537, 200_000)),
    ]
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        zipped(path, [(f"a/{n:02}.png", data) for n, data in enumerate(contents)], method)
        assert [member.data for member in read_all(path)] == contents


def test_entries_that_share_their_bytes_are_refused(path):
    data = local(b"a/000.png", bytes(1000))
    directory = b"".join(central(b"a/%03d.png" % n, 0, 1000, 1000) for n in range(200))
    path.write_bytes(data + directory + end(200, len(directory), len(data)))
    error = refusal(path)
    assert (error.code, "overlap" in error.what) == ("ZIP_BOMB", True)


def test_an_entry_that_reaches_into_the_directory_is_refused(path):
    data = local(b"a/1.png", b"x")
    path.write_bytes(data + central(b"a/1.png", 0, 5000, 5000) + end(1, 53, len(data)))
    assert refusal(path).code in ("ZIP_BOMB", "ZIP_CORRUPT")


def test_a_header_that_lies_about_the_size_gives_nothing(path):
    zipped(path, [("a/1.png", bytes(100_000))])
    data = path.read_bytes()
    path.write_bytes(data.replace(struct.pack("<L", 100_000), struct.pack("<L", 10)))
    error = refusal(path)
    assert (error.code, error.what) == ("ZIP_CORRUPT", "Every picture in the ZIP is damaged.")


def test_bytes_are_counted_as_they_come_out(path, monkeypatch):
    zipped(path, [("a/1.png", bytes(700)), ("a/2.png", bytes(700))])
    with read_archive(path) as archive:
        monkeypatch.setattr(archives, "MAX_TOTAL", 1000)
        with pytest.raises(UserError) as caught:
            list(archive)
    assert caught.value.code == "ZIP_BOMB"


def test_a_total_over_the_limit_is_refused_with_both_numbers(path, monkeypatch):
    monkeypatch.setattr(archives, "MAX_TOTAL", 2_000_000)
    error = refusal(zipped(path, [("1.png", bytes(1_000_000)), ("2.png", bytes(2_000_000))], zipfile.ZIP_STORED))
    assert error.code == "ZIP_TOO_LARGE"
    assert error.what == "The ZIP unpacks to 3 MB; the limit is 2 MB."


def test_60_000_files_are_welcome(path):
    data = local(b"a/00000.png")
    directory = b"".join(central(b"a/%05d.png" % n, 41 * n) for n in range(60_000))
    path.write_bytes(b"".join(local(b"a/%05d.png" % n) for n in range(60_000)) + directory)
    with path.open("ab") as file:
        file.write(end(60_000, len(directory), 60_000 * len(data)))
    with read_archive(path) as archive:
        assert len(archive.names) == 60_000


@pytest.mark.parametrize("told", [60_000, 1])
def test_a_table_of_contents_over_the_limit_is_refused_whatever_number_the_record_tells(path, told, monkeypatch):
    monkeypatch.setattr(archives, "MAX_DIRECTORY", 3_000_000)
    monkeypatch.setattr(zipfile, "ZipFile", lambda *given: pytest.fail("read"))
    directory = b"".join(central(b"a/%05d.png" % n) for n in range(60_000))
    path.write_bytes(local(b"a/00000.png") + directory + end(told, len(directory), 41))
    error = refusal(path)
    assert (error.code, error.what) == (
        "ZIP_TOO_MANY",
        "The ZIP has too many files: their names take 3 MB; the limit is 3 MB.",
    )


@real_files
def test_a_real_zip_of_60_000_pictures_is_read():
    with read_archive(Path(DATA) / "datasets" / "cifar10-jpg.zip") as archive:
        assert len(archive.names) == 60_000


def test_only_very_deep_folders_are_refused_and_no_long_name_of_a_file(path):
    assert refusal(zipped(path, [("d/" * 400 + "1.png", b"")])).code == "ZIP_TOO_DEEP"
    for name in ("a/" + "x" * 300 + ".png", "d/" * 32 + "1.png"):
        assert [member.name for member in read_all(zipped(path, [(name, b"1")]))] == [name]


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("twin", ["a/1.png", "./a/1.png", "a//1.png"])
def test_the_same_name_twice_is_refused(path, twin):
    assert refusal(zipped(path, [("a/1.png", b"one"), (twin, b"two")])).code == "ZIP_DUPLICATE_NAME"


def test_a_file_beside_a_folder_of_the_same_name_is_no_trouble(path):
    assert read_all(zipped(path, [("cat", b"x"), ("cat/a.png", b"one")])) == [Member("cat/a.png", b"one")]


# ---------------------------------------------------------------------------------------------- damage


def flag(path, offset_local, offset_central, value):
    """Sets one 16-bit field in the first local header and the first central one."""
    data = bytearray(path.read_bytes())
    at = data.index(b"PK\1\2")
    struct.pack_into("<H", data, offset_local, value)
    struct.pack_into("<H", data, at + offset_central, value)
    path.write_bytes(data)
    return path


def test_a_password_is_named(path):
    error = refusal(flag(zipped(path, [("a/1.png", b"one")]), 6, 8, 1))
    assert (error.code, str(error)) == ("ZIP_PASSWORD", "This ZIP has a password. Make one without.")


@pytest.mark.parametrize("method", [9, 12, 14, 93, 99])
def test_methods_other_than_stored_and_deflated_are_refused(path, method):
    assert refusal(flag(zipped(path, [("a/1.png", b"one")]), 8, 10, method)).code == "ZIP_METHOD"


def test_what_is_no_zip_is_refused(path):
    for data in (b"x", b"Rar!\x1a\x07\0" + bytes(100), b"hello" * 1000, bytes(22)):
        path.write_bytes(data)
        assert refusal(path).code == "ZIP_NOT_A_ZIP"


def test_an_empty_file_and_an_empty_zip_are_refused(path):
    path.write_bytes(b"")
    assert refusal(path).code == "ZIP_EMPTY"
    assert refusal(zipped(path, [])).code == "ZIP_EMPTY"


def test_a_zip_that_is_not_there_is_refused(path):
    assert refusal(path).code == "ZIP_NOT_FOUND"


def test_a_zip_cut_anywhere_is_refused(path):
    whole = zipped(path, [(f"a/{n}.png", os.urandom(50)) for n in range(5)]).read_bytes()
    for twentieth in range(1, 20):
        path.write_bytes(whole[: len(whole) * twentieth // 20])
        assert refusal(path).code == "ZIP_CORRUPT"


def test_messages_never_tell_where_the_file_lies(path):
    for data in (b"", b"x", b"PK\3\4" + bytes(50)):
        path.write_bytes(data)
        assert str(path.parent) not in str(refusal(path))


def test_damaged_zips_are_read_in_part_or_refused_and_nothing_else(path):
    chance, outcomes = random.Random(11), {"ok": 0, "refused": 0}
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for n in range(6):
            archive.writestr(f"{'ab'[n % 2]}/{n}.png", bytes(range(n, 200)) * 3)
    whole = file.getvalue()
    directory = whole.index(b"PK\1\2")
    for _ in range(400):
        data = bytearray(whole)
        for _ in range(chance.randint(1, 5)):
            at = chance.randrange(directory, len(data)) if chance.random() < 0.6 else chance.randrange(len(data))
            data[at] = chance.randrange(256)
        path.write_bytes(data)
        try:
            read_all(path)
            outcomes["ok"] += 1
        except UserError:
            outcomes["refused"] += 1
    assert min(outcomes.values()) > 40


# ---------------------------------------------------------------------------------------------- names


def test_names_of_a_folder_upload_are_refused_in_its_own_words():
    with pytest.raises(UserError) as caught:
        check_names(["a/../../b.png"], "folder")
    assert (caught.value.code, caught.value.what[:10]) == ("FOLDER_UNSAFE_NAME", "The folder")


def test_a_letter_and_a_colon_is_a_folder_where_all_are_called_so_and_else_a_drive():
    assert check_names(["A:/0.png", "B:/0.png", "B:/"], "ZIP") == ["A:/0.png", "B:/0.png", "B:/"]
    for names in (["A:/0.png"], ["A:/0.png", "cat/0.png"], ["C:\\0.png", "D:\\0.png"], ["A:/../../x", "B:/0.png"]):
        with pytest.raises(UserError):
            check_names(names, "ZIP")


def test_junk_may_be_as_deep_as_it_likes_but_not_outside():
    check_names(["__MACOSX/" + "a/" * 20 + "._1.png"], "ZIP")
    assert not is_junk("a/b.png")
    with pytest.raises(UserError):
        check_names(["../.DS_Store"], "ZIP")
