"""When the network learnt each validation image, and which it forgot again."""

import numpy as np
import streamlit as st

from core.lens.learnt import STORIES, Learnt, are_the_same
from core.words import counted, listed, number, percent
from pages.components.frame import cached
from pages.components.frame.markdown import plain, say
from pages.components.understand import chosen_images, openable
from pages.components.understand.looking import Looking

VIEW = "learnt"
OFTEN = 4
"""Forgettings from which on images are counted together."""
WHY = (
    "A picture is forgotten when it is answered right after one epoch and wrong after the next (Toneva et al., 2019). "
    "Those forgotten often are hard or mislabelled."
)


def draw(found: Learnt, looking: Looking) -> None:
    """Draws what became of all images; while the run learns, the page is drawn anew after every epoch."""
    key = _overview(found, looking)
    experiment = looking.run.experiment
    data = cached.data(experiment.dataset, experiment.training.validation_split, experiment.seed)
    labels, classes = data.labels[data.validation], len(data.class_names)
    if not are_the_same(found, data.validation, labels, classes):
        st.warning(
            "The dataset changed since this run was trained: other pictures are held out by now, so that none of those "
            "counted here can be opened."
        )
        return
    if members := _members(found, key):
        chosen_images.show(looking, *members, notes=_notes(found, members[0]))
    else:
        st.caption("Press a bar to open its pictures.")


def _notes(found: Learnt, positions: np.ndarray) -> dict[int, str]:
    """The story of each of these images, as a sentence by its position."""
    rows = np.flatnonzero(np.isin(found.positions, positions))
    told = {int(found.positions[row]): found.sentence(row) for row in rows}
    return {position: f"{words[:1].upper()}{words[1:]}." for position, words in told.items()}


def _overview(found: Learnt, looking: Looking) -> str:
    """The sentence and the blocks; returns the key of what is open."""
    images = found.right.shape[1]
    st.markdown(_sentence(found))
    if found.lost:
        st.caption(plain(_lost(found)))
    names = [str(epoch) for epoch in found.epochs]
    up, down = found.learnt.sum(1), found.forgotten.sum(1)
    always, never = number(int(found.always_right()[-1])), number(int(found.never_right()[-1]))
    note = f"After epoch {names[-1]}, {always} were right after every epoch so far and {never} after none."
    stories = np.bincount(found.story, minlength=len(STORIES))
    often = np.bincount(found.forgettings.clip(max=OFTEN), minlength=OFTEN + 1)
    return openable.draw(
        VIEW,
        looking,
        [
            openable.columns("Newly learnt and newly forgotten after each epoch", names, up, down, note),
            openable.rows("Their stories", [_row(f"story:{i}", STORIES[i], n, images) for i, n in enumerate(stories)]),
            openable.rows(
                "How often they were forgotten",
                [_row(f"times:{i}", _times(i), n, images) for i, n in enumerate(often)],
                note=WHY,
            ),
        ],
    )


def _sentence(found: Learnt) -> str:
    """What became of them, in short."""
    images, ever = found.right.shape[1], int((found.forgettings > 0).sum())
    never = int((~found.right.any(0)).sum())
    pictures, epochs = counted(images, "validation picture"), counted(len(found.epochs), "epoch")
    return say("After {}, **{}** of {} {} forgotten at least once, **{}** {} never right.",
               epochs, number(ever), pictures, _were(ever), number(never), _were(never))  # fmt: skip


def _were(count: int) -> str:
    return "was" if count == 1 else "were"


def _lost(found: Learnt) -> str:
    """After which epochs there are no answers."""
    epochs = f"{'epoch' if len(found.lost) == 1 else 'epochs'} {listed(list(map(str, found.lost)))}"
    return f"After {epochs} the network's answers are no numbers: it had diverged. Nothing is counted there."


def _row(key: str, name: str, count: int, images: int) -> openable.Row:
    share = count / max(1, images)
    return openable.Row(key, name, f"{number(int(count))} · {percent(share)}", share)


def _times(count: int) -> str:
    if count == 0:
        return "never"
    return f"{count} times or more" if count == OFTEN else "once" if count == 1 else f"{count} times"


def _members(found: Learnt, key: str) -> tuple[np.ndarray, str] | None:
    """The images of what is open, and what they have in common."""
    kind, _, told = key.partition(":")
    if not told.isdecimal():
        return None
    place = int(told)
    if kind in ("up", "down"):
        rows = np.flatnonzero(found.epochs == place)
        if not len(rows):
            return None
        chosen = (found.learnt if kind == "up" else found.forgotten)[rows[0]]
        return found.positions[chosen], f"{'Learnt' if kind == 'up' else 'Forgotten'} at epoch {place}"
    if kind == "story" and place < len(STORIES):
        return found.positions[found.story == place], STORIES[place].capitalize()
    if kind == "times" and place <= OFTEN:
        return found.positions[found.forgettings.clip(max=OFTEN) == place], f"Forgotten {_times(place)}"
    return None
