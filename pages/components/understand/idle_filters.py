"""Dead and duplicate filters: all layers in one table, each counted filter opened by a press, and what may be done."""

from typing import Annotated, Any

import streamlit as st
from annotated_types import Ge, Lt

from core.errors import UserError
from core.experiment import NAME_LENGTH, Experiment
from core.experiment.fewer_filters import with_fewer
from core.lens.filter_wishes import WhatAFilterWants
from core.lens.idle_filters import ALIKE, NEARLY, IdleFilters
from core.runs.run import Run
from core.words import counted, listed, number, percent
from pages.components.browser.component import component
from pages.components.frame import going, sent, session
from pages.components.frame.gestures import Gestures
from pages.components.frame.markdown import plain, say
from pages.components.runs import launching, run_table
from pages.components.understand import look_with
from pages.components.understand.looking import Looking

KEY, REFUSAL = "idle-filters", "idle-filters-refusal"
"""The component, and under which name the tab remembers why what it sent was refused."""
WANTED = "fewer-filters-wanted"
"""What the tab remembers: that the smaller network is to start as soon as its dataset is ready."""
RUNS_PAGE = "pages/3_Train/2_Runs.py"
ENDING = ", fewer filters"
MOST = 100_000

_component = component(KEY, "browser/gestures", "understand/idle_filters", html="<div class='idle'></div>")


def draw(found: IdleFilters, looking: Looking) -> None:
    """Draws the table, and below it what may be done.

    Args:
        found: as the lens gave it.
        looking: at which network.
    """
    if refusal := session.remember(REFUSAL):
        session.keep(REFUSAL, None)
        st.warning(plain(refusal))
    seen = f"all {number(found.of)}" if found.seen == found.of else f"{number(found.seen)} of {number(found.of)}"
    st.markdown(say("**{}**", in_all(found)))
    st.caption(
        say(
            "Counted over {} training images. Dead: above zero for none of them, after relu. Nearly dead: for fewer "
            "than {}. Duplicate: its maps correlate by more than {} with those of another one.",
            *(seen, percent(NEARLY), f"{ALIKE:g}"),
        )
    )
    gestures = _GESTURES[looking.side]
    _component(
        key=looking.key(KEY),
        data={"layers": [_layer(one) for one in found.layers], "gestures": gestures.data()},
        on_gestures_change=gestures.take,
    )
    _what_to_do(found, looking)


def in_all(found: IdleFilters) -> str:
    """What was counted, in a sentence."""
    count, dead, nearly, twins = (
        sum(map(of, found.layers))
        for of in (
            lambda one: one["count"],
            lambda one: len(one["dead"]),
            lambda one: len(one["nearly"]),
            lambda one: len(one["twins"]),
        )
    )
    parts = [(dead, "dead"), (nearly, "nearly dead"), (twins, "duplicate")]
    told = [f"{number(many)} {words}" for many, words in parts if many]
    all_of_them = counted(count, "filter or unit", "filters and units")
    return f"Of {all_of_them}: {listed(told)}." if told else f"Of {all_of_them} none is dead and none a duplicate."


def _layer(one: dict[str, Any]) -> dict[str, Any]:
    """One row of the table."""
    return {
        "name": one["name"],
        "noun": one["noun"],
        "count": one["count"],
        "base": one["base"],
        "opens": one["after"] or one["name"],
        "activation": one["activation"],
        "cuts": bool(one["after"]),
        "dead": one["dead"].tolist(),
        "nearly": one["nearly"].tolist(),
        "shares": [float(one["share"][index]) for index in one["nearly"]],
        "twins": one["twins"].tolist(),
        "alike": one["alike"].tolist(),
    }


def _what_to_do(found: IdleFilters, looking: Looking) -> None:
    """What may be done about them; counting can't tell why they are so, and nothing says that it does."""
    dead, twins = (any(len(one[name]) for one in found.layers) for name in ("dead", "twins"))
    if not dead and not twins:
        return
    lines = options(found, looking.run.experiment)
    st.markdown("**What you can try**")
    if dead:
        st.markdown(
            "A dead filter gives 0 for every image, so it adds nothing, and through a relu that gives 0 no gradient "
            "reaches its weights. Counting can't tell why it died: try one thing at a time."
        )
    st.markdown("\n".join(say("* {}", line) for line in lines))
    _fewer(found, looking)


