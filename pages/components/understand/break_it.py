"""The break-it bench: a card for each operation, and one press that trains with those under which accuracy fell."""

import functools
from typing import Annotated, Any, Literal

import numpy as np
import streamlit as st
from annotated_types import MaxLen

from core.augmentation import Augmentation
from core.datasets import is_prepared
from core.errors import UserError
from core.experiment import Experiment
from core.lens.benches import WAITING, Bench, Benches, Curve, Point, strengths, trained
from core.runs import scores
from core.runs.run import Run
from core.spec import kinds
from core.words import counted, listed, number
from pages.components.browser.component import component
from pages.components.browser.pixels import jpeg_uri, png_uri, reduced
from pages.components.data.augmentation_words import MOST, cautions, name_of, strength, unit_of
from pages.components.frame import cached, going, lens, sent, session, ticks
from pages.components.frame.gestures import Gestures
from pages.components.frame.markdown import plain, say
from pages.components.runs import launching

TICK_SECONDS = 0.6
AUGMENTATION = "pages/2_Design/2_Augmentation.py"
KEY, REFUSAL = "break-it", "break-it-refusal"
PAIR = "break-it-pair"
"""What the tab remembers: the run from which "Train with these" came, and the one that it started."""
AT = "break-it-at"
"""The network whose cards are on the screen, as (run, epoch): what a press is about."""
CHOSEN = 3
"""Operations that are chosen to be trained with at first, those that fall first."""
LONGEST, CRISP = 64, 32
"""px of an example at most, and up to which its pixels are kept as they are."""
JPEG_QUALITY = 85

_component = component(
    "break_it", "browser/gestures", "browser/signed", "browser/plot", "understand/break_it",
    html="<div class='bench'></div>",
)  # fmt: skip


@st.cache_resource(on_release=lambda benches: benches.close())
def benches() -> Benches:
    """The server's benches."""
    return Benches(lens.client().ask)


def show(run: Run, epoch: int | None, beside: tuple[Run, int | None] | None = None) -> None:
    """Draws the bench of a network, or the button that begins it.

    Args:
        run, epoch: which network.
        beside: the network whose curves lie beneath these, and its epoch; None for one of the reader's choice.

    Raises:
        UserError: its dataset is not there.
    """
    if refusal := session.remember(REFUSAL):
        session.keep(REFUSAL, None)
        st.warning(plain(refusal))
    experiment = run.experiment
    cached.make_ready(experiment.dataset)
    bench = benches().of(run.id, epoch)
    if bench is None and (session.remember(PAIR) or (None, None))[1] == run.id and not run.status().is_live:
        bench = benches().begin(run.id, epoch, experiment)  # it was trained to be compared
    if bench and bench.is_live:
        st.fragment(_wait, run_every=ticks.period(TICK_SECONDS))(bench)
        return
    if bench is None:
        st.write(
            "A few hundred validation images, sampled by class, are changed by one operation at a time, ever further. "
            "The network answers the same images at every strength."
        )
    elif bench.trouble:
        st.error(plain(bench.trouble))
    if bench and bench.unchanged:
        _cards(bench, _beneath(bench, *beside) if beside else _other(bench))
    st.button(
        "Break it" if bench is None else "Try again",
        key="break-it-begin",
        type="primary" if bench is None else "tertiary",
        icon=":material/electric_bolt:" if bench is None else ":material/replay:",
        on_click=session.whole(benches().begin),
        args=(run.id, epoch, experiment),
    )
    st.page_link(
        "pages/2_Design/2_Augmentation.py", label="See what the operations do", icon=":material/auto_fix_high:"
    )


def _wait(bench: Bench) -> None:
    """How far it is; the curves grow meanwhile."""
    if not bench.is_live:
        st.rerun()
    st.progress(bench.done / max(1, bench.total), plain(_doing(bench)))
    st.button(
        "Cancel", key="break-it-cancel", type="tertiary", icon=":material/close:",
        on_click=session.whole(benches().end), args=(bench,),
    )  # fmt: skip
    if bench.unchanged:
        _cards(bench, None)


def _doing(bench: Bench) -> str:
    """What is being waited for."""
    if bench.state == WAITING:
        return "Waiting: another network is being tried"
    if not bench.unchanged:
        return "Opening the network"
    return f"Strength {number(bench.done)} of {number(bench.total)}, all operations together"


