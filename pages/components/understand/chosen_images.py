"""The images that a cell or a point stands for: what the network says of each, large by a click, mended at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import Any, Literal

import numpy as np
import streamlit as st

from core.corrections import positions as read_positions
from core.datasets import ImageData, images_at
from core.datasets.browsing import View, view
from core.datasets.split import SPLITS
from core.errors import UserError
from core.experiment import Experiment
from core.figures.overlay import over
from core.lens.said import Said, SaidOfEach
from core.lens.where_from import WhereAnswersComeFrom
from core.lens.why import Why
from core.runs.run import Run
from core.words import counted, percent
from pages.components.browser import pixels
from pages.components.browser.component import component
from pages.components.data import wall
from pages.components.frame import cached, going, lens, sent, session, undoing
from pages.components.frame.gestures import Gestures
from pages.components.frame.markdown import plain, say
from pages.components.mending import acts, current, effect, gallery
from pages.components.understand import image_source, look_with, predictions, results, time_machine
from pages.components.understand.looking import Looking

Order = Literal["surest first", "least sure first", "hardest first", "as they come"]
ORDERS: tuple[Order, ...] = ("surest first", "least sure first", "hardest first", "as they come")
PAGE = 60
FEW = 200
"""Images that are asked about by themselves; of more, all of their split are, which are remembered."""
KEY, SHOWN, OPENED, COMPARES = "chosen-images", "chosen-shown", "chosen-opened", "chosen-compares"
"""The component, and what the tab remembers: what it shows, which image stands large, where training is compared."""
MARKED = "chosen-marked"
WHERE = "Marks in every picture what the answer comes from, for the class that the network takes it for."
LOOK_INSIDE = "pages/4_Understand/2_Look_inside.py"

_component = component(
    KEY,
    "browser/gestures",
    "data/sheet",
    "mending/picked",
    "mending/large",
    "mending/tiles",
    "understand/chosen_images",
    html="<div class='gallery'></div><dialog class='alone'></dialog>",
)


@dataclass(frozen=True, eq=False)
class Shown:
    """What stood there when something was pressed.

    Args:
        run, epoch: whose answers.
        positions: of all images, however many pages they are.
        sign: the same for the same images and answers.
        wrong: positions of those that are answered wrongly.
    """

    run: Run
    epoch: int | None
    positions: np.ndarray
    sign: str
    wrong: np.ndarray


class Pressed(acts.Act):
    """What is to be done to images, or where one leads: "inside" the network, and "why" it is answered so.

    Args:
        sign: of what stood there.
    """

    action: Literal["exclude", "include", "relabel", "move", "open", "close", "inside", "why"]
    sign: sent.Name = ""


def show(
    looking: Looking,
    positions: Sequence[int] | np.ndarray,
    title: str,
    order: Order = "surest first",
    notes: Mapping[int, str] | None = None,
) -> None:
    """Draws images of the dataset with what the network says of them, and what can be done: open one, mend them, train
    again and compare. One such set at a time in each place of a page.

    Args:
        looking: the network.
        positions: in the run's dataset; any number.
        title: what they have in common: "3 taken for 8"; plain words.
        order: in which they stand unless the reader chooses another.
        notes: what else there is to say of an image by its position, a plain sentence each.

    Raises:
        UserError: the dataset can't be had, or the lens' refusal.
    """
    wanted = np.asarray(positions, np.int64)
    st.markdown(say("**{}** · {}", title, counted(len(wanted), "picture")))
    if not len(wanted):
        return
    experiment = looking.run.experiment
    data = cached.data(experiment.dataset, experiment.training.validation_split, experiment.seed)
    said = _said(looking, data, wanted)
    if said is None:
        return
    seen, mends = _seen(looking.run)
    current.refusals()
    said, page, is_marked = _page(looking, said, title, order)
    _draw(looking, seen, said, page, mends, notes or {}, is_marked=is_marked)
    if not mends:
        _other_dataset(looking)
        return
    _judged(looking, seen)
    _train_again(looking)


def _said(looking: Looking, data: ImageData, wanted: np.ndarray) -> Said | None:
    """The answers for these images, in their order; None while they are waited for."""
    parts = [part for part in SPLITS if np.isin(wanted, data.positions(part)).any()]
    if np.isin(wanted, data.validation).all():  # where nothing is held out, test images are what it is judged by
        parts = ["validation"]
    if len(wanted) <= FEW and parts != ["validation"]:
        epoch = looking.epoch or looking.run.chosen_epoch
        answer = lens.ask("predict", run=looking.run.id, epoch=epoch, positions=wanted.tolist())
        return Said.of(wanted, data.labels[wanted], answer["result"].probabilities)
    found = [results.found(SaidOfEach(part=part), looking) for part in parts]
    if any(one is None for one in found):
        return None
    together = Said(*(np.concatenate(values) for values in zip(*(vars(one).values() for one in found), strict=True)))
    return together.at(wanted)


def _seen(run: Run) -> tuple[View, bool]:
    """The run's dataset as it is mended by now, and whether it is the one that the experiment in work mends."""
    experiment, dataset = run.experiment, session.experiment().dataset
    mends = dataset.key() == experiment.dataset.key()
    training = experiment.training
    return view(dataset if mends else experiment.dataset, training.validation_split, experiment.seed), mends


