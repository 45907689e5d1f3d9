"""The stopping rules of a run: added from the catalogue, set, removed; all are watched at once."""

from collections.abc import Callable
from functools import partial

import streamlit as st

from core.experiment import Experiment
from core.optimization.stopping import MAX_RULES, Rule
from core.spec import kinds
from core.words import counted
from pages.components.frame import session, spec_form
from pages.components.frame.markdown import plain, say

Rules = tuple[Rule, ...]
Take = Callable[[], None]

LABELS = {
    "Target": "Target",
    "EarlyStopping": "Early stopping",
    "ReduceLROnPlateau": "Reduce rate on plateau",
    "TimeBudget": "Time budget",
}
"""What the buttons say, where the name in Keras is no word."""


def edit(experiment: Experiment, take_in: Take) -> None:
    """Draws the rules; what is done to them is saved before the page is drawn again.

    Args:
        experiment: whose rules.
        take_in: saves what all forms of the page say.
    """
    rules = experiment.training.rules
    if not rules:
        st.caption(
            f"The run takes {counted(experiment.training.all_epochs, 'epoch')}. A rule can end it when it is good "
            "enough, or when it does not get better."
        )
    for i, rule in enumerate(rules):
        _row(rules, i, rule, take_in)
    with st.container(horizontal=True, gap="small"):
        for name, kind in kinds(Rule).items():
            st.button(
                plain(LABELS.get(name, name)),
                icon=":material/add:",
                key=session.key(f"add-{name}"),
                help=plain(kind.sentence()),
                disabled=len(rules) >= MAX_RULES,
                on_click=session.whole(_change),
                args=(take_in, partial(_with_one_more, kind=kind)),
            )


def said(rules: Rules) -> Rules:
    """The rules as their forms say now, for callbacks."""
    return tuple(spec_form.said(rule, _form_key(i)) for i, rule in enumerate(rules))


def _row(rules: Rules, i: int, rule: Rule, take_in: Take) -> None:
    """One rule: its name and settings in words, its form, and a way to be rid of it."""
    with st.expander(
        say("**{}** · {}", rule.kind, rule.words()), expanded=i == len(rules) - 1, key=session.key(f"rule-{i}")
    ):
        st.caption(plain(rule.sentence()))
        spec_form.edit(rule, _form_key(i), on_change=take_in)
        st.button(
            "Remove",
            icon=":material/delete:",
            key=session.key(f"remove-rule-{i}"),
            on_click=session.whole(_change),
            args=(take_in, lambda rules: rules[:i] + rules[i + 1 :]),
        )


def _form_key(i: int) -> str:
    return f"rule-{i}"


def _change(take_in: Take, change: Callable[[Rules], Rules]) -> None:
    """Changes the rules as their forms say them now."""
    take_in()
    experiment = session.experiment()
    training = experiment.training
    session.save(experiment.edited(training=training.edited(rules=change(training.rules))), redraw=True)


def _with_one_more(rules: Rules, kind: type[Rule]) -> Rules:
    return (*rules, kind())
