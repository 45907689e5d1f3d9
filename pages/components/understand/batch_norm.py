"""Batch normalization opened: its numbers through the epochs, one channel in training and at inference."""

import numpy as np
import streamlit as st

from core.figures import opened
from core.lens.batch_norm import BatchNormStory, normalized
from core.words import counted, number
from pages.components.frame.markdown import say
from pages.components.understand.looking import Looking

CHART = {"displayModeBar": False}
NAMES = ("gamma", "beta", "moving mean", "moving variance")
FRESH, EPSILON = np.array([1.0, 2.0]), 0.001
"""Values with which a fresh layer is worked out, and Keras' epsilon."""


def draw(story: BatchNormStory, looking: Looking) -> None:
    """Draws it.

    Args:
        story: as the lens found it.
        looking: at which network.
    """
    channels = story.numbers.shape[2]
    st.markdown(say("**{}: channel {} of {}**", story.layer, number(story.channel + 1), number(channels)))
    st.caption(_counts(story, channels))
    if len(story.epochs):
        for column, name, lines in zip(st.columns(4), NAMES, story.numbers, strict=True):
            is_trained = story.trained and name in NAMES[:2]
            column.markdown(say("{}", f"{name} (trained)" if is_trained else name))
            chart = opened.channel_lines(story.epochs, lines, story.channel)
            column.plotly_chart(chart, key=looking.key(f"batch-norm-{name}"), config=CHART, alt=f"{name} by epoch")
    _ways(story, looking)
    with st.expander("A fresh layer, worked out"):
        _fresh()


def _counts(story: BatchNormStory, channels: int) -> str:
    """How many of its numbers are trained, and how many measured."""
    if story.is_frozen:
        return say("It is frozen: all its numbers for {} stay as they were learnt.", counted(channels, "channel"))
    return say(
        "{} numbers are trained, gamma and beta of every channel; {} are only measured, moving mean and moving "
        "variance. A layer of 2 channels has 4 and 4.",
        *(number(story.trained), number(2 * channels)),
    )


def _ways(story: BatchNormStory, looking: Looking) -> None:
    """The same batch before the layer, and after it both ways."""
    st.markdown(say("**The same batch of {}, both ways**", counted(story.pictures, "picture")))
    both = np.concatenate([story.training, story.inference])  # on one axis, so that the difference is seen
    ways = {"what it is given": (story.given,) * 2, "in training": (story.training, both)}
    ways |= {"at inference": (story.inference, both)}
    for column, (name, (values, axis)) in zip(st.columns(3), ways.items(), strict=True):
        column.markdown(say("{}", name))
        chart = opened.histogram(values, float(axis.min()), float(axis.max()))
        column.plotly_chart(chart, key=looking.key(f"batch-norm-{name}"), config=CHART, alt=f"Values: {name}")
    gamma, beta, mean, variance = map(float, story.now)
    (batch_mean, batch_variance), trained, inferred = story.moments.tolist()
    st.table(
        [
            _line("in training", "of this batch", (batch_mean, batch_variance), trained),
            _line("at inference", "the moving ones", (mean, variance), inferred),
        ]
    )
    st.caption(
        say(
            "Both are gamma · (x − mean) / √(variance + epsilon) + beta, with gamma {}, beta {} and epsilon {}; they "
            "differ in whose mean and variance they take. The closer the moving ones come to those of the batches, "
            "the less they differ.",
            *(f"{gamma:.4g}", f"{beta:.4g}", f"{story.epsilon:g}"),
        )
    )


def _line(way: str, whose: str, takes: tuple[float, float], gives: list[float]) -> dict[str, str]:
    return {
        "": say("{}", way),
        "mean and variance it takes": say("{}: {} and {}", whose, *(f"{one:.4g}" for one in takes)),
        "mean and variance it gives": say("{} and {}", *(f"{one:.4g}" for one in gives)),
    }


def _fresh() -> None:
    """What a layer that was never trained makes of the batch 1, 2."""
    inference = normalized(FRESH, 0.0, 1.0, EPSILON, 1.0, 0.0)
    training = normalized(FRESH, float(FRESH.mean()), float(FRESH.var()), EPSILON, 1.0, 0.0)
    st.markdown(
        say(
            "Gamma 1, beta 0, moving mean 0, moving variance 1, epsilon {}: of a batch of two values, 1 and 2, it "
            "makes {} and {} at inference, x / √(1 + epsilon), and {} and {} in training, where the batch's own mean "
            "{} and variance {} are used.",
            *(f"{EPSILON:g}", *(f"{one:.4g}" for one in (*inference, *training))),
            *(f"{FRESH.mean():g}", f"{FRESH.var():g}"),
        )
    )
