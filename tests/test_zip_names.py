"""Names in ZIPs: the Unicode field, the UTF-8 flag, else one code page judged for the archive, and said."""

import random
import struct
import zlib

import pytest

from core.errors import UserError
from core.intake.archives import Member, read_archive
from core.intake.code_pages import CODE_PAGES, judge

UNIX, DOS = 3, 0
UTF8 = 0x800


def entry(raw, flags=0, extra=b"", host=DOS):
    """Local header, and what the table of contents says of it, for an empty file."""
    local = struct.pack("<4s5H3L2H", b"PK\3\4", 20, flags, 0, 0, 0, 0, 0, 0, len(raw), 0) + raw
    rest = (20, flags, 0, 0, 0, 0, 0, 0, len(raw), len(extra), 0, 0, 0, 0)
    return local, lambda at: struct.pack("<4s2B5H3L5H2L", b"PK\1\2", 20, host, *rest, at) + raw + extra


@pytest.fixture
def names(tmp_path):
    """Names, notes and offers of a ZIP of such entries."""

    def read(entries, code_page=""):
        data, directory = b"", b""
        for local, central in entries:
            directory += central(len(data))
            data += local
        end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, len(entries), len(entries), len(directory), len(data), 0)
        path = tmp_path / "upload.zip"
        path.write_bytes(data + directory + end)
        with read_archive(path, code_page) as archive:
            return archive.names, list(archive.notes), list(archive.offers)

    return read


def unicode_path(raw, name, version=1):
    content = struct.pack("<BL", version, zlib.crc32(raw)) + name.encode()
    return struct.pack("<HH", 0x7075, len(content)) + content


LISTS = {
    "cp949": "고양이 강아지|책 칼 창|사과 배|겨울 여름|가위 바위 보|사진새폴더|빨강 파랑|결함 양품|장미 튤립",
    "gbk": "猫 狗|苹果 香蕉|玫瑰 向日葵|训练 测试|飞机 汽车|建筑 森林 冰川|裂纹 划痕",
    "cp950": "貓 狗|蘋果 香蕉|玫瑰 向日葵|訓練 測試|建築 森林 冰川|良品 不良品",
    "cp932": "猫 犬|表 能|ソ 十|予定 貼付|りんご みかん|リンゴ バナナ|建物 森林 氷河|良品 不良品|新しいフォルダー",
    "cp1251": "кошка собака|Кошки Собаки|яблоко груша|норма брак",
    "cp866": "кошка собака|Кошки Собаки|яблоко груша|норма брак",
    "koi8-r": "кошка собака|Кошки Собаки|яблоко груша",
    "cp1253": "Γάτα Σκύλος",
    "cp437": "Äpfel Bäume|Größe|café thé",
    "cp1252": "Äpfel Bäume|Hündin Rüde|château église",
}


@pytest.mark.parametrize(
    ("code_page", "classes"), [(page, line) for page, lines in LISTS.items() for line in lines.split("|")]
)
def test_the_code_page_of_an_archive_is_judged_by_what_its_names_say(code_page, classes):
    expected = [f"{name}/1.png" for name in classes.split()]
    judgement = judge([name.encode(code_page) for name in expected], DOS)
    assert judgement.names == expected
    assert judgement.words().startswith(f"The names were read as {judgement.code_page} (")
    for host in (UNIX, DOS):
        assert judge([name.encode() for name in expected], host).code_page == "utf-8"


def test_a_code_page_that_is_judged_is_said(names):
    found, notes, offers = names([entry("고양이/0.png".encode("cp949")), entry("강아지/0.png".encode("cp949"))])
    assert found == ["강아지/0.png", "고양이/0.png"]
    assert (notes, offers) == (["The names were read as cp949 (Korean Windows)."], [])