# ---- the cards


def _cards(bench: Bench, other: Bench | None) -> None:
    """The sentence, and a card for each operation.

    Args:
        bench: of the network on this page.
        other: of another one, whose curves lie beneath; None for none.
    """
    session.keep(AT, (bench.run, bench.epoch))
    if not bench.is_live:
        st.markdown(say("**{}**", sentence(bench)))
        if other and (words := compared(bench, other)):
            st.markdown(say("{}", words))
        st.caption(plain(explained(bench)))
    beneath = {curve.operation: curve for curve in other.curves()} if other else {}
    curves = bench.curves()
    if bench.is_live:  # nothing changes its place while it grows
        order = list(kinds(Augmentation))
        curves.sort(key=lambda curve: order.index(curve.operation))
    chosen = suggested(bench)
    names = run_names(bench.experiment)
    cards = [_card(curve, beneath.get(curve.operation), bench, names) for curve in curves]
    for card in cards:
        card["chosen"] = card["kind"] in chosen
    data = {
        "cards": cards,
        "over": _title(other.run) if other else "",
        "live": bench.is_live,
        "sign": f"{bench.run}-{bench.epoch}-{other.run if other else ''}",
        "gestures": _gestures.data(),
    }
    _component(key=KEY, data=data, on_gestures_change=_gestures.take)


def run_names(experiment: Experiment) -> tuple[str, ...]:
    """The classes of an experiment."""
    return tuple(experiment.dataset.facts().class_names)


def _card(curve: Curve, beneath: Curve | None, bench: Bench, names: tuple[str, ...]) -> dict[str, Any]:
    """One operation for the browser."""
    kind = curve.operation
    fell = curve.fell
    return {
        "kind": kind,
        "name": name_of(kind),
        "help": kinds(Augmentation)[kind].sentence(),
        "points": [_point(point, kind, names, bench.is_live) for point in curve.points],
        "beneath": [[strength(kind, point.strength)[0], point.accuracy] for point in beneath.points] if beneath else [],
        "far": strength(kind, strengths(kind)[-1])[0],
        "trained": strength(kind, curve.trained)[0],
        "fell": curve.points.index(fell) if fell else None,
        "words": _fallen_words(curve),
        "train": f"train with {strength(kind, to_train(curve))[1]}" if fell else "",
        "caution": caution(curve, bench.experiment) if fell else "",
        "unit": unit_of(kinds(Augmentation)[kind].strength()).name,
    }


def caution(curve: Curve, experiment: Experiment) -> str:
    """Why training with it would teach untrue labels; empty where it would not."""
    change = kinds(Augmentation)[curve.operation]().at(to_train(curve))
    return " ".join(one.message for one in cautions(change, experiment))


def _fallen_words(curve: Curve) -> str:
    """Where it falls, in few words."""
    if fell := curve.fell:
        return f"{share(fell)} at {strength(curve.operation, fell.strength)[1]}"
    last = curve.points[-1]
    return f"{share(last)} at {strength(curve.operation, last.strength)[1]}: holds"


def _point(point: Point, kind: str, names: tuple[str, ...], is_live: bool) -> dict[str, Any]:
    """One strength for the browser."""
    at, words = strength(kind, point.strength)
    said = {"at": at, "accuracy": point.accuracy, "words": words, "share": share(point)}
    if is_live:
        return said
    answers = zip(point.found.answers, point.found.truth, strict=True)
    told_each = [{"answer": names[answer], "right": answer == truth} for answer, truth in answers]
    size = list(reduced(point.found.examples, LONGEST).shape[1:3])
    return said | {"strip": _strip(point), "size": size, "answers": told_each}


@functools.lru_cache(512)
def _strip(point: Point) -> str:
    """Its examples side by side as one picture."""
    images = reduced(point.found.examples, LONGEST)
    row = np.concatenate(list(images), axis=1)
    if max(images.shape[1:3]) <= CRISP:
        return png_uri(row)
    return jpeg_uri(row, JPEG_QUALITY)


# ---- words


def share(point: Point) -> str:
    """An accuracy: "97.3 %"."""
    return f"{100 * point.accuracy:.1f} %"


