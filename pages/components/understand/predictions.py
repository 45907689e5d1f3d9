"""What a network says about pictures: one large with its likeliest classes, or many in a table of which each opens."""

from collections import Counter
from contextlib import nullcontext
from functools import partial
from hashlib import blake2b
from typing import Annotated, Any, Literal

import numpy as np
import streamlit as st
from annotated_types import Ge, Lt

from core.datasets import Facts
from core.errors import UserError
from core.export.answers import FileAnswer, answers_csv
from core.runs.run import Run
from core.words import counted
from core.words import percent as in_percent
from pages.components.browser import pixels
from pages.components.browser.component import component
from pages.components.frame import sent, session
from pages.components.frame.gestures import Gestures
from pages.components.frame.markdown import plain
from pages.components.understand import asking
from pages.components.understand.asking import Answered, Way
from pages.components.understand.image_source import MAX_FILES, Chosen
from pages.components.understand.paper import DONE, differs

TOP = 5
"""Classes named for a picture."""
LARGE, TWO, SMALL = 224, 128, 40
"""px that a picture takes when it has one answer, when it has two, and in the table."""
KEY, OPENED, WHY, REFUSAL = "answers", "answers-opened", "answers-why", "answers-refusal"
"""The component, and what the tab remembers: the opened row, the picture whose "Why?" was pressed, a refusal."""
KEYS, WHYS = (KEY, f"{KEY}-beside"), (WHY, f"{WHY}-beside")
"""The same for each of two networks."""

_answers = component(
    "answers",
    "browser/gestures",
    "understand/answers/picture",
    "understand/answers/table",
    "understand/predictions",
    html="<div class='answers'></div>",
)


def draw(run: Run, epoch: int | None, chosen: Chosen, side: int = 0) -> tuple[int, np.ndarray] | None:
    """Asks about pictures and draws all good ones with their answers; the others are listed with the reason.

    Args:
        run, epoch: whose network, and after which epoch.
        chosen: the pictures.
        side: where it is drawn, as `Looking.side` says.

    Returns:
        of the picture whose "Why?" was pressed its place among the chosen ones, and what the network saw of it, uint8
        (height, width, channels); None when none was.

    Raises:
        UserError: the lens' refusal.
    """
    if refusal := session.remember(REFUSAL):
        session.keep(REFUSAL, None)
        st.warning(plain(refusal))
    with (
        st.spinner(f"Asking about {counted(len(chosen.names), 'picture')}") if len(chosen.names) > 1 else nullcontext()
    ):
        answered = asking.ask(run, epoch, chosen)
    _say_what_failed([*chosen.refused, *(one.error for one in answered if one.error)])
    good = [one for one in answered if not one.error]
    if not good:
        return None
    _say_what_differs(good)
    sign = blake2b(repr((run.id, epoch, chosen.sign)).encode(), digest_size=12).hexdigest()
    data = _data(run, epoch, chosen, good, sign)
    gestures = _gestures[side]
    _answers(key=KEYS[side], data=data | {"gestures": gestures.data()}, on_gestures_change=gestures.take)
    if len(good) > 1:
        _offer_csv(run, answered, side)
    return _pressed(good, sign, side)


def _say_what_failed(sentences: list[str]) -> None:
    """One sentence, or a list of them."""
    if len(sentences) == 1:
        st.error(plain(sentences[0]))
    elif sentences:
        st.error(
            f"{len(sentences)} files were left out:\n" + "\n".join(f"- {plain(sentence)}" for sentence in sentences)
        )


def _say_what_differs(good: list[Answered]) -> None:
    """A line when pictures are unlike the training pictures."""
    counts = Counter(one.unlike for one in good if one.unlike)
    if counts:
        sentences = [differs(unlike, count, len(good)) for unlike, count in counts.items()]
        st.info(plain(" ".join([*sentences, "Compare both answers."])), icon=":material/compare:")


def _data(run: Run, epoch: int | None, chosen: Chosen, good: list[Answered], sign: str) -> dict[str, Any]:
    """What the browser draws."""
    facts, many = run.experiment.dataset.facts(), len(good) > 1
    height, width = facts.shape[:2]
    brought = bool(chosen.uploads) and not chosen.drawn
    data = {"sign": sign, "many": many, "size": f"{height}×{width} px", "opened": None, "brought": brought}
    if not many:
        return data | {"items": [_item(good[0], chosen, facts, large=True)]}
    at = session.remember(OPENED)
    if at and at[0] == sign and at[1] < len(good):
        (alone,) = asking.ask(run, epoch, chosen.only(good[at[1]].place))  # large, which all at once would not be
        opened = _item(alone, chosen.only(good[at[1]].place), facts, large=True)
        data["opened"] = {"row": at[1], "item": opened}
    return data | {"items": [_item(one, chosen, facts, large=False) for one in good]}


