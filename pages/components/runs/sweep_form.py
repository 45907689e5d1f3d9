"""Try several values: one or two numbers of the experiment in work, a run for every value or pair of values."""

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from core.errors import UserError
from core.experiment import Experiment
from core.runs import sweeps, transfer
from core.runs.sweeps import Field, Number
from core.words import counted, listed
from pages.components.frame import going, presses, session
from pages.components.frame.markdown import plain, say
from pages.components.runs import launching, run_families, run_table

RUNS_PAGE = "pages/3_Train/2_Runs.py"
OPEN = "sweep-open"
"""What the tab remembers: whether the panel begins open."""
LISTED = 6
"""Names of runs that are told before the start; the rest are counted."""
FIRST = "learning_rate"
"""The field that is offered first: the one that matters most."""


def link() -> None:
    """A button that leads to the panel, for other pages."""
    st.button(
        "Try several values",
        icon=":material/grid_on:",
        help="A run for every value of one or two settings.",
        on_click=session.whole(_open),
    )


def _open() -> None:
    session.keep(OPEN, True)
    going.to(RUNS_PAGE)


def base_links(experiment: Experiment) -> None:
    """What a base is worth, each a family of runs by one press; nothing for a network without a base."""
    if transfer.base_of(experiment) is None:
        return
    with st.container(horizontal=True, gap="small", key="base-families"):
        _family(
            experiment,
            "Scratch, frozen, fine-tuned",
            "compare",
            "Three runs on the same data, their curves laid over each other: all layers from fresh weights, the base "
            "as it is, and its last layers learning after that.",
            transfer.three_ways,
        )
        _family(
            experiment,
            "Accuracy over pictures per class",
            "stacked_line_chart",
            f"Runs with {listed([str(size) for size in transfer.SIZES])} of the pictures of each class, as far as "
            f"there are so many, and with all of them, each from {transfer.SEEDS} seeds.",
            transfer.over_images,
        )


def _family(
    experiment: Experiment, label: str, icon: str, about: str, members: Callable[[Experiment], list[transfer.Member]]
) -> None:
    """A button that starts a family of runs."""
    if not presses.button(label, icon=f":material/{icon}:", key=f"family-{icon}", help=plain(about)):
        return
    try:
        family = members(experiment)
        if launching.make_ready([experiment]):
            with session.undisturbed():
                presses.answered(f"family-{icon}")
                start_all(family, sweeps.free_family(session.runs(), f"{experiment.name}: {label.lower()}"))
            going.to(RUNS_PAGE)
            st.rerun()
    except UserError as error:
        st.error(plain(error))
    presses.answered(f"family-{icon}")


def is_wanted() -> bool:
    """Whether this tab came here for the panel."""
    return bool(session.remember(OPEN))


def show(experiment: Experiment) -> None:
    """The panel: fields, values, what that makes, and the button that starts it."""
    with st.expander("Try several values", icon=":material/grid_on:", expanded=is_wanted(), key="sweep"):
        st.caption(say("Every value is a run of “{}”, the experiment above, with that one changed.", experiment.name))
        fields = sweeps.numeric_fields(experiment)
        first = next((i for i, field in enumerate(fields) if field.name == FIRST), 0)
        try:
            chosen = [_values(fields, "first", first)]
            others = [field for field in fields if field != chosen[0][0]]
            if second := _values(others, "second", None):
                chosen.append(second)
            _start(experiment, sweeps.grid(experiment, chosen), [field for field, _ in chosen])
        except UserError as error:
            st.error(plain(error))


def _values(fields: Sequence[Field], key: str, index: int | None) -> tuple[Field, tuple[Number, ...]] | None:
    """A menu of fields and a line for the values; None when no field is chosen.

    Raises:
        UserError: the values can't be used.
    """
    menu, line = st.columns([1, 1.4])
    field = menu.selectbox(
        "Vary" if index is not None else "and",
        fields,
        index=index,
        format_func=_label,
        placeholder="nothing else",
        key=session.key(f"sweep-{key}"),
    )
    if field is None:
        return None
    text = line.text_input(
        "Values",
        value=", ".join(map(_written, _suggested(field))),
        key=session.key(f"sweep-{key}-{field.path}"),
        help=say("With commas between, or a range: 16..64 x2 is 16, 32, 64. {} is {}.", field.name, field.bounds()),
    )
    return field, sweeps.parse(text, field)


def _start(experiment: Experiment, family: list[tuple[Experiment, dict[str, Any]]], fields: Sequence[Field]) -> None:
    """What will be trained, and the button."""
    names = [say("“{}”", member.name) for member, _ in family[:LISTED]]
    more = f" and {len(family) - LISTED} more" if len(family) > LISTED else ""
    st.markdown(f"{_count(family)}: {', '.join(names)}{more}.")
    label, key = f"Start {_count(family)}", "start-sweep"
    if presses.button(label, type="primary", icon=":material/play_arrow:", key=key):
        if launching.make_ready([member for member, _ in family]):
            with session.undisturbed():
                presses.answered(key)
                start_all(family, sweeps.family_name(session.runs(), experiment, fields))
            st.rerun()
        presses.answered(key)


def start_all(family: list[tuple[Experiment, dict[str, Any]]], name: str) -> None:
    """Starts the runs, and has them looked at."""
    started = launching.start_many(family, name)
    if started:
        run_families.open_family(name)
        run_table.choose([run.id for run in started])
        session.keep(OPEN, False)
        session.choose_run(started[0])


def _suggested(field: Field) -> list[Number]:
    """Three values around the present one: halved and doubled whole numbers, others by tens."""
    step = 2 if field.whole else 10
    around = [field.value / step, field.value, field.value * step]
    values = [round(value) if field.whole else float(f"{value:.6g}") for value in around]
    return list(dict.fromkeys(value for value in values if field.low <= value <= field.high)) or [field.value]


def _written(value: Number) -> str:
    """A number as it is typed: without the spaces that group its digits."""
    return f"{value:g}" if isinstance(value, float) else str(value)


def _label(field: Field) -> str:
    return f"{field.label} ({field.unit})" if field.unit else field.label


def _count(family: Sequence[object]) -> str:
    return counted(len(family), "run")
