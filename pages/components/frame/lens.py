"""Asking the lens process from a page: one process for the whole server, answers remembered for a while."""

import contextlib
import hashlib
from typing import Any

import streamlit as st

from core.errors import UserError
from core.lens.client import LensClient
from core.lens.errands import Errand, Errands
from core.runs import checkpoints
from pages.components.frame import session

WARM_DELAY = 9.0
"""Seconds: the worker standing by imports TensorFlow first, since Train is what people press first."""
NOTED, WAITED, WANTED, DRAWN = "noted-questions", "waited-for", "wanted-errands", "drawn-errands"
"""What the tab remembers: the questions of the page that is drawn, whether a part of it waits, the long looks that it
wants by the name of what shows them, and the names that the page has drawn so far."""


@st.cache_resource(on_release=lambda client: client.close())
def client() -> LensClient:
    """The server's lens, warming up in the background from the first visit on."""
    lens = LensClient(session.workspace())
    lens.warm(WARM_DELAY)
    return lens


@st.cache_resource(on_release=lambda errands: errands.close())
def errands() -> Errands:
    """The server's long looks; their process starts with the first."""
    return Errands(session.workspace())


def is_warm() -> bool:
    """Whether Keras is ready to answer."""
    return client().is_warm()


def ask(question: str, **fields: Any) -> dict[str, Any]:
    """Asks the lens; the same question about the same network is answered from memory.

    Args:
        question: "predict", "feature_maps", "kernels" or "augment".
        fields: run, positions, uploads ... as `LensClient.ask` takes them; without an epoch, the run's chosen one.

    Raises:
        UserError: the lens' refusal.
    """
    stamp = _stamp(fields)
    if (noted := session.remember(NOTED)) is not None:
        noted.append((question, dict(fields)))
    if is_warm():
        return _asked(question, fields, stamp)
    with st.spinner("Starting Keras: a few seconds, once ..."):
        return _asked(question, fields, stamp)


def note_questions(*, wanted: bool) -> None:
    """From here on the questions of this page are noted, to be asked about other epochs too; or they are not."""
    session.keep(NOTED, [] if wanted else None)
    session.keep(WAITED, False)


def ask_ahead(runs: list[str], epoch: int, others: list[int]) -> None:
    """Asks what this page asked about one epoch about others as well: their answers are ready when they are wanted.

    Args:
        runs: their ids.
        epoch: that the page shows.
        others: the nearest first.
    """
    noted = session.remember(NOTED) or []
    session.keep(NOTED, None)
    for other in others:
        for question, fields in noted:
            is_test = fields.get("options", {}).get("part") == "test"  # which nobody asks about another epoch
            if fields.get("run") in runs and fields.get("epoch") == epoch and not is_test:
                with contextlib.suppress(UserError):  # it is said when it is looked at
                    ask(question, **(fields | {"epoch": other}))


def wait_for(errand: Errand) -> None:
    """A part of this page waits for a long look: a film goes on when it has come."""
    session.keep(WAITED, errand.is_live)


def want(name: str, errand: Errand) -> None:
    """What is drawn under a name waits for a long look, and no more for the one that it waited for before."""
    wanted, drawn = session.remember(WANTED, {}), session.remember(DRAWN, frozenset())
    errands().want(errand, session.asker())
    session.keep(WANTED, wanted | {name: errand})
    session.keep(DRAWN, drawn | {name})
    if wanted.get(name) not in (None, errand):
        _leave(wanted[name])


def page_begins() -> None:
    """From here on the page is drawn anew."""
    session.keep(DRAWN, frozenset())


def page_ends() -> None:
    """The page is drawn. If a part of it waits for a long look, those that other views of this tab began are left,
    which would be waited for first."""
    wanted, drawn = session.remember(WANTED, {}), session.remember(DRAWN, frozenset())
    if not any(errand.is_live for name, errand in wanted.items() if name in drawn):
        return
    session.keep(WANTED, {name: errand for name, errand in wanted.items() if name in drawn})
    for name in wanted.keys() - drawn:
        _leave(wanted[name])


def _leave(errand: Errand) -> None:
    """This tab wants it no more; what another view of it wants as well goes on."""
    if errand not in session.remember(WANTED, {}).values():
        errands().leave(errand, session.asker())


def is_waited_for() -> bool:
    """Whether a part of this page waits for a long look."""
    return bool(session.remember(WAITED))


def begin(question: str, **fields: Any) -> Errand:
    """Asks what may take longer than a moment; the same question about the same network is one errand.

    Args:
        question, fields: as `ask` takes them.

    Raises:
        UserError: the run is not there.
    """
    stamp = _stamp(fields)
    told = repr((question, sorted(fields.items()), stamp)).encode()
    return errands().begin(hashlib.blake2b(told, digest_size=16).hexdigest(), question, **fields)


def _stamp(fields: dict[str, Any]) -> int:
    """Another number for other weights; without an epoch the run's chosen one is put into the fields."""
    if "run" not in fields:
        return 0
    run = session.runs().find(fields["run"])
    fields["epoch"] = fields.get("epoch") or run.chosen_epoch
    return checkpoints.stamp(run.path, fields["epoch"])


# Feature maps take up to 6 MB each: the server's memory is bounded by bytes, not only by answers.
@st.cache_data(max_entries=120, max_size="48MB", ttl=600, show_spinner=False)
def _asked(question: str, fields: dict[str, Any], stamp: int) -> dict[str, Any]:
    """`ask`, remembered until other weights are saved for that epoch."""
    return client().ask(question, **fields)
