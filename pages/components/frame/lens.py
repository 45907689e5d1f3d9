"""Asking the lens process from a page: one process for the whole server, answers remembered for a while."""

import hashlib
from typing import Any

import streamlit as st

from core.lens.client import LensClient
from core.lens.errands import Errand, Errands
from core.runs import checkpoints
from pages.components.frame import session

WARM_DELAY = 9.0
"""Seconds: the worker standing by imports TensorFlow first, since Train is what people press first."""


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
    if is_warm():
        return _asked(question, fields, stamp)
    with st.spinner("Starting Keras: a few seconds, once ..."):
        return _asked(question, fields, stamp)


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
@st.cache_data(max_entries=24, max_size="48MB", ttl=600, show_spinner=False)
def _asked(question: str, fields: dict[str, Any], stamp: int) -> dict[str, Any]:
    """`ask`, remembered until other weights are saved for that epoch."""
    return client().ask(question, **fields)
