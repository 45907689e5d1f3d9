"""Words from outside in a text that Streamlit reads as Markdown: only a template of ours may have its meaning."""

import re
import string
from typing import Any

JOINER = "\N{WORD JOINER}"
"""Not seen, not a letter: what Streamlit looks for in a text that has been read already ends at it."""
UNSEEN = re.compile(r"[\0-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069]")
"""Control characters, and those that turn the direction of the words behind them."""
LONE_HALF = re.compile(r"[\ud800-\udfff]")
"""Half a letter, which no message to the browser may hold."""
FOUND_LATER = re.compile(
    r"(?<=:)(?=[\w+/-]+:)"  # :smile:, :material/home:
    r"|(?<=http:)(?=//)|(?<=https:)(?=//)|(?<=www)(?=\.)|(?<=@)(?=[\w-])"  # addresses
    r"|(?<=(?<!\S)[<~>-])(?=(?:>|-|=|->)(?!\S))",  # arrows, dashes and signs of comparison
    re.IGNORECASE,
)
"""Where a joiner goes: a backslash is forgotten by the time these are looked for."""
MARKS = re.compile(
    r"[\\`*\[\]{}<>$|~]"
    r"|(?<![^\W_])_"  # behind a letter it begins nothing
    r"|:(?!\s)|&(?=#?\w+;)"
    r"|^[#=+-](?![\w.])"
)
NUMBERED = re.compile(r"^(\d+)([.)])(?!\S)")


def plain(words: object) -> str:
    """Words without Markdown's meaning, in one line: shown as they are, nothing is fetched, linked or drawn.

    Args:
        words: a name, a sentence, an error.
    """
    text = LONE_HALF.sub("\N{REPLACEMENT CHARACTER}", UNSEEN.sub("", str(words)))
    text = FOUND_LATER.sub(JOINER, " ".join(filter(None, map(str.strip, text.splitlines()))))
    return NUMBERED.sub(r"\1\\\2", MARKS.sub(r"\\\g<0>", text))


def say(template: str, *words: object, **named: object) -> str:
    """A text of ours with words from outside in it: `say("**{}** is here", run.title)`.

    Args:
        template: written out where it is used; its Markdown is meant.
        words, named: what stands at its braces, as `str.format` puts them there; `plain`.
    """
    return _PLAIN.vformat(template, words, named)


class _Plain(string.Formatter):
    """Fills a template with plain words."""

    def format_field(self, value: Any, spec: str) -> str:
        return plain(format(value, spec))


_PLAIN = _Plain()
