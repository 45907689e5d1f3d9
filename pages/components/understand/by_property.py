"""How often the network is right by what images are like."""

import numpy as np
import streamlit as st

from core.lens.by_property import ByProperty, wilson
from core.words import percent
from pages.components.frame.markdown import plain
from pages.components.understand import chosen_images, openable
from pages.components.understand.looking import Looking

VIEW = "by_property"
NOTE = "Dots: how often it is right. Lines: where that lies with 95 % certainty."


def draw(found: ByProperty, looking: Looking) -> None:
    """Draws accuracy by each property, and what differs by more than chance."""
    said = [sentence for sentence in found.said if sentence]
    for sentence in said:
        st.markdown(plain(sentence))
    if not said:
        st.markdown("Nothing differs by more than chance would make it.")
    tone = found.part if found.part in ("train", "validation") else "plain"
    blocks = [openable.rows(f"By {name}", _rows(found, place), tone=tone) for place, name in enumerate(found.names)]
    key = openable.draw(VIEW, looking, blocks, found.part, found.groups)
    if members := _members(found, key):
        chosen_images.show(looking, *members, order="hardest first")
    else:
        st.caption(f"{NOTE} Press a line to open its pictures.")


def _rows(found: ByProperty, place: int) -> list[openable.Row]:
    """The groups of one property."""
    right, of = found.right[place], found.counts(place)
    low, high = wilson(right, of)
    return [
        openable.Row(
            f"{place}:{group}",
            name,
            f"{percent(right[group] / of[group], 1)} of {of[group]}",
            float(right[group] / of[group]),
            (float(low[group]), float(high[group])),
        )
        for group, name in enumerate(found.groups[place])
    ]


def _members(found: ByProperty, key: str) -> tuple[np.ndarray, str] | None:
    """The images of what is open, and what they have in common."""
    told, _, group = key.partition(":")
    if not (told.isdecimal() and group.isdecimal() and int(told) < len(found.names)):
        return None
    place, chosen = int(told), int(group)
    if chosen >= len(found.groups[place]):
        return None
    return found.members[place][chosen], f"{found.names[place].capitalize()}: {found.groups[place][chosen]}"
