"""The stack of random changes: added from the catalogue, switched, set by knobs that show what they do, removed."""

from collections.abc import Callable
from functools import partial
from typing import Annotated, Any, Literal

import streamlit as st
from annotated_types import Ge, Lt
from pydantic import ValidationError

from core.augmentation import Augmentation
from core.augmentation.movement import RandomRotation, RandomTranslation
from core.errors import UserError
from core.experiment import Experiment
from core.options import Option
from core.spec import kinds
from pages.components.browser.component import component
from pages.components.data.augmentation_words import MOST, cautions, name_of, unit_of
from pages.components.frame import sent, session, undoing
from pages.components.frame.gestures import Gestures
from pages.components.frame.markdown import plain

Stack = tuple[Augmentation, ...]

KEY = "changes"
REFUSAL, DRAFT, EDITED = "changes-refusal", "changes-draft", "changes-edited"
"""What the tab remembers: why a gesture was refused, the stack under a knob that still moves, that one was saved."""
EXAMPLE = (RandomRotation(factor=0.03), RandomTranslation(height_factor=0.1, width_factor=0.1))
"""A small turn and a small shift: what hardly any label minds."""
OTHERS = "More"
"""The heading of kinds without a family."""
DIGITS = 6
"""Behind the point of a number that a knob sets."""
ADDED = "augmentations-added"
"""Under which name the tab counts what was added: the focus goes to what came last."""

_component = component("changes", "browser/gestures", "data/changes", html="<div class='changes' role='list'></div>")


class Asked(sent.Shape):
    """A gesture of the list.

    Args:
        action: what is to be done; a draft is a knob that still moves.
        at, kind: the place and the kind of the change that it is done to.
        to: the place where that goes.
        field, value: what is to be changed of it, in people's units.
    """

    action: Literal["set", "draft", "switch", "move", "remove", "reset"]
    at: Annotated[int, Ge(0), Lt(MOST)]
    kind: sent.Name
    to: Annotated[int, Ge(0), Lt(MOST)] | None = None
    field: sent.Name | None = None
    value: bool | int | float | sent.Name | None = None


def edit(experiment: Experiment) -> None:
    """Draws the stack; what is done in it is already in the experiment when the page runs."""
    undoing.first(_before_undo)
    if refusal := session.remember(REFUSAL):
        session.keep(REFUSAL, None)
        st.warning(plain(refusal))
    stack = shown(experiment)
    if not stack:
        st.write(
            "Each time a training picture is seen, it can be changed a little at random: "
            "the network sees more, and overfits less."
        )
        _button("Try a small turn and shift", "auto_fix_high", "example", lambda _: EXAMPLE)
    else:
        rows = [_row(change, experiment) for change in stack]
        data = {"rows": rows, "added": session.remember(ADDED, 0), "gestures": _gestures.data()}
        _component(key=KEY, data=data, on_gestures_change=_gestures.take)
    _catalogue(experiment)


def shown(experiment: Experiment) -> Stack:
    """The stack as the page shows it: with what a knob says that still moves."""
    base, draft = session.remember(DRAFT) or (None, ())
    return draft if base == experiment.augmentations else experiment.augmentations


def is_edited() -> bool:
    """Whether something was saved since this was asked: the strip above the page does not know yet."""
    edited = session.remember(EDITED, False)
    session.keep(EDITED, False)
    return edited


def _row(change: Augmentation, experiment: Experiment) -> dict[str, Any]:
    """One change for the browser."""
    found = cautions(change, experiment) if change.on else []
    shown = [(name, one) for name, one in change.options().items() if one.shown and not one.is_rare]
    shown.sort(key=lambda named: _is_folded(change, named[0]))
    return {
        "kind": change.kind,
        "name": name_of(change.kind),
        "help": f"{change.sentence()} In code: {change.source()}",
        "on": change.on,
        "fields": [_field(change, one) for _, one in shown],
        "caution": " ".join(f"{one.message} {one.hint}" for one in found),
    }


def _is_folded(change: Augmentation, name: str) -> bool:
    """Whether a field stands under "More": all but those that say how strong a change is, where any does."""
    main = change.strength()
    return main is not None and name not in (change.strengths or (main.name,))


def _field(change: Augmentation, option: Option) -> dict[str, Any]:
    """One field: a knob where it is a number, else a menu."""
    value = getattr(change, option.name)
    told = {
        "sign": "±" if option.name in change.either_way else "",
        "folded": _is_folded(change, option.name),
        "name": option.name,
        "label": option.title,
        "help": f"{option.what} {option.advice}".strip(),
    }
    if not option.is_number:
        return told | {"value": value, "choices": list(option.choices)}
    unit = unit_of(option)
    low, high = (None if end is None else round(end * unit.times, DIGITS) for end in (option.low, option.high))
    return told | {
        "value": round(value * unit.times, 2),
        "low": low,
        "high": high,
        "step": unit.step,
        "unit": unit.name,
        "help": f"{told['help']} In code: {option.name}={value:g}",
    }


