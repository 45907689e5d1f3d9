"""What an inspection found: each finding a card with its images, and one press for what mends it."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

import numpy as np
import streamlit as st
from annotated_types import Ge, Lt

from core.datasets.browsing import View, view
from core.errors import UserError
from core.experiment import Experiment
from core.inspection import MOST_GROUPS, Check, Finding, Group, Report
from core.inspection.inspecting import Inspection
from core.inspection.settled import dismiss, dismissed, is_settled, mended_since, sign, spared
from core.optimization.class_weights import Balanced
from core.spec import kinds
from core.words import compact, counted, number
from pages.components.browser.component import component
from pages.components.data import wall
from pages.components.frame import cached, sent, session
from pages.components.frame.gestures import Gestures
from pages.components.frame.markdown import say
from pages.components.mending import acts, current, gallery

KEY = "findings"
WANTED, INSPECTED, OPENED = "inspection-wanted", "inspected", "finding-opened"
"""What the tab remembers: that an inspection is to be made, the last one and its report, the open card and its page."""
GROUPS, IMAGES, BACK = 8, 6, 20
"""Groups of a card at once, images of one, and steps that are gone back to find an inspection."""
MOST_FINDINGS = 1000

_component = component(
    KEY,
    "browser/gestures",
    "data/sheet",
    "mending/picked",
    "mending/large",
    "mending/findings",
    html="<div class='findings'></div><dialog class='alone'></dialog>",
)


@dataclass(frozen=True)
class Inspected:
    """An inspection that was made, and its report."""

    inspection: Inspection
    report: Report

    def key(self) -> str:
        """Names it."""
        return self.inspection.key()


def draw(experiment: Experiment, seen: View) -> None:
    """The button that inspects, and what was found."""
    known = _known(experiment)
    with st.empty():  # one button takes the place of the other at once
        _ask(experiment, known)
    if session.remember(WANTED):
        _inspect(experiment)
    elif known is None:
        st.markdown(
            "Copies, pictures that are learnt from and checked on at once, labels that are likely wrong, pictures "
            "that are dark, blurred or odd: your data is looked through, and what is found is mended by one press."
        )
    else:
        _found(known, seen)


def _now(experiment: Experiment, corrections: tuple | None = None) -> Inspection:
    dataset = experiment.dataset
    steps = dataset.corrections if corrections is None else corrections
    dataset = dataset.edited(corrections=steps, learns_as_brought=False)
    return Inspection(dataset, experiment.training.validation_split, experiment.seed)


def _known(experiment: Experiment) -> Inspected | None:
    """The last inspection of these images: that of this tab, else one on the disk, the latest state first."""
    held, now = session.remember(INSPECTED), _now(experiment)
    if held and _is_of(held.inspection, now):
        return held
    steps = now.dataset.corrections
    for length in dict.fromkeys([*range(len(steps), max(-1, len(steps) - BACK), -1), 0]):
        one = _now(experiment, steps[:length])
        if (report := one.report()) is not None:
            session.keep(INSPECTED, Inspected(one, report))
            return session.remember(INSPECTED)
    return None


def _is_of(one: Inspection, other: Inspection) -> bool:
    """Whether both are of the same images, dealt out alike."""
    return (one.dataset.key(), one.share, one.seed) == (other.dataset.key(), other.share, other.seed)


def _ask(experiment: Experiment, known: Inspected | None) -> None:
    """The button, or the one that stops; nothing where what is known is of the images as they are."""
    if session.remember(WANTED):
        st.button("Stop", icon=":material/stop_circle:", key="stop-inspecting", on_click=session.whole(session.keep),
                  args=(WANTED, None))  # fmt: skip
        return
    if known and known.inspection == _now(experiment):
        return
    st.button(
        "Look for flaws" if known is None else "Look again, as it is mended by now",
        type="primary" if known is None else "secondary",
        icon=":material/search:",
        key="inspect",
        on_click=session.whole(session.keep),
        args=(WANTED, True),
    )


def _inspect(experiment: Experiment) -> None:
    """Inspects, and draws the page anew."""
    wanted = _now(experiment)
    try:
        cached.inspect(wanted)
        report = wanted.report()
        if report is not None:
            session.keep(INSPECTED, Inspected(wanted, report))
            session.keep(OPENED, None)
    except UserError as error:
        session.keep(current.REFUSAL, str(error))
    session.keep(WANTED, None)
    st.rerun()


def _found(known: Inspected, seen: View) -> None:
    """The cards, or that all is well; below it what was looked at."""
    report = known.report
    if not report.findings:
        st.success(f"Nothing is wrong with {counted(report.images, 'picture')}, as far as this app can tell.")
    else:
        state = _State(known, seen)
        data = acts.about(seen) | _cards(state) | {"gestures": _gestures.data()}
        _component(key=KEY, data=data, on_gestures_change=_gestures.take)
    _looked(report)


def _looked(report: Report) -> None:
    """Each check that was made, and what it came to."""
    with st.expander(f"What was looked for, in {compact(report.seconds)} s", key="looked"):
        catalogue = kinds(Check)
        for one in report.looked:
            if (kind := catalogue.get(one.check)) is None:
                continue
            found = [finding.title for finding in report.of(one.check)]
            if one.note and not one.images:  # nothing was judged, so nothing is well either
                st.markdown(say("**{}**: {}", kind.title(), one.note))
                continue
            part = f"{number(one.images)} of {counted(one.of, 'picture')}"
            told = f"{' · '.join(found) or kind.clear()} {one.note}"
            is_whole = one.images == one.of
            st.markdown(
                say("**{}**: {}", kind.title(), told) if is_whole else say("**{}** ({}): {}", kind.title(), part, told)
            )


class _State:
    """What became of each group of a report by now."""

    def __init__(self, known: Inspected, seen: View) -> None:
        self.known, self.seen, self.report = known, seen, known.report
        inspection = known.inspection
        before = view(inspection.dataset, inspection.share, inspection.seed)
        self.mended = mended_since(before, seen)
        self.no_flaws = frozenset(dismissed(seen.dataset))

    def became(self, finding: Finding, group: Group) -> str:
        """ "" while it is open, else "mended" or "no flaw"."""
        if sign(finding, group) in self.no_flaws:
            return "no flaw"
        return "mended" if is_settled(group, self.mended) else ""

    def spare(self, finding: Finding) -> np.ndarray:
        """Images that a remedy for all leaves alone: of what is no flaw, and those that were mended already."""
        no_flaws = [at for group in finding.groups if self.became(finding, group) == "no flaw" for at in group.images]
        return np.union1d(np.flatnonzero(self.mended), np.array(no_flaws, np.int64))


def _cards(state: _State) -> dict[str, Any]:
    """What the browser draws: all cards, and the images of the open one."""
    key, opened, page = session.remember(OPENED) or ("", 0, 0)
    if key != state.known.key():  # the first card that asks for something
        left = [any(not state.became(one, group) for group in one.groups) for one in state.report.findings]
        opened, page = (left.index(True) if any(left) else 0), 0
        session.keep(OPENED, (state.known.key(), opened, page))
    cards, shown = [], []
    for place, finding in enumerate(state.report.findings):
        became = [state.became(finding, group) for group in finding.groups]
        card = {
            "title": finding.title,
            "sentence": finding.sentence,
            "severity": finding.severity,
            "open": became.count("") + finding.found - len(finding.groups),
            "of": finding.found,
            "remedies": [remedy.name for remedy in finding.remedies] if "" in became else [],
            "balances": _balances(finding),
            "groups": [],
        }
        if place == opened:
            order = sorted(range(len(became)), key=lambda one: bool(became[one]))  # what is open first
            pages = max(1, -(-len(order) // GROUPS))
            page = min(page, pages - 1)
            some = order[page * GROUPS : (page + 1) * GROUPS]
            card |= {"page": page, "pages": pages, "groups": [_group(state, finding, one, became[one]) for one in some]}
            shown = [item["at"] for group in card["groups"] for item in group["items"]]
        cards.append(card)
    sheet = wall.packed(state.seen.dataset, state.seen.images, np.array(shown, np.int64))
    return {
        "report": state.known.key(),
        "cards": cards,
        "opened": opened,
        "sheet": sheet,
        "alone": gallery.alone(state.seen),
    }


def _group(state: _State, finding: Finding, at: int, became: str) -> dict[str, Any]:
    group = finding.groups[at]
    return {
        "at": at,
        "items": [acts.called(state.seen, image) for image in group.images[:IMAGES]],
        "more": max(0, len(group.images) - IMAGES),
        "note": group.note,
        "remedies": [remedy.name for remedy in group.remedies],
        "became": became,
    }


def _balances(finding: Finding) -> bool:
    kind = kinds(Check).get(finding.check)
    return bool(kind and kind.balances)


class Asked(sent.Shape):
    """A press on a card.

    Args:
        action: shows a card or a page of it, mends, says that it is no flaw or one again, lets classes count alike.
        report: that stood there.
        finding, group, remedy: which; group -1 for all of them.
        page: of the card.
        how: classes count alike.
    """

    action: Literal["card", "remedy", "dismiss", "again", "balance"]
    report: sent.Name
    finding: Annotated[int, Ge(0), Lt(MOST_FINDINGS)]
    group: Annotated[int, Ge(-1), Lt(MOST_GROUPS)] = -1
    remedy: Annotated[int, Ge(0), Lt(100)] = 0
    page: Annotated[int, Ge(0), Lt(MOST_GROUPS)] = 0
    how: Literal["weights", "sampling"] = "weights"


def do(gesture: object) -> None:
    """Does what was pressed, on a card or on images of one; what can't be done is remembered and told."""
    if not isinstance(gesture, dict) or "report" not in gesture:
        acts.do(gesture)
        return
    try:
        _press(sent.read(Asked, gesture))
    except UserError as error:
        session.keep(current.REFUSAL, str(error))


