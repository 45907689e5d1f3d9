"""Whether images are like any of the classes: on Look inside with both scores, on Predict in a sentence."""

import numpy as np
import streamlit as st

from core.figures.likeness import histogram
from core.lens.unknown import Likeness, Unknown
from core.words import counted, listed, percent
from pages.components.browser.pixels import multiple
from pages.components.frame import session
from pages.components.frame.markdown import say
from pages.components.understand import asking, look_with, patience
from pages.components.understand.looking import Looking
from pages.components.understand.results import CHART

MEASURES = {"distance": "distance of its features to the nearest training image", "energy": "energy"}
SIDE = 96
"""px of the nearest training image."""
OFFERS = "may-be-unknown"
"""What the tab remembers: whether Predict may call an image none of the classes."""
NAMED = 5
"""Images that are named in a sentence."""


def draw(found: Likeness, looking: Looking) -> None:
    """Draws the verdict with its reason, the nearest training image, and both scores among the validation images'.

    Args:
        found: of one image.
        looking: at which network and image.
    """
    names = looking.outline.facts.class_names
    words, image = st.columns([3, 1], vertical_alignment="top")
    with words:
        st.markdown(say("**{}**", verdict(found, 0, names)))
        st.markdown(say("{}", reason(found, 0, names)))
        if "energy" not in found.scores:
            st.caption("This network has no logits, and so no energy: the distance alone decides.")
    with image:
        _nearest(found, names)
    for place, score in zip(st.columns(len(found.scores)), found.scores, strict=True):
        limit = found.threshold if score == found.deciding else None
        with place:
            st.plotly_chart(
                histogram(found.usual[score], float(found.scores[score][0]), limit, MEASURES[score]),
                key=looking.key(f"likeness-{score}"),
                config=CHART,
                alt=MEASURES[score],
            )


def _nearest(found: Likeness, names: tuple[str, ...]) -> None:
    """The training image that is nearest, its pixels crisp."""
    nearest = found.nearest[0]
    times = max(1, int(multiple(max(nearest.shape[:2]), SIDE)))
    large = nearest.repeat(times, 0).repeat(times, 1)
    st.image(large[..., 0] if large.shape[2] == 1 else large, width=large.shape[1])
    st.caption(say("The nearest training image: {}", names[found.labels[0]]))


def verdict(found: Likeness, place: int, names: tuple[str, ...]) -> str:
    """ "Unknown: like none of the classes", or what it is and that it is known."""
    answer = names[int(found.probabilities[place].argmax())]
    if found.are_unknown[place]:
        return f"Unknown: like none of the classes, though the network says {answer}."
    return f"Known: as like its classes as the validation images are. The network says {answer}."


def reason(found: Likeness, place: int, names: tuple[str, ...]) -> str:
    """What decides, in numbers."""
    score, nearest = found.deciding, names[found.labels[place]]
    share, value = percent(found.beyond(score, place), 1), found.scores[score][place]
    limit = f"the threshold, which keeps {found.keeps:g} % of them, is {found.threshold:.3g}"
    if score == "energy":
        return f"Its energy, {value:.3g}, is higher than that of {share} of the validation images; {limit}."
    if found.are_unknown[place]:
        return (
            f"Its features are farther from every training image than those of {share} of the validation images are "
            f"from theirs: the nearest, of class {nearest}, is {value:.3g} away; {limit}."
        )
    return (
        f"The training image whose features are nearest, of class {nearest}, is {value:.3g} away. {share} of the "
        f"validation images are nearer to theirs; {limit}."
    )


def offer(looking: Looking) -> None:
    """On Predict: a switch, and with it a sentence on which of the images are like none of the classes.

    Args:
        looking: at which network and which images.

    Raises:
        UserError: the lens' refusal.
    """
    wanted = st.toggle(
        "May be none of the classes",
        value=session.remember(looking.key(OFFERS), False),
        key=looking.key(OFFERS),
        help="A network names one of its classes for every picture, even for noise. With this, what is less like the "
        "training images than 95 % of the validation images are is called unknown.",
    )
    session.keep(looking.key(OFFERS), wanted)
    if not wanted:
        return
    lens = look_with.as_set(Unknown, looking.outline)
    found = patience.of(lens, looking) if lens.is_long(looking.outline) else looking.ask(lens)
    if found is not None:
        _say(found, looking)


def _say(found: Likeness, looking: Looking) -> None:
    """The sentence; of several images those that are unknown by their names."""
    names = looking.outline.facts.class_names
    if len(looking.chosen.names) == 1:
        tell = st.warning if found.are_unknown[-1] else st.success
        at = len(found.are_unknown) - 1  # of one that was also inverted and centred, that
        tell(say("{} {}", verdict(found, at, names), reason(found, at, names)))
        return
    answered = asking.ask(looking.run, looking.epoch, looking.chosen)
    places = np.cumsum([len(one.ways) for one in answered]) - 1  # likewise
    unknown = [one.name for one, at in zip(answered, places, strict=True) if one.ways and found.are_unknown[at]]
    good = sum(bool(one.ways) for one in answered)
    if unknown:
        st.warning(say("{} of {} like none of the classes: {}.", len(unknown), counted(good, "image"),
                       listed(unknown, most=NAMED)))  # fmt: skip
    else:
        st.success(say("All {} are as like the classes as validation images are.", counted(good, "image")))
