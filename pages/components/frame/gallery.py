"""The labs as pictures: in the order of the menu, each with a sentence and the labs that come before it."""

import ast
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import streamlit as st

from core.words import listed
from pages.components.frame import titles
from pages.components.frame.markdown import plain, say

PAGES = Path(__file__).resolve().parents[2]
PICTURES = Path(__file__).with_name("pictures")
CARD = 214
"""px"""
NEEDS = {
    "Activations": ("Neuron",),
    "Logistic regression": ("Neuron", "Activations"),
    "XOR": ("Activations",),
    "Back-propagation": ("Neuron",),
    "Playground": ("XOR",),
    "Convolution": ("Signals",),
    "Plus detector": ("Convolution",),
    "Sizes": ("Convolution",),
    "Pooling": ("Convolution",),
    "Kinds of convolution": ("Sizes",),
    "Filters": ("Convolution",),
}
"""What should be known before; a lab that is not named needs nothing."""


@dataclass(frozen=True)
class Card:
    """A lab on the way to it.

    Args:
        page: its file.
        title: what its page is called.
        sentence: what it is about: the first line of the page's docstring.
        needs: titles of the labs to visit before.
    """

    page: str
    title: str
    sentence: str
    needs: tuple[str, ...]

    def picture(self) -> str:
        """A small drawing as SVG."""
        return (PICTURES / f"{self.title.replace(' ', '_')}.svg").read_text("utf-8").strip()


@cache
def cards() -> dict[str, tuple[Card, ...]]:
    """All labs by their section, "Learn neurons", in the order of the menu."""
    sections = sorted(PAGES.glob("?_Learn_*"))
    return {titles.of(one): tuple(map(_card, sorted(one.glob("*.py")))) for one in sections}


def _card(page: Path) -> Card:
    told = ast.get_docstring(ast.parse(page.read_text("utf-8"))) or ""
    title = titles.of(page)
    return Card(str(page), title, told.partition("\n")[0], NEEDS.get(title, ()))


def draw() -> None:
    """Every lab as a card."""
    for section, labs in cards().items():
        st.subheader(plain(_subject(section)), anchor=False)
        with st.container(horizontal=True, gap="medium"):
            for lab in labs:
                _draw(lab)


def _draw(lab: Card) -> None:
    with st.container(width=CARD, gap="small", key=f"lab-card-{lab.title.lower().replace(' ', '-')}"):
        st.image(lab.picture(), width=120)
        st.page_link(lab.page, label=say("**{}**", lab.title))
        st.markdown(plain(lab.sentence))
        st.caption(say("Needs: {}", listed(lab.needs) if lab.needs else "nothing"))


def links() -> None:
    """Every lab as a link, a line for each section."""
    for section, labs in cards().items():
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(plain(_subject(section)), width="content")
            for lab in labs:
                st.page_link(lab.page, label=plain(lab.title), help=plain(lab.sentence))


def _subject(section: str) -> str:
    """ "Learn neurons" -> "Neurons" """
    return section.removeprefix("Learn ").capitalize()