def _press(asked: Asked) -> None:
    known: Inspected | None = session.remember(INSPECTED)
    if known is None or known.key() != asked.report:
        return
    finding = known.report.findings[sent.place(asked.finding, len(known.report.findings))]
    if asked.action == "card":
        session.keep(OPENED, (asked.report, asked.finding, asked.page))
        return
    if asked.action == "balance":
        balance(asked.how)
        return
    seen = current.view_of(session.experiment())
    if not _is_of(known.inspection, _now(session.experiment())):
        return
    groups = finding.groups if asked.group < 0 else [finding.groups[sent.place(asked.group, len(finding.groups))]]
    if asked.action == "remedy":
        _mend(asked, known, finding, seen)
    else:
        dismiss(seen.dataset, [sign(finding, group) for group in groups], again=asked.action == "again")


def _mend(asked: Asked, known: Inspected, finding: Finding, seen: View) -> None:
    """Records a remedy of one group, or of all that are left."""
    state = _State(known, seen)
    whole = asked.group < 0
    offered = finding.remedies if whole else finding.groups[asked.group].remedies
    chosen = offered[sent.place(asked.remedy, len(offered))].corrections
    current.record(*(spared(chosen, state.spare(finding), len(seen.images)) if whole else chosen))


def balance(how: Literal["weights", "sampling"]) -> None:
    """Lets each class count alike in the training of the experiment in work."""
    experiment = session.experiment()
    changes = {"class_weight": Balanced()} if how == "weights" else {"sampling": "each class alike"}
    session.save(experiment.edited(training=experiment.training.edited(**changes)), redraw=True)
    session.say("Each class counts alike in training now. Undo takes that back.", is_good=True)


_gestures = Gestures(KEY, do, current.REFUSAL)