def sentence(bench: Bench) -> str:
    """What falls first, in numbers."""
    unchanged, fallen, curves = bench.unchanged, bench.first_fallen(), bench.curves()
    begin = f"As they are, {share(unchanged)} of {counted(unchanged.found.images, 'validation image')} are right."
    if not curves:
        return begin
    if not fallen:
        hardest = curves[0]
        worst = min(hardest.points, key=lambda point: point.accuracy)
        at = strength(hardest.operation, worst.strength)[1]
        return (
            f"{begin} No operation takes 10 points of that away; {name_of(hardest.operation)} takes most: "
            f"{share(worst)} at {at}."
        )
    first = fallen[0]
    at, less = strength(first.operation, first.fell.strength)[1], 100 * (unchanged.accuracy - first.fell.accuracy)
    others = f" {counted(len(fallen), 'operation')} of {len(curves)} cost 10 points or more." if len(curves) > 1 else ""
    falls = f"{name_of(first.operation)} falls first: {share(first.fell)} at {at}, {less:.0f} points less."
    return f"{begin} {falls}{others}"


def compared(bench: Bench, other: Bench) -> str:
    """What training with operations did, at the strengths that were trained; empty where both trained with the same.

    Args:
        bench: of the network on this page.
        other: of the one whose curves lie beneath.
    """
    before = {curve.operation: curve for curve in other.curves()}
    told = []
    for curve in bench.curves():
        beneath = before.get(curve.operation)
        if not beneath or curve.trained <= beneath.trained:
            continue
        here = {point.strength: point for point in curve.points if 0 < point.strength <= curve.trained + 1e-9}
        shared = [point for point in beneath.points if point.strength in here]
        if shared:
            now, at = here[shared[-1].strength], strength(curve.operation, shared[-1].strength)[1]
            told.append(f"{name_of(curve.operation)} at {at}: {share(now)} instead of {share(shared[-1])}")
    if not told:
        return ""
    unchanged = f"as they are: {share(bench.unchanged)} instead of {share(other.unchanged)}"
    words = f"Trained with what the other was not: {listed([*told, unchanged], most=len(told) + 1)}."
    return words if _differ_by_augmentation_only(bench, other) else f"{words} The two differ in more than that."


def _differ_by_augmentation_only(one: Bench, other: Bench) -> bool:
    """Whether what tells two networks apart can come of augmentation, and of chance, alone."""
    plain_one, plain_other = (bench.experiment.edited(augmentations=(), name="").model_dump() for bench in (one, other))
    return plain_one == plain_other


def explained(bench: Bench) -> str:
    """How it was measured."""
    images = bench.unchanged.found.images
    words = (
        f"The same {number(images)} images at every strength, sampled by class; each operation alone, each image with "
        "a draw of its own up to that strength. What falls first is counted in times of the strength that an operation "
        "has when you add it."
    )
    if bench.done < bench.total:
        words += " You ended it before it was done: the curves reach as far as it came."
    return words


# ---- another network's curves


def _other(bench: Bench) -> Bench | None:
    """The bench whose curves are laid over: of a network of the same dataset, chosen from those that were tried."""
    before, after = session.remember(PAIR) or (None, None)
    found = {other.run: other for other in _comparable(bench)}
    if not found:
        return None
    offered = ["", *found]
    start = before if after == bench.run and before in found else ""
    chosen = st.selectbox(
        "Lay over",
        offered,
        index=offered.index(start),
        key=f"break-it-over-{bench.run}-{'-'.join(found)}",
        format_func=lambda run: plain(_title(run)) if run else "no other network",
        width=320,
    )
    return found.get(chosen)


def _beneath(bench: Bench, run: Run, epoch: int | None) -> Bench | None:
    """The bench of the network that this one is compared with; None while it has none, and why.

    Args:
        bench: of the network on this page.
        run, epoch: the other one.
    """
    experiment = run.experiment
    if _held_out(experiment) != _held_out(bench.experiment):
        st.caption("The network beside was judged by other images: its curves can't lie over these.")
        return None
    other = benches().of(run.id, epoch)
    if other and other.is_live:
        st.fragment(_wait_beside, run_every=ticks.period(TICK_SECONDS))(other)
        return None
    if other and other.unchanged:
        few, many = sorted(one.unchanged.found.images for one in (bench, other))
        if few < many:
            st.caption(say("One was asked about {} images, the larger network about {} of them.", many, few))
        return other
    if other and other.trouble:
        st.error(plain(other.trouble))
    st.button(
        say("Break {} as well", f"{run.title} after epoch {epoch}"),
        key="break-it-beside",
        icon=":material/electric_bolt:",
        on_click=session.whole(benches().begin),
        args=(run.id, epoch, experiment),
    )
    return None