def test_names_that_are_valid_in_two_code_pages_are_read_as_the_likelier_and_the_other_is_offered(names):
    entries = [entry(f"{name}/0.png".encode("cp949")) for name in ("책", "칼", "창")]
    found, notes, offers = names(entries)
    assert found == ["창/0.png", "책/0.png", "칼/0.png"]
    assert notes == ["The names were read as cp949 (Korean Windows); as UTF-8 they would begin with å, Į, â."]
    assert [offer.answer.names for offer in offers] == ["utf-8"]
    assert names(entries, "utf-8")[0] == ["â/0.png", "å/0.png", "Į/0.png"]


def test_plain_names_and_names_that_say_their_encoding_need_no_word(names):
    found, notes, _ = names([entry(b"cat/0.png"), entry("책/0.png".encode(), UTF8)])
    assert (found, notes) == (["cat/0.png", "책/0.png"], [])


def test_the_unicode_field_comes_first(names):
    raw = "고양이/0.png".encode("cp949")
    assert names([entry(raw, extra=unicode_path(raw, "호랑이/0.png"))]) == (["호랑이/0.png"], [], [])
    flagged = "사자/0.png".encode()
    other = struct.pack("<HH4s", 0xCAFE, 4, b"abcd")
    assert names([entry(flagged, UTF8, other + unicode_path(flagged, "호랑이/0.png"))])[0] == ["호랑이/0.png"]


@pytest.mark.parametrize(
    "extra",
    [
        unicode_path(b"another name", "호랑이/0.png"),
        unicode_path("고양이/0.png".encode("cp949"), "호랑이/0.png", version=2),
        unicode_path("고양이/0.png".encode("cp949"), "호랑이/0.png")[:-1] + b"\xff",
        struct.pack("<HH", 0x7075, 5) + bytes(5),
        struct.pack("<HH", 0x7075, 0),
    ],
    ids=["check-sum-of-another-name", "newer-version", "no-utf-8", "without-a-name", "empty"],
)
def test_a_unicode_field_that_does_not_belong_to_the_name_is_ignored(names, extra):
    raw = "고양이/0.png".encode("cp949")
    assert names([entry(raw, extra=extra), entry("강아지/1.png".encode("cp949"))])[0] == [
        "강아지/1.png",
        "고양이/0.png",
    ]


def test_a_backslash_is_a_separator_and_the_second_half_of_a_character_is_not(names):
    assert names([entry("表\\ソ\\0.png".encode("cp932")), entry("能\\0.png".encode("cp932"))])[0] == [
        "能/0.png",
        "表/ソ/0.png",
    ]


def test_names_that_claim_to_be_utf_8_and_are_not_are_judged_like_those_that_say_nothing(names):
    raw = [f"{name}/0.png".encode("cp949") for name in ("고양이", "강아지")]
    found, notes, _ = names([*(entry(name, UTF8) for name in raw), entry("책/0.png".encode(), UTF8)])
    assert (found, notes) == (
        ["강아지/0.png", "고양이/0.png", "책/0.png"],
        ["The names were read as cp949 (Korean Windows)."],
    )


@pytest.mark.parametrize(
    ("header", "header_flags", "table", "flags", "is_read"),
    [
        ("책/0.png".encode("cp949"), 0, "책/0.png".encode(), UTF8, True),
        (b"\xff\xfe.png", UTF8, b"cat/0.png", 0, True),
        (b"cat\\0.png", 0, b"cat/0.png", 0, True),
        (b"cut/0.png", 0, b"cat/0.png", 0, False),
        ("책/0.png".encode(), UTF8, "칼/0.png".encode(), UTF8, False),
    ],
    ids=["another-code-page", "no-utf-8", "another-separator", "damaged", "damaged-utf-8"],
)
def test_a_file_with_two_names_is_read_by_that_of_the_table_unless_it_is_damaged(
    tmp_path, header, header_flags, table, flags, is_read
):
    local, _ = entry(header, header_flags)
    _, central = entry(table, flags)
    directory = central(0)
    path = tmp_path / "upload.zip"
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 1, 1, len(directory), len(local), 0)
    path.write_bytes(local + directory + end)
    with read_archive(path) as archive:
        assert archive.names == [table.decode()]
        if is_read:
            assert list(archive) == [Member(table.decode(), b"")]
        else:
            with pytest.raises(UserError, match="Every picture in the ZIP is damaged"):
                list(archive)


