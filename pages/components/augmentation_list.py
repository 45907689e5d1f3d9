"""The stack of random changes: added from the catalogue, set, moved, removed."""

import streamlit as st

from core.augmentations import Augmentation, RandomRotation, RandomTranslation
from core.experiment import Experiment
from core.spec import kinds
from pages.components import session, spec_form

CAUTION = "Mirrored or turned far, a digit becomes another sign (6 and 9), and its label would be wrong."
EXAMPLE = (RandomRotation(factor=0.03), RandomTranslation(height_factor=0.1, width_factor=0.1))
"""A small turn and a small shift: what hardly any label minds."""
MOST = 20


def edit(experiment: Experiment) -> Experiment:
    """Draws the stack; returns the experiment as its forms say it now."""
    stack = experiment.augmentations
    if not stack:
        st.write(
            "Each time a training picture is seen, it can be changed a little at random: "
            "the network sees more, and overfits less."
        )
        _button("Try a small turn and shift", "auto_fix_high", "example", experiment, EXAMPLE)
    edited = tuple(_row(experiment, i, change) for i, change in enumerate(stack))
    _catalogue(experiment)
    return experiment.edited(augmentations=edited)


def _row(experiment: Experiment, i: int, change: Augmentation) -> Augmentation:
    """One change: its name and settings in words, its form, its place."""
    stack = experiment.augmentations
    doubtful = change.turns_far() and experiment.dataset.handed
    with st.expander(
        f"**{change.kind}** · {change.words()}",
        expanded=i == len(stack) - 1 or doubtful,
        icon=":material/warning:" if doubtful else None,
        key=session.key(f"change-{i}"),
    ):
        if doubtful:
            st.warning(CAUTION)
        st.caption(change.sentence())
        new = spec_form.edit(change, f"change-{i}")
        with st.container(horizontal=True):
            _button("Up", "arrow_upward", f"up-{i}", experiment, _swapped(stack, i, i - 1), disabled=i == 0)
            _button(
                "Down",
                "arrow_downward",
                f"down-{i}",
                experiment,
                _swapped(stack, i, i + 1),
                disabled=i == len(stack) - 1,
            )
            _button("Remove", "delete", f"remove-{i}", experiment, stack[:i] + stack[i + 1 :])
    return new


def _button(
    label: str, icon: str, key: str, experiment: Experiment, stack: tuple[Augmentation, ...], disabled: bool = False
) -> None:
    """A button that makes `stack` the stack."""
    st.button(
        label,
        icon=f":material/{icon}:",
        key=session.key(key),
        disabled=disabled,
        on_click=session.save,
        args=(experiment.edited(augmentations=stack),),
        kwargs={"redraw": True},
    )


def _swapped(stack: tuple[Augmentation, ...], i: int, j: int) -> tuple[Augmentation, ...]:
    """The stack with two neighbours exchanged; unchanged where there is no neighbour."""
    if not 0 <= j < len(stack):
        return stack
    changed = list(stack)
    changed[i], changed[j] = changed[j], changed[i]
    return tuple(changed)


def _catalogue(experiment: Experiment) -> None:
    """One button per kind of change, and undo."""
    st.markdown("**Add**")
    with st.container(horizontal=True, gap="small"):
        for name, kind in kinds(Augmentation).items():
            st.button(
                name.removeprefix("Random"),
                key=session.key(f"add-{name}"),
                help=kind.sentence(),
                disabled=len(experiment.augmentations) >= MOST,
                on_click=_add,
                args=(name,),
            )
    st.button("Undo", icon=":material/undo:", key="undo-change", disabled=not session.can_undo(), on_click=session.undo)


def _add(name: str) -> None:
    experiment = session.experiment()
    added = (*experiment.augmentations, kinds(Augmentation)[name]())
    session.save(experiment.edited(augmentations=added), redraw=True)