def _page(looking: Looking, said: Said, title: str, order: Order) -> tuple[Said, int, bool]:
    """All answers in the order that the reader wants, the page that is looked at, and whether it is to be marked where
    the answers come from."""
    count = len(said.positions)
    sign = blake2b(repr((title, count)).encode(), digest_size=6).hexdigest()
    pages, page, chosen = -(-count // PAGE), 1, order
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        if count > 1:
            chosen = st.selectbox(
                "Order",
                ORDERS,
                index=ORDERS.index(order),
                key=looking.key(f"chosen-order-{sign}"),
                label_visibility="collapsed",
                width=200,
            )
        is_marked = st.toggle("Where answers come from", key=looking.key(MARKED), persist_state="session", help=WHERE)
        if pages > 1:
            page = st.pagination(pages, key=looking.key(f"chosen-page-{sign}-{chosen}"))
    return said.at(said.positions[_ordered(said, chosen)]), min(page, pages), is_marked


def _ordered(said: Said, order: Order) -> np.ndarray:
    """Rows in an order."""
    keys = {
        "surest first": -said.confidence,
        "least sure first": said.confidence,
        "hardest first": said.truth,
        "as they come": np.arange(len(said.positions)),
    }
    return np.argsort(keys[order], kind="stable")


def _draw(
    looking: Looking,
    seen: View,
    said: Said,
    page: int,
    mends: bool,
    notes: Mapping[int, str],
    *,
    is_marked: bool = False,
) -> None:
    """One page of tiles."""
    run, names = looking.run, looking.outline.facts.class_names
    epoch = looking.epoch or run.chosen_epoch
    told = repr((run.id, epoch, said.positions.tobytes())).encode()
    sign = blake2b(told, digest_size=12).hexdigest()
    session.keep(
        looking.key(SHOWN), Shown(run, epoch, said.positions, sign, said.positions[said.chosen != said.labels])
    )
    rows = range((page - 1) * PAGE, min(page * PAGE, len(said.positions)))
    shown = said.positions[rows.start : rows.stop]
    gestures = _GESTURES[looking.key("")]
    marked = _marked(looking, seen, shown) if is_marked else None
    data = acts.about(seen) | {
        "items": [
            acts.called(seen, int(said.positions[row])) | {"said": _words(said, row, names, notes)} for row in rows
        ],
        "sheet": wall.packed(seen.dataset, seen.images, shown) if marked is None else _sheet(sign, page, marked),
        "found": len(said.positions),
        "page": page,
        "mends": mends,
        "sign": sign,
        "alone": _alone(looking, seen, said, names, sign, notes, _by_position(shown, marked)),
        "gestures": gestures.data(),
    }
    _component(key=looking.key(KEY), data=data, on_gestures_change=gestures.take)


def _marked(looking: Looking, seen: View, shown: np.ndarray) -> np.ndarray | None:
    """Images with the places marked that their answers come from: uint8 (N, H, W, 3); None while they are waited for,
    and where they can't be had, which is said."""
    chosen = image_source.Chosen(tuple(shown.tolist()), names=("",) * len(shown), truth=(None,) * len(shown))
    try:
        found = results.found(WhereAnswersComeFrom(), replace(looking, chosen=chosen))
    except UserError as error:
        st.error(plain(error))
        return None
    if found is None:
        return None
    of = f", by the maps of {found.layer}" if found.layer else ""
    st.caption(
        plain(
            f"Teal is where {found.method} finds what counts for the class that is answered{of}; each picture has a "
            "scale of its own. Open one and press Why? for all methods and what they mean."
        )
    )
    return over(images_at(seen.images, shown), found.maps)


def _by_position(shown: np.ndarray, marked: np.ndarray | None) -> dict[int, np.ndarray]:
    return {} if marked is None else dict(zip(shown.tolist(), marked, strict=True))


def _sheet(sign: str, page: int, marked: np.ndarray) -> dict[str, Any]:
    """Marked images as `wall.packed` gives plain ones."""
    small = pixels.reduced(marked, wall.SENT)
    size, sheet = [small.shape[2], small.shape[1]], {"columns": wall.SAMPLES, "count": len(small)}
    return sheet | {"uri": _packed(f"{sign}-{page}", small), "size": size}


@st.cache_data(max_entries=16, max_size="16MB", show_spinner=False)
def _packed(sign: str, _images: np.ndarray) -> str:
    """One PNG of them."""
    return pixels.sheet_uri(_images, wall.SAMPLES)


def _words(said: Said, row: int, names: Sequence[str], notes: Mapping[int, str]) -> dict[str, Any]:
    """What the browser says of one answer."""
    return {
        "answer": names[said.chosen[row]],
        "truth": names[said.labels[row]],
        "right": bool(said.chosen[row] == said.labels[row]),
        "share": predictions.percent(float(said.confidence[row])),
        "brief": _brief(float(said.confidence[row])),
        "given": predictions.percent(float(said.truth[row])),
        "note": notes.get(int(said.positions[row]), ""),
    }


def _brief(share: float) -> str:
    """A probability in as few letters as a small tile has room for; certain only where it is."""
    return "> 99 %" if 0.995 <= share < 1 else percent(share)


def _alone(
    looking: Looking,
    seen: View,
    said: Said,
    names: Sequence[str],
    sign: str,
    notes: Mapping[int, str],
    marked: Mapping[int, np.ndarray],
) -> dict[str, Any] | None:
    """The image that stands large, marked where it is marked small."""
    opened, at = session.remember(looking.key(OPENED)) or ("", -1)
    rows = np.flatnonzero(said.positions == at)
    if opened != sign or not len(rows):
        return None
    uri = {"uri": pixels.png_uri(marked[at])} if at in marked else {}
    return gallery.large(seen, at) | uri | {"said": _words(said, int(rows[0]), names, notes)}


def _other_dataset(looking: Looking) -> None:
    """What to do where the experiment in work has other pictures."""
    st.caption(
        say(
            "This network learnt from {}, your experiment has other pictures. To mend these, take up the network's "
            "experiment.",
            looking.run.experiment.dataset.called(),
        )
    )
    st.button(
        "Take up its experiment",
        key=looking.key("chosen-take-up"),
        icon=":material/swap_horiz:",
        on_click=session.whole(undoing.bring),
        args=(looking.run.experiment,),
        help="Puts the experiment of this network in the place of yours. Undo brings yours back.",
    )


def _judged(looking: Looking, seen: View) -> None:
    """How often the network is right on the pictures that it is judged by, once some of them are mended."""
    is_as_it_was = looking.run.experiment.dataset.corrections == seen.dataset.corrections
    if is_as_it_was or seen.now.class_names != looking.outline.facts.class_names:
        return
    everything = results.found(SaidOfEach(), looking)
    if everything is None:
        return
    then, now = right_before_and_after(everything, seen.now.labels, seen.now.split)
    if then != now:
        st.markdown(
            say(
                "On the validation pictures as you mended them this network is right **{}** of the time; "
                "as they were, {}.",
                percent(now, 1),
                percent(then, 1),
            )
        )


def right_before_and_after(said: Said, labels: np.ndarray, split: np.ndarray) -> tuple[float, float]:
    """How often answers are right by the labels that they were judged by, and by those that were mended since.

    Args:
        said: the answers for the validation images.
        labels: int64 (all images,), as they are by now.
        split: int8 (all images,), -1 for those that are left out.

    Returns:
        shares 0..1; NaN where nothing is left.
    """
    stays = split[said.positions] == SPLITS.index("validation")
    right = said.chosen == labels[said.positions]
    then = float((said.chosen == said.labels).mean()) if len(right) else np.nan
    return then, float(right[stays].mean()) if stays.any() else np.nan


def _train_again(looking: Looking) -> None:
    """The way to a training with what was mended, and without, judged on the same mended pictures."""
    if looking.side:
        return  # the experiment in work is one: its training stands at the left
    place = looking.key(COMPARES)
    is_open = session.remember(COMPARES) == place  # in one of both places: it is the same comparison
    st.button(
        "Close the comparison" if is_open else "Train again and compare",
        key=place,
        icon=":material/compare_arrows:",
        on_click=session.whole(session.keep),
        args=(COMPARES, "" if is_open else place),
        help="Trains the experiment with the mended pictures and without, both judged on the same mended pictures.",
    )
    if is_open:
        with st.container(border=True):
            experiment = session.experiment()
            _other_network(looking.run.experiment, experiment)
            effect.draw(experiment, current.view_of(experiment))


def _other_network(ran: Experiment, experiment: Experiment) -> None:
    """Says where another network would be trained than the one that is looked at, with a way to train that one."""
    same = ran.edited(dataset=experiment.dataset, name=experiment.name)
    if same == experiment:
        return
    st.caption(
        say(
            "Your experiment differs from that of this network in its {}: yours is what is trained.",
            undoing.changed(same, experiment),
        )
    )
    st.button(
        "Train this network instead",
        key="chosen-train-this",
        icon=":material/swap_horiz:",
        on_click=session.whole(undoing.bring),
        args=(same,),
        help="Takes up this network's experiment with the pictures as you mended them. Undo brings yours back.",
    )


def _do(gesture: object, side: str) -> None:
    """Does what was pressed in the images of one side; what can't be done is remembered and told."""
    try:
        asked = sent.read(Pressed, gesture)
        shown = session.remember(f"{SHOWN}{side}")
        if isinstance(shown, Shown) and asked.sign == shown.sign:
            _act(asked, shown, side)
    except UserError as error:
        session.keep(current.REFUSAL, str(error))


def _act(asked: Pressed, shown: Shown, side: str) -> None:
    if asked.action == "close":
        session.keep(f"{OPENED}{side}", None)
        return
    seen, mends = _seen(shown.run)
    among = read_positions(asked.images, len(seen.images))
    chosen = np.sort(shown.positions) if asked.every else among[np.isin(among, shown.positions)]
    if not len(chosen):
        return
    if asked.action == "open":
        session.keep(f"{OPENED}{side}", (shown.sign, int(chosen[0])))
    elif asked.action in ("inside", "why"):
        label = _look_inside(shown, int(chosen[0]), seen)
        if side and shown.epoch is not None:  # the network beside stands alone there, after the epoch of this answer
            session.keep(time_machine.kept_as(shown.run), shown.epoch)
        if asked.action == "why":  # of a mistake the truth is explained as well
            look_with.lead_to(Why(beside=str(label)) if chosen[0] in shown.wrong else Why())
    elif mends and asked.dataset == seen.dataset.key():
        acts.mend(asked, seen, chosen)


def _look_inside(shown: Shown, position: int, seen: View) -> int:
    """Goes to where the network is looked at inside, with one image; returns its class."""
    experiment = shown.run.experiment
    data = cached.data(experiment.dataset, experiment.training.validation_split, experiment.seed)
    is_offered = position in data.validation  # others are carried there as they are
    name = f"Dataset number {position}"
    label = int(data.labels[position])
    chosen = image_source.Chosen((position,) if is_offered else (), (), (name,), (label,))
    image_source.carry(chosen, 0, np.asarray(seen.images[position]), "look-inside")
    session.choose_run(shown.run)
    going.to(LOOK_INSIDE)
    return label


def _gestures(side: str) -> Gestures:
    return Gestures(f"{KEY}{side}", lambda gesture: _do(gesture, side), current.REFUSAL)


DIFFER = "-differ"
"""The second place: below the views of two networks, the images about which they differ."""
_GESTURES = {place: _gestures(place) for place in ("", "-beside", DIFFER)}
"""Of the network that is looked at, of the one beside, and of where they differ."""
