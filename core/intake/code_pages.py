"""Names in a ZIP that say nothing about their code page: one is judged for the whole archive, by what it would read.

A reading is the likelier the more its characters are such as people name folders with. Each character has a weight,
about the logarithm of its share of such names; the code page whose characters weigh most is taken.
"""

import codecs
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from core.errors import UserError
from core.intake.names import clean

CODE_PAGES = {
    "utf-8": "UTF-8",
    "cp949": "Korean Windows",
    "cp932": "Japanese Windows",
    "gbk": "Chinese Windows",
    "cp950": "Taiwanese Windows",
    "cp437": "DOS",
    "cp850": "DOS of Western Europe",
    "cp1252": "Windows of Western Europe",
    "cp866": "Russian DOS",
    "cp1251": "Russian Windows",
    "koi8-r": "Russian Unix",
    "cp1253": "Greek Windows",
}
"""Code pages as Python calls them, and whose they are; of equally likely ones the first is taken."""

BYTES_TOLD = "kernelscope.bytes_told"
"""How names are decoded that are not what they should be: two that differ stay two."""


def _told(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "".join(f"%{byte:02X}" for byte in error.object[error.start : error.end]), error.end


codecs.register_error(BYTES_TOLD, _told)

PLAIN = b"abcxyz ABCXYZ 0189/cat+dog-1_2.png"
"""Is the same in each code page of files; Johab has another sign for the backslash."""
_CHOSEN = re.compile(r"[0-9A-Za-z_-]{1,20}")

UNIX = 3
"""Host system in a ZIP's entry (APPNOTE.TXT, 4.4.2): its names are UTF-8 more often than those of Windows."""
SAMPLE = 20_000
"""Bytes of names that are weighed; all are decoded."""

# Often in names of classes and images: things that people collect pictures of, and the commonest syllables.
_OFTEN = {
    "hangul": """
        강아지고양이개토끼사자호랑원숭곰말소돼닭새물기꽃나무과사배포도딸바람차동자전거기비행배책상의칼창문집가위
        보남녀여어린학생선습련검증테스트트데터미파일폴더진그림분류정상이불량품빨노초파검흰색숫글한국음식밥김치찌
        면빵컵병손발눈코입얼굴귀머리옷신모안경시계산강해달별구름하늘길다라마바아자타카하은는을를에서로와도만년월
        일번호복본새로운대중작은큰""",
    "hanzi": """
        猫狗鸟鱼马牛羊猪鸡鸭兔虎狮象熊鼠蛇猴花草树木叶果苹香蕉橙葡萄车汽飞机船人男女孩老小大中上下左右前后红黄蓝
        绿黑白灰色图片像照新建文件夹训练测试验证集数据类别分正常异品良不好坏一二三四五六七八九十百千年月日号的是
        了在有我他这来国家学生手石头剪刀布脸眼口天地山水火土金风雨雪云日食饭面肉菜水茶杯瓶书桌椅房门窗""",
    "hanzi of taiwan": """
        貓狗鳥魚馬牛羊豬雞鴨兔虎獅象熊鼠蛇猴花草樹木葉果蘋香蕉橙葡萄車汽飛機船人男女孩老小大中上下左右前後紅黃藍
        綠黑白灰色圖片像照新建文件夾訓練測試驗證集數據資料類別分正常異品良不好壞一二三四五六七八九十百千年月日號
        的是了在有我他這來國家學生手石頭剪刀布臉眼口天地山水火土金風雨雪雲食飯麵肉菜茶杯瓶書桌椅房門窗""",
    "kanji": """
        猫犬鳥魚馬牛羊豚鶏兎虎獅象熊鼠蛇猿花草木葉果車飛機船人男女子供大小中上下左右前後赤黄青緑黒白灰色画像写真
        新規学習訓練検証表示能予貼評価結果一二三四五六七八九十百千年月日号本東京山川田手石顔目口天地水火土金風雨
        雪雲食飯麺肉菜茶""",
}
_OFTEN_LATIN = "äöüßéèÄÖÜÉåæø"
_LESS_OFTEN_LATIN = "êàáâãçñíóôõúìòùîïëûÅØÇÑÁÈÊ"
_OFTEN_CYRILLIC = "оеаинтсрвлкмдпу"


@dataclass(frozen=True)
class Judgement:
    """How the names of an archive are read.

    Args:
        code_page: as Python calls it.
        names: decoded, in the order they came.
        utf8_names: the first of them as UTF-8 would have them, where that is possible and differs.
        unknown: how the first byte is shown that the code page does not know; empty where it knows all.
    """

    code_page: str
    names: list[str]
    utf8_names: tuple[str, ...] = ()
    unknown: str = ""

    def words(self) -> str:
        """The judgement in one sentence."""
        owner = CODE_PAGES.get(self.code_page, "")
        what = owner if self.code_page == "utf-8" else f"{self.code_page} ({owner})" if owner else self.code_page
        also = f"; as UTF-8 they would begin with {', '.join(self.utf8_names)}" if self.utf8_names else ""
        broken = f"; bytes that it does not know are shown as {self.unknown}" if self.unknown else ""
        return f"The names were read as {what}{also}{broken}."


def judge(names: Sequence[bytes], host: int) -> Judgement:
    """Decodes names that carry no code page, all by the one that reads likeliest.

    Args:
        names: as they stand in the ZIP.
        host: system that the archive says it was made on.
    """
    sample = _sample(names)
    weights = {page: _weight(sample, page) + _before(page, host) for page in CODE_PAGES}
    best = max(weights, key=weights.__getitem__)
    return read_as(names, best)


def known_page(name: str) -> str:
    """A code page that somebody chose, as Python calls it: "windows-1255" is "cp1255".

    Raises:
        UserError: there is none of that name, or one in which plain names are not themselves, as UTF-16.
    """
    try:
        page = codecs.lookup(name).name if _CHOSEN.fullmatch(name) else ""
        if page and _has_plain_names(page):
            return page
    except (LookupError, ValueError):
        pass  # as one that is none
    what = f'There is no code page "{clean(name)[:20]}" for names.'
    raise UserError(what, f"Use one of {', '.join(CODE_PAGES)}, or another that Python knows.", "ZIP_CODE_PAGE")


def _has_plain_names(page: str) -> bool:
    bytes(range(128, 256)).decode(page, BYTES_TOLD)  # some know no answer to what they do not know
    return PLAIN.decode(page) == PLAIN.decode("ascii") and rb"\x41".decode(page) != "A"


def read_as(names: Sequence[bytes], code_page: str) -> Judgement:
    """Decodes names by a code page that somebody chose; a byte that it does not know is told as `%FF`."""
    decoded = [name.decode(code_page, BYTES_TOLD) for name in names]
    return Judgement(code_page, decoded, () if code_page == "utf-8" else _in_utf8(names), _unknown(names, code_page))


def _unknown(names: Sequence[bytes], code_page: str) -> str:
    for name in names:
        try:
            name.decode(code_page)
        except UnicodeDecodeError as error:
            return f"%{error.object[error.start]:02X}"
    return ""


def _in_utf8(names: Sequence[bytes]) -> tuple[str, ...]:
    """The first three parts of names that are not plain ASCII, where all names are valid UTF-8."""
    try:
        decoded = [name.decode("utf-8") for name in names]
    except UnicodeDecodeError:
        return ()
    parts = dict.fromkeys(part for name in decoded for part in name.split("/") if not part.isascii())
    return tuple(parts)[:3]


def _sample(names: Sequence[bytes]) -> list[bytes]:
    """Different parts of names that are not plain ASCII; a part that all names share is weighed once."""
    found: dict[bytes, None] = {}
    size = 0
    for name in names:
        # A trail byte is never "/", so this cuts no character.
        for part in name.split(b"/"):
            if not part.isascii() and part not in found:
                found[part] = None
                size += len(part)
        if size > SAMPLE:
            break
    return list(found)


def _before(page: str, host: int) -> float:
    """What is known before a name is read."""
    if page != "utf-8":
        return 0.0
    return 4.0 if host == UNIX else -2.0


def _weight(parts: list[bytes], page: str) -> float:
    return sum(_weight_of(part.decode(page, "replace"), page) for part in parts)


def _weight_of(text: str, page: str) -> float:
    padded = f" {text} "
    triples = zip(padded, padded[1:], padded[2:], strict=False)
    marks = sum(_mark(before, mark, after, page) for before, mark, after in triples if not mark.isascii())
    return marks - (6.0 if text.endswith("\\") else 0.0)  # the second half of a character, read as a separator


def _mark(before: str, mark: str, after: str, page: str) -> float:
    """The weight of one character between its neighbours."""
    if mark == "\N{REPLACEMENT CHARACTER}":
        return -20.0
    script = _script(mark)
    beside_ascii = (before.isascii() and before.isalpha()) or (after.isascii() and after.isalpha())
    strange = -2.0 if script not in ("latin", "symbol") and beside_ascii else 0.0
    if script in ("latin", "cyrillic", "greek"):
        strange -= 5.0 if page in _WIDE_PAGES else 0.0  # foreign there
        return strange + _letter(before, mark, after, script, beside_ascii=beside_ascii)
    return strange + _wide(mark, script, page)


def _letter(before: str, mark: str, after: str, script: str, *, beside_ascii: bool) -> float:
    case = -4.0 if mark.isupper() and (before.islower() or (before.isupper() and after.islower())) else 0.0
    if script == "cyrillic":
        if _script(before) != script != _script(after):
            return -8.0
        return case + (-2.6 if mark.lower() in _OFTEN_CYRILLIC else -4.5) - (0.7 if mark.isupper() else 0.0)
    if script == "greek":
        alone = _script(before) != "greek" and _script(after) != "greek"
        return case - (9.0 if alone else 3.8)
    # A Latin word has few accents: one between plain letters is usual, one alone or beside another is not.
    return case + (-4.0 if beside_ascii else -7.0) - _rarity(mark)


def _rarity(mark: str) -> float:
    return 0.0 if mark in _OFTEN_LATIN else 0.5 if mark in _LESS_OFTEN_LATIN else 3.0


def _wide(mark: str, script: str, page: str) -> float:
    if mark in _often(page):
        return -4.5
    if script == "hangul":
        return -6.5 if _is_everyday_hangul(mark) else -16.0
    if script == "kana":
        return -4.5 if page in ("cp932", "utf-8") else -9.0
    if script == "han":
        return -7.0 if _is_first_level(mark, page) else -11.0
    return {"narrow kana": -4.3, "symbol": -9.0}.get(script, -15.0)


@cache
def _often(page: str) -> frozenset[str]:
    of_page = {"cp949": ["hangul"], "gbk": ["hanzi"], "cp950": ["hanzi of taiwan"], "cp932": ["kanji"]}
    kinds = of_page.get(page, [] if page != "utf-8" else list(_OFTEN))
    return frozenset("".join("".join(_OFTEN[kind].split()) for kind in kinds))


@cache
def _script(mark: str) -> str:
    """A character's script, as far as it matters here."""
    name, category = unicodedata.name(mark, ""), unicodedata.category(mark)
    if category[0] == "C" and category != "Cf":
        return "none"
    starts = {
        "HANGUL SYLLABLE": "hangul",
        "CJK UNIFIED": "han",
        "HIRAGANA": "kana",
        "KATAKANA": "kana",
        "HALFWIDTH KATAKANA": "narrow kana",
        "LATIN": "latin",
        "CYRILLIC": "cyrillic",
        "GREEK": "greek",
    }
    found = next((script for start, script in starts.items() if name.startswith(start)), "symbol")
    return found if category[0] in "LM" or found == "kana" else "symbol"


def _is_everyday_hangul(mark: str) -> bool:
    """Whether a syllable is one of the 2350 of KS X 1001; Python's codec writes the others as eight bytes."""
    try:
        return len(mark.encode("euc_kr")) == 2
    except UnicodeEncodeError:
        return False


_WIDE_PAGES = {"cp949", "cp932", "gbk", "cp950"}
_FIRST_LEVEL = {"gbk": ("gb2312", 0xB0, 0xD7), "cp950": ("big5", 0xA4, 0xC6), "cp932": ("shift_jis", 0x88, 0x97)}
"""Lead bytes of the everyday characters in each national set; Koreans hardly name a file with Chinese characters."""


@cache
def _is_first_level(mark: str, page: str) -> bool:
    """Whether a Chinese character is one of everyday use where the code page is at home."""
    for own, (codec, low, high) in _FIRST_LEVEL.items():
        if page in (own, "utf-8"):
            try:
                if low <= mark.encode(codec)[0] <= high:
                    return True
            except UnicodeEncodeError:
                continue
    return False
