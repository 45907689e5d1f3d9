"""Counts in words: nothing says "1 epochs", as one function in Python and one in scripts write all of them."""

import re
from pathlib import Path

import pytest

from core.words import counted

ROOT = Path(__file__).parent.parent
SOURCES = [*(ROOT / "core").rglob("*.py"), *(ROOT / "pages").rglob("*.py"), *(ROOT / "pages").rglob("*.js")]
NOUNS = "batches|days|epochs|filters|layers|pictures|rounds|runs|steps|units"
"""What a reader sets, or counts up to: any of these is one at times."""
NUMBER_AND_NOUN = re.compile(r"\{([^{}]*)\} (?:" + NOUNS + r")\b")
MEASURE = re.compile(r"[A-Z][A-Z_]+\b.*|.*:\.\d[fg]|.*:,")
"""What is never one: a constant, and what is measured, not counted."""
BY_HAND = re.compile(r"=== 1 \? \"([a-z]+)\" : \"\1s\"|\"([a-z]+)\" if [^\"]* == 1 else \"\2s\"")
WORDS = {("remarks.py", "split"), ("paper.py", "of"), ("starts.js", "told(times[times.length >> 1])")}
"""Words of other kinds before a plural."""


@pytest.mark.parametrize(
    ("count", "words"),
    [(0, "0 epochs"), (1, "1 epoch"), (2, "2 epochs"), (21386, "21\N{NARROW NO-BREAK SPACE}386 epochs")],
)
def test_a_count_has_the_word_that_belongs_to_it(count, words):
    assert counted(count, "epoch") == words


def test_a_word_may_have_a_plural_of_its_own():
    assert [counted(count, "batch", "batches") for count in (1, 3)] == ["1 batch", "3 batches"]


def test_nothing_else_puts_a_number_before_a_plural():
    found = []
    for path in SOURCES:
        text = path.read_text("utf-8")
        for number in NUMBER_AND_NOUN.finditer(text):
            if not MEASURE.fullmatch(number[1]) and (path.name, number[1]) not in WORDS:
                found.append(f"{path.relative_to(ROOT)}: {number[0]}")
        found += [f"{path.relative_to(ROOT)}: {by_hand[0]}" for by_hand in BY_HAND.finditer(text)]
    assert found == []
