"""The stack of random changes: added from the catalogue, set, moved, removed."""

from collections.abc import Callable
from functools import partial

import streamlit as st

from core.augmentation import Augmentation
from core.augmentation.movement import RandomRotation, RandomTranslation
from core.experiment import Experiment
from core.spec import kinds
from pages.components.frame import session, spec_form
from pages.components.frame.markdown import plain, say

Stack = tuple[Augmentation, ...]

CAUTION = "Mirrored or turned far, a digit becomes another sign (6 and 9), and its label would be wrong."
EXAMPLE = (RandomRotation(factor=0.03), RandomTranslation(height_factor=0.1, width_factor=0.1))
"""A small turn and a small shift: what hardly any label minds."""
MOST = 20


def edit(experiment: Experiment) -> None:
    """Draws the stack; what is done to it is saved before the page is drawn again."""
    stack = experiment.augmentations
    if not stack:
        st.write(
            "Each time a training picture is seen, it can be changed a little at random: "
            "the network sees more, and overfits less."
        )
        _button("Try a small turn and shift", "auto_fix_high", "example", lambda _: EXAMPLE)
    for i, change in enumerate(stack):
        _row(experiment, i, change)
    _catalogue(experiment)


def _row(experiment: Experiment, i: int, change: Augmentation) -> None:
    """One change: its name and settings in words, its form, its place."""
    last = len(experiment.augmentations) - 1
    doubtful = change.turns_far() and experiment.dataset.handed
    with st.expander(
        say("**{}** · {}", change.kind, change.words()),
        expanded=i == last or doubtful,
        icon=":material/warning:" if doubtful else None,
        key=session.key(f"change-{i}"),
    ):
        if doubtful:
            st.warning(CAUTION)
        st.caption(plain(change.sentence()))
        spec_form.edit(change, _form_key(i), on_change=_take_in)
        with st.container(horizontal=True):
            _button("Up", "arrow_upward", f"up-{i}", partial(_swapped, i=i, j=i - 1), disabled=i == 0)
            _button("Down", "arrow_downward", f"down-{i}", partial(_swapped, i=i, j=i + 1), disabled=i == last)
            _button("Remove", "delete", f"remove-{i}", lambda stack: stack[:i] + stack[i + 1 :])


def _form_key(i: int) -> str:
    return f"change-{i}"


def _take_in() -> None:
    """Saves what the forms say."""
    experiment = session.experiment()
    said = tuple(spec_form.said(change, _form_key(i)) for i, change in enumerate(experiment.augmentations))
    session.save(experiment.edited(augmentations=said))


def _change(edit: Callable[[Stack], Stack]) -> None:
    """Edits the stack as its forms say it now."""
    _take_in()
    experiment = session.experiment()
    session.save(experiment.edited(augmentations=edit(experiment.augmentations)), redraw=True)


def _button(label: str, icon: str, key: str, edit: Callable[[Stack], Stack], disabled: bool = False) -> None:
    """A button that edits the stack."""
    st.button(
        label,
        icon=f":material/{icon}:",
        key=session.key(key),
        disabled=disabled,
        on_click=session.whole(_change),
        args=(edit,),
    )


def _swapped(stack: Stack, i: int, j: int) -> Stack:
    """The stack with two neighbours exchanged."""
    changed = list(stack)
    changed[i], changed[j] = changed[j], changed[i]
    return tuple(changed)


def _catalogue(experiment: Experiment) -> None:
    """One button per kind of change, and undo."""
    st.markdown("**Add**")
    with st.container(horizontal=True, gap="small"):
        for name, kind in kinds(Augmentation).items():
            st.button(
                plain(name.removeprefix("Random")),
                key=session.key(f"add-{name}"),
                help=plain(kind.sentence()),
                disabled=len(experiment.augmentations) >= MOST,
                on_click=session.whole(_change),
                args=(partial(_with_one_more, kind=kind),),
            )
    st.button(
        "Undo",
        icon=":material/undo:",
        key="undo-change",
        disabled=not session.can_undo(),
        on_click=session.whole(_undo),
    )


def _with_one_more(stack: Stack, kind: type[Augmentation]) -> Stack:
    return (*stack, kind())


def _undo() -> None:
    _take_in()
    session.undo()