def options(found: IdleFilters, experiment: Experiment) -> list[str]:
    """What may be tried, a sentence each; only what this experiment does not do yet."""
    dead = [one for one in found.layers if len(one["dead"])]
    twins = [one for one in found.layers if len(one["twins"])]
    lines = []
    if any(not one["base"] for one in dead):
        rate = experiment.training.optimizer.learning_rate
        lines.append(f"A lower learning rate than {rate:g}: one large step can push all sums of a filter below 0.")
        starts = sorted({name for one in dead if (name := _start(one["id"], experiment)) and not name.startswith("he")})
        if starts:
            lines.append(f"He initialisation, made for relu; these layers begin with {listed(starts)}.")
        lines.append("leaky_relu in place of relu: below 0 it keeps a slope, so that a filter can come back.")
    if any(not one["base"] for one in [*dead, *twins]):
        names = [one["name"] for one in found.layers if not one["base"] and (len(one["dead"]) or len(one["twins"]))]
        lines.append(f"Fewer filters in {listed(names)}: the network gets smaller and faster.")
    if any(not one["base"] for one in twins):
        lines.append("Dropout behind layers with duplicates: it makes filters rely less on each other.")
    if any(one["base"] for one in [*dead, *twins]):
        lines.append("Filters of a base learnt on other images: those that yours never need may well stay dark.")
    return lines


def _start(id: str, experiment: Experiment) -> str:
    """With what the kernels of a layer begin; empty where it does not say."""
    node = next((one for one in experiment.nodes if one.id == id), None)
    return str(getattr(node.layer, "kernel_initializer", "")) if node else ""


def fewer(found: IdleFilters, experiment: Experiment) -> tuple[Experiment, dict[str, tuple[int, int]]]:
    """The experiment without as many filters as are dead or duplicates, as `with_fewer` gives it."""
    spare = {one["id"]: len({*one["dead"].tolist(), *(int(twin) for twin, _ in one["twins"])}) for one in found.layers}
    smaller, changed = with_fewer(experiment, spare)
    return smaller.edited(name=f"{experiment.name[: NAME_LENGTH - len(ENDING)]}{ENDING}"), changed


def _fewer(found: IdleFilters, looking: Looking) -> None:
    """The smaller network as one press: trained, and compared with this one."""
    run, name = looking.run, looking.key(WANTED)
    smaller, changed = fewer(found, run.experiment)
    if not changed:
        st.caption("None of these layers can be made narrower by itself: what reads them needs as many maps.")
        return
    told = [f"{name} {had} → {has}" for name, (had, has) in changed.items()]
    st.button(
        "Train with fewer filters",
        key=f"{name}-button",
        icon=":material/compare_arrows:",
        on_click=session.whole(session.keep),
        args=(name, run.id),
        help="Makes that change to the experiment (Undo takes it back), trains it, and lays both curves side by side.",
    )
    chance = "All else is set alike; fewer weights begin with other numbers, so a small difference may be chance."
    st.caption(plain(f"{listed(told, most=8)}. {chance}"))
    if session.remember(name) == run.id:
        session.keep(name, None)
        if launching.make_ready([smaller]):
            _start_smaller(smaller, run)


def _start_smaller(smaller: Experiment, run: Run) -> None:
    """Starts it, and goes to where both stand side by side."""
    try:
        with session.undisturbed():
            if started := launching.start_many([(smaller, {})]):
                session.save(smaller, redraw=True)
                run_table.choose([run.id, started[0].id])
                session.choose_run(started[0])
                going.to(RUNS_PAGE)
    except UserError as error:
        st.error(plain(error))
        return
    going.on()
    st.rerun()


class Pressed(sent.Shape):
    """A filter to look at."""

    layer: sent.Name
    opened: Annotated[int, Ge(0), Lt(MOST)]


def _do(gesture: dict[str, Any]) -> None:
    """Has the page look at a filter."""
    try:
        asked = sent.read(Pressed, gesture)
    except UserError as error:
        session.keep(REFUSAL, str(error))
        return
    look_with.lead_to(WhatAFilterWants(layer=asked.layer, within=asked.layer, opened=asked.opened))


_GESTURES = {side: Gestures(key, _do, REFUSAL) for side, key in enumerate((KEY, f"{KEY}-beside"))}
"""Of the network on the left, and of the one beside."""