def test_one_broken_name_does_not_change_how_the_others_are_read(names):
    raw = [f"{name}/{n}.png".encode("cp949") for name in ("고양이", "강아지", "토끼") for n in range(3)]
    found, notes, _ = names([*map(entry, raw), entry(b"\xb0\xed\xff.png")])
    assert "고양이/0.png" in found and "cp949" in notes[0]


def test_a_code_page_that_does_not_exist_is_refused_with_those_that_do(names):
    with pytest.raises(UserError) as caught:
        names([entry("책/0.png".encode("cp949"))], "klingon")
    assert caught.value.code == "ZIP_CODE_PAGE" and all(page in caught.value.remedy for page in CODE_PAGES)


@pytest.mark.parametrize(
    ("code_page", "name"),
    [("cp874", "แมว"), ("windows-1255", "חתול"), ("cp1256", "قطة"), ("cp1254", "köpeğ"), ("cp1250", "kočička"),
     ("euc_jp", "猫"), ("johab", "고양이"), ("CP949", "고양이")],
)  # fmt: skip
def test_names_are_read_by_any_code_page_that_is_chosen(names, code_page, name):
    found, notes, _ = names([entry(f"{name}/0.png".encode(code_page))], code_page)
    assert found == [f"{name}/0.png"]
    assert notes[0].startswith("The names were read as ")


@pytest.mark.parametrize(
    "code_page",
    ["utf-16", "utf-7", "idna", "unicode_escape", "punycode", "base64", "cp037", "undefined", "../x", "a\0", "é" * 99],
)
def test_what_is_no_code_page_of_files_is_refused(names, code_page):
    with pytest.raises(UserError) as caught:
        names([entry(b"cat/0.png")], code_page)
    assert caught.value.code == "ZIP_CODE_PAGE"


def test_any_bytes_are_a_name_or_a_refusal(names):
    chance = random.Random(7)
    outcomes = {"read": 0, "refused": 0}
    for _ in range(400):
        entries = []
        for n in range(chance.randrange(1, 5)):
            raw = bytes(chance.choices([*range(1, 256), *b"../\\" * 8], k=chance.randrange(1, 12))) + b"%d.png" % n
            flags = chance.choice([0, 0, 0, UTF8])
            extra = chance.choice([b"", unicode_path(raw, chance.choice("a책/\0")), chance.randbytes(7)])
            entries.append(entry(raw, flags, extra, chance.choice([DOS, UNIX])))
        try:
            found, _, _ = names(entries)
            assert all(name and ".." not in name.split("/") and not name.startswith("/") for name in found)
            outcomes["read"] += 1
        except UserError:
            outcomes["refused"] += 1
    assert min(outcomes.values()) > 40


def test_weighing_the_names_of_a_large_archive_takes_a_sample(names, monkeypatch):
    weighed = []
    monkeypatch.setattr("core.intake.code_pages._weight_of", lambda text, page: weighed.append(len(text)) or 0.0)
    judgement = judge([f"사진{n}/{n}.png".encode("cp949") for n in range(30_000)], DOS)
    assert len(judgement.names) == 30_000 and sum(weighed) < 20_000 * len(CODE_PAGES)


def test_names_whose_bytes_no_code_page_knows_stay_two_and_it_is_said(names):
    entries = [entry(f"{name}/0.png".encode()) for name in ("고양이", "강아지", "토끼")]
    broken = [entry(b"\xff\xff/0.png", host=UNIX), entry(b"\xfe\xfe/0.png", host=UNIX)]
    found, notes, _ = names([*entries, *broken], "utf-8")
    assert found[:2] == ["%FE%FE/0.png", "%FF%FF/0.png"] and len(found) == 5
    assert notes == ["The names were read as UTF-8; bytes that it does not know are shown as %FF."]
