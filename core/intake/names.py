"""Names from outside: relative, in one form, without marks that hide or move others."""

import re
import unicodedata
from collections.abc import Iterable

# Control characters and lone surrogates have no picture; direction marks turn the text after them around. All else
# stays: flags are written with tag characters, emoji and several scripts need U+200C and U+200D.
_HIDING = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
LONGEST_SHOWN = 60


def clean(name: str) -> str:
    """A name in composed form (NFC), without control characters, direction marks and spaces at its ends."""
    return unicodedata.normalize("NFC", _HIDING.sub("", name)).strip()


def key(name: str) -> str:
    """Equal for names that differ only in spelling: Cat and cat, a final sigma, composed and decomposed letters."""
    return unicodedata.normalize("NFC", clean(name).casefold())


def quoted(name: str) -> str:
    """A name inside a sentence, at most 60 characters of it."""
    text = clean(name)
    return f'"{text}"' if len(text) <= LONGEST_SHOWN else f'"{text[:28]}...{text[-28:]}"'


def are_lettered(names: Iterable[str]) -> bool:
    """Whether all names begin with folders such as `A:/`, of several letters: these are classes, and no drives."""
    letters = {name[0] if re.match(r"[A-Za-z]:/", name) else "" for name in names}
    return "" not in letters and len(letters) > 1


def relative(name: str, *, is_lettered: bool = False) -> str:
    r"""A name with `/` between its parts and none of them empty, `.` or `..`: `.\a\\b\..\c.png` -> `a/c.png`.

    That of a folder keeps a `/` at its end.

    Nothing is ever opened by such a name, so `:` and other marks that some system forbids are letters like others.

    Args:
        name: as it came.
        is_lettered: whether `A:` is the name of a folder (`are_lettered`).

    Raises:
        ValueError: it leads out of its folder: `../x`, `/x`, `C:\x`, `\\host\x`.
    """
    text = name.replace("\0", "").replace("\\", "/")
    if text.startswith("/") or (re.match(r"[A-Za-z]:/", text) and not is_lettered):
        raise ValueError("absolute")
    parts: list[str] = []
    for part in text.split("/"):
        if part == "..":
            if not parts:
                raise ValueError("outside")
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts) + ("/" if parts and text.endswith("/") else "")
