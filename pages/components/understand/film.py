"""Under a view: its picture after every saved epoch, as a film to keep."""

import json

import streamlit as st

from core.figures.film import Shot
from core.lens import Lens, Result
from core.lens.film import Film, Filmed
from core.words import compact, counted, number
from pages.components.frame import session
from pages.components.frame.markdown import plain, say
from pages.components.understand import patience
from pages.components.understand.looking import Looking

WANTED = "film-wanted"
"""What the tab remembers of each view: the film that was asked for."""
CHOICE_WIDTH = 260
"""px"""


def offer(lens: Lens, result: Result, looking: Looking) -> None:
    """Offers a film of a view; nothing where the view has no picture, the run has no second epoch, or it
    is about the test set.

    Args:
        lens: what was looked with.
        result: what it found.
        looking: at which network and which picture.
    """
    shots = pictures(lens, result)
    if not shots or len(looking.run.checkpoints()) < 2:
        return
    name = looking.key(f"{WANTED}-{lens.question}")
    with st.expander(
        say("Film: {} over all epochs", lens.title().lower()), icon=":material/movie:", key=f"{name}-part"
    ):
        with st.container(horizontal=True, vertical_alignment="bottom"):
            film = _chosen(lens, {called: len(shot.planes) for called, shot in shots.items()}, name)
            st.button(
                "Make the film",
                key=f"{name}-make",
                icon=":material/movie:",
                on_click=session.whole(session.keep),
                args=(name, film),
            )
        if session.remember(name) == film:
            made = patience.of(film, looking, lens.question)
            if made is not None:
                draw(made, looking, name)


def pictures(lens: Lens, result: Result) -> dict[str, Shot]:
    """What a film can be made of, by name: nothing that tells of all epochs anyhow, and nothing of the test set, which
    is asked about one epoch, not about each.

    Args:
        lens, result: what was looked with, and what it found.
    """
    is_out = lens.through_time or getattr(lens, "part", "") == "test"
    return {} if is_out else result.shots()


def _chosen(lens: Lens, planes: dict[str, int], name: str) -> Film:
    """Which film is wanted, by widgets side by side.

    Args:
        lens: what is looked with.
        planes: how many maps or kernels each picture has, by its name.
        name: of the widgets.
    """
    picture, plane = next(iter(planes)), 0
    if len(planes) > 1:
        picture = st.selectbox("Picture", list(planes), key=f"{name}-{'-'.join(planes)}", width=CHOICE_WIDTH)
    if planes[picture] > 1:
        plane = st.selectbox(
            "Which",
            range(planes[picture] + 1),
            format_func=lambda at: f"number {at}" if at else f"all {planes[picture]}",
            key=f"{name}-{picture}-{planes[picture]}",
            width=140,
        )
    speed = st.selectbox("Epochs per second", (1, 2, 4, 8), index=1, key=f"{name}-speed", width=160)
    options = json.dumps(lens.options_set(), sort_keys=True)
    return Film(lens=lens.question, with_options=options, picture=picture, plane=plane, speed=speed)


def draw(made: Filmed, looking: Looking, name: str = "film") -> None:
    """The film, what is not in it, and the buttons that fetch it.

    Args:
        made: the film.
        looking: at the network that it is of.
        name: of the buttons.
    """
    gif, strip = made.gif.tobytes(), made.png.tobytes()
    st.image(gif)
    st.caption(plain(" ".join(told(made))))
    stem = f"{looking.run.title[:40]}-epochs".replace("/", "-")
    with st.container(horizontal=True):
        for what, data, ending, mime in (("GIF", gif, "gif", "image/gif"), ("PNG strip", strip, "png", "image/png")):
            st.download_button(
                say("Download {} ({}B)", what, compact(len(data))),
                data,
                f"{stem}.{ending}",
                mime,
                icon=":material/download:",
                on_click="ignore",
                key=f"{name}-{ending}",
            )


def told(made: Filmed) -> list[str]:
    """What a film shows, and what is not in it and why."""
    sentences = [f"{counted(len(made.epochs), 'epoch')}, one colour scale for all of them."]
    if made.left_out:
        sentences.append(f"{counted(made.left_out, 'epoch')} between them left out, as the file would be too large.")
    if made.damaged:
        which = ", ".join(map(str, made.damaged[:8])) + (" ..." if len(made.damaged) > 8 else "")
        sentences.append(
            f"The weights of {'epoch' if len(made.damaged) == 1 else 'epochs'} {which} are damaged or no numbers."
        )
    if made.planes < made.of:
        sentences.append(f"The first {number(made.planes)} of {number(made.of)} fit into the picture.")
    return sentences