def _wait_beside(other: Bench) -> None:
    """How far the other one is."""
    if not other.is_live:
        st.rerun()
    st.progress(other.done / max(1, other.total), plain(_doing(other)))


def _comparable(bench: Bench) -> list[Bench]:
    """The latest bench of every other run that was asked about the same images."""
    others = (one for one in benches().all() if one.run != bench.run and one.unchanged)
    return [one for one in others if _held_out(one.experiment) == _held_out(bench.experiment)]


def _held_out(experiment: Experiment) -> tuple[Any, ...]:
    """What decides which images are validated on."""
    return experiment.dataset, experiment.training.validation_split, experiment.seed


def _title(run_id: str) -> str:
    """Name and accuracy of a run; of one that is gone, so much."""
    try:
        run = session.runs().find(run_id)
        return " · ".join(filter(None, [run.title, scores.short(run.status())]))
    except UserError:
        return "a deleted run"


# ---- train with these


def to_train(curve: Curve) -> float:
    """With which strength an operation is trained: that at which accuracy fell, and never less than it was."""
    return max(curve.trained, curve.fell.strength if curve.fell else 0.0)


def suggested(bench: Bench) -> list[str]:
    """The operations that are chosen at first: those that fall first and leave labels true."""
    made = [
        (curve.operation, kinds(Augmentation)[curve.operation]().at(to_train(curve))) for curve in bench.first_fallen()
    ]
    return [kind for kind, change in made if not cautions(change, bench.experiment)][:CHOSEN]


def hardened(bench: Bench, operations: tuple[str, ...]) -> Experiment:
    """The experiment of the run with some operations as strong as where its accuracy fell.

    Args:
        bench: of the run.
        operations: kinds under which it fell.

    Raises:
        UserError: no button sends that, or there is no room for so many.
    """
    curves = {curve.operation: curve for curve in bench.curves() if curve.fell}
    if not operations or not set(operations) <= set(curves):
        raise sent.refused()
    return with_operations(bench.experiment, {kind: to_train(curves[kind]) for kind in operations})


def with_operations(experiment: Experiment, strengths: dict[str, float]) -> Experiment:
    """An experiment with some operations at these strengths, those that it has already at no less than they are.

    Args:
        experiment: any.
        strengths: in Keras' unit, by kind.

    Raises:
        UserError: there is no room for so many.
    """
    changes = {kind: max(strength, trained(experiment, kind)) for kind, strength in strengths.items()}
    stack = [
        change.at(changes.pop(change.kind)) if change.kind in changes else change for change in experiment.augmentations
    ]
    stack += [kinds(Augmentation)[kind]().at(strength) for kind, strength in changes.items()]
    if len(stack) > MOST:
        raise UserError(f"An experiment has {MOST} operations at most.", "Choose fewer.", "TOO_MANY_OPERATIONS")
    return experiment.edited(augmentations=tuple(stack))


class Asked(sent.Shape):
    """A gesture of the cards: train with some operations."""

    action: Literal["train"]
    kinds: Annotated[list[sent.Name], MaxLen(64)]


def apply(gesture: object) -> None:
    """Puts the chosen operations into the experiment and trains it; what can't be is said above the cards."""
    try:
        asked = sent.read(Asked, gesture)
        at = session.remember(AT)
        bench = benches().of(*at) if at else None
        if bench is None:
            raise sent.refused()
        experiment = hardened(bench, tuple(asked.kinds))
    except UserError as error:
        session.keep(REFUSAL, str(error))
        return
    session.save(experiment, redraw=True)
    if is_prepared(experiment.dataset) and launching.start(experiment):
        session.keep(PAIR, (bench.run, session.run().id))
        going.to(launching.LIVE_PAGE)


_gestures = Gestures(KEY, apply, REFUSAL)