def apply(gesture: object) -> None:
    """Does a gesture to the experiment in work; one that can't be done is said above the list.

    Args:
        gesture: as the browser sent it.
    """
    try:
        asked = sent.read(Asked, gesture)
        experiment = session.experiment()
        changed = _done(experiment.augmentations, asked)
    except UserError as error:
        session.keep(REFUSAL, str(error))
        return
    if asked.action == "draft":
        session.keep(DRAFT, (experiment.augmentations, changed))
    else:
        _save(experiment, changed)


def _save(experiment: Experiment, stack: Stack) -> None:
    session.keep(DRAFT, None)
    session.keep(EDITED, True)
    session.save(experiment.edited(augmentations=stack), redraw=True)


def _done(stack: Stack, asked: Asked) -> Stack:
    """The stack after a gesture.

    Raises:
        UserError: no button sends that.
    """
    if asked.at >= len(stack) or stack[asked.at].kind != asked.kind:
        raise sent.refused()
    change, others = stack[asked.at], [*stack[: asked.at], *stack[asked.at + 1 :]]
    if asked.action == "remove":
        return tuple(others)
    if asked.action == "move":
        others.insert(asked.at if asked.to is None else asked.to, change)
        return tuple(others)
    others.insert(asked.at, _changed(change, asked))
    return tuple(others)


def _changed(change: Augmentation, asked: Asked) -> Augmentation:
    """One change, switched, set or as it was at first.

    Raises:
        UserError: it can't be set so.
    """
    if asked.action == "reset":
        return type(change)(on=change.on)
    try:
        if asked.action == "switch":
            return change.edited(on=asked.value)
        option = change.options().get(asked.field or "")
        if option is None or not option.shown:
            raise sent.refused()
        return change.edited(**{option.name: _value(option, asked.value)})
    except (ValidationError, TypeError, OverflowError) as error:
        raise sent.refused() from error


def _value(option: Option, value: Any) -> Any:
    """Keras' number for one in people's units."""
    if not option.is_number or type(value) not in (int, float):
        return next((one for one in option.choices if str(one) == value), value)  # a menu sends text
    number = value / unit_of(option).times
    return int(number) if option.type is int and number == int(number) else round(number, DIGITS)


_gestures = Gestures(KEY, apply, REFUSAL)


# ---- buttons of the page itself


def _change(edit: Callable[[Stack], Stack]) -> None:
    experiment = session.experiment()
    _save(experiment, edit(experiment.augmentations))


def _button(
    label: str, icon: str, key: str, edit: Callable[[Stack], Stack], disabled: bool = False, help: str | None = None
) -> None:
    """A button that edits the stack."""
    st.button(
        plain(label),
        icon=f":material/{icon}:" if icon else None,
        key=session.key(key),
        disabled=disabled,
        help=help,
        on_click=session.whole(_change),
        args=(edit,),
    )


def _catalogue(experiment: Experiment) -> None:
    """One button per kind of change, in families, folded once there are some; and reset."""
    stack = experiment.augmentations
    with st.expander("Add an operation", icon=":material/add:", expanded=not stack):
        for family, found in families().items():
            st.caption(plain(family))
            with st.container(horizontal=True, gap="small"):
                for name, kind in found.items():
                    add = partial(_with_one_more, kind=kind)
                    _button(name_of(name), "", f"add-{name}", add, len(stack) >= MOST, plain(kind.sentence()))
    _button("Reset all", "restart_alt", "reset-all", _as_at_first, not stack)


def families() -> dict[str, dict[str, type[Augmentation]]]:
    """The kinds of changes by name, by family, both in reading order; those without one come last."""
    found: dict[str, dict[str, type[Augmentation]]] = {}
    for name, kind in kinds(Augmentation).items():
        found.setdefault(kind.family or OTHERS, {})[name] = kind
    return {family: found[family] for family in sorted(found, key=lambda one: one == OTHERS)}


def _with_one_more(stack: Stack, kind: type[Augmentation]) -> Stack:
    session.keep(ADDED, session.remember(ADDED, 0) + 1)
    return (*stack, kind())


def _as_at_first(stack: Stack) -> Stack:
    """Every change with the values that a new one has; what is off stays off."""
    return tuple(type(change)(on=change.on) for change in stack)


def _before_undo() -> None:
    """What a knob under way shows is no change; the list is drawn anew with what undo brings back."""
    session.keep(DRAFT, None)
    session.keep(EDITED, True)