def _item(one: Answered, chosen: Chosen, facts: Facts, *, large: bool) -> dict[str, Any]:
    """One picture; its pixels only if it is to stand large, else a thumb."""
    truth = chosen.truth[one.place]
    labels = ["As it is", DONE[one.unlike].capitalize()] if one.unlike else [""]
    side = TWO if len(one.ways) > 1 else LARGE
    item = {
        "name": one.name,
        "words": one.words,
        "truth": None if truth is None else facts.class_names[truth],
        "ways": [
            _way(way, label, truth, facts) | ({"seen": _pixels(way.seen, side)} if large else {})
            for way, label in zip(one.ways, labels, strict=True)
        ],
    }
    item["ways"][0]["manner"] = "centred and scaled like the training pictures" if chosen.centred else ""
    if not large:
        return item | {"thumb": _thumb(one.ways[0].seen if one.original is None else one.original)}
    # A drawing stands on its pad already.
    original = None if chosen.drawn or one.original is None else _photo(one.original, side)
    return item | {"original": original}


def _way(way: Way, label: str, truth: int | None, facts: Facts) -> dict[str, Any]:
    """One answer: the likeliest classes, and whether the first is right."""
    order = np.argsort(-way.probabilities, kind="stable")[:TOP]
    shares = [float(way.probabilities[i]) for i in order]
    return {
        "label": label,
        "manner": "scaled like the training pictures" if label not in ("", "As it is") else "",
        "right": None if truth is None else bool(order[0] == truth),
        "top": [
            {"name": facts.class_names[i], "share": share, "text": percent(share)}
            for i, share in zip(order, shares, strict=True)
        ],
    }


def _thumb(image: np.ndarray) -> dict[str, Any]:
    """A picture in a row of the table; a tiny one is enlarged by the browser."""
    zoom = max(1, pixels.multiple(max(image.shape[:2]), SMALL))
    longest = max(image.shape[:2])
    scale = zoom if longest <= SMALL else SMALL / longest
    return {
        "uri": pixels.thumbnail_uri(image, SMALL),
        "width": image.shape[1] * scale,
        "height": image.shape[0] * scale,
        "crisp": longest <= SMALL,
    }


def _pixels(image: np.ndarray, side: int) -> dict[str, Any]:
    """What the network saw, at a whole multiple or part of its size."""
    return _picture(image, pixels.multiple(max(image.shape[:2]), side))


def _photo(image: np.ndarray, side: int) -> dict[str, Any]:
    """A picture as people look at it: smooth, with the longer side filling the place; a tiny one is not blown up."""
    longest = max(image.shape[:2])
    return _picture(image, side / longest if longest > SMALL else pixels.multiple(longest, side))


def _picture(image: np.ndarray, zoom: float) -> dict[str, Any]:
    height, width = image.shape[:2]
    is_crisp = zoom >= 1 and float(zoom).is_integer()
    return {
        "uri": pixels.png_uri(image),
        "width": width * zoom,
        "height": height * zoom,
        "crisp": is_crisp,
        "zoom": zoom,
    }


def _offer_csv(run: Run, answered: list[Answered], side: int) -> None:
    """The table as a file, with those that were left out."""
    rows = [
        FileAnswer(
            one.name,
            one.ways[0].probabilities if one.ways else None,
            DONE.get(one.unlike, ""),
            one.ways[1].probabilities if len(one.ways) > 1 else None,
            one.error,
        )
        for one in answered
    ]
    data = answers_csv(run.title, run.experiment.dataset.facts().class_names, rows)
    st.download_button(
        "Download as CSV",
        data,
        "predictions.csv",
        "text/csv",
        icon=":material/download:",
        on_click="ignore",
        key=f"{KEYS[side]}-csv",
        help="A line for every file with all probabilities; opens in a spreadsheet.",
    )


class Pressed(sent.Shape):
    """A gesture of the answers.

    Args:
        action: opens a row of the table, or asks why.
        sign: of the answers that stood there.
        row: among them; -1 closes the opened one.
        way: as it is, or adjusted.
    """

    action: Literal["open", "why"]
    sign: sent.Name
    row: Annotated[int, Ge(-1), Lt(MAX_FILES)]
    way: Literal[0, 1] = 0


def _do(gesture: dict[str, Any], side: int = 0) -> None:
    """Remembers what was pressed; the page answers it."""
    try:
        pressed = sent.read(Pressed, gesture)
    except UserError as error:
        session.keep(REFUSAL, str(error))
        return
    if pressed.action == "open":
        session.keep(OPENED, (pressed.sign, pressed.row) if pressed.row >= 0 else None)
    elif pressed.row >= 0:
        session.keep(WHYS[side], (pressed.sign, pressed.row, pressed.way))


_gestures = [Gestures(key, partial(_do, side=side), REFUSAL) for side, key in enumerate(KEYS)]


def _pressed(good: list[Answered], sign: str, side: int) -> tuple[int, np.ndarray] | None:
    """The picture whose "Why?" waits for its answer, if it is one of these."""
    asked = session.remember(WHYS[side])
    session.keep(WHYS[side], None)
    if not asked or asked[0] != sign or asked[1] >= len(good) or asked[2] >= len(good[asked[1]].ways):
        return None
    one = good[asked[1]]
    return one.place, one.ways[asked[2]].seen


def percent(share: float) -> str:
    """A probability in three significant digits: 0.98765 -> "98.8 %"; near none and all "< 0.001 %", "> 99.999 %"."""
    value = 100 * share
    if value < 0.001:
        return "< 0.001 %"
    if 99.999 < value < 100:
        return "> 99.999 %"
    decimals = 1 if value >= 9.995 else 2 if value >= 0.9995 else 3
    return in_percent(share, decimals)
