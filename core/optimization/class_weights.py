"""The catalogue of class weights: how much a mistake on each class counts."""

from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field

from core.problems import ALONE, Context, Problem
from core.spec import Spec, option
from core.words import counted

UNBALANCED = 1.5
"""From this ratio of the largest class to the smallest on, weights are worth a thought."""


class ClassWeight(Spec):
    """How much a mistake on each class counts."""

    def weights(self, counts: np.ndarray) -> np.ndarray:
        """The weight of each class in the loss.

        Args:
            counts: int64 (classes,), training pictures of each class.

        Returns:
            float32 (classes,), 0..1000 where set by hand.
        """
        raise NotImplementedError

    def source(self, context: Context = ALONE) -> str:
        """A Python expression for the `class_weight` of `fit`; `counts` are the training pictures of each class."""
        raise NotImplementedError


class Equal(ClassWeight):
    """Every picture counts the same, so large classes count more in all."""

    rank: ClassVar[int] = 1

    def weights(self, counts: np.ndarray) -> np.ndarray:
        return np.ones(len(counts), np.float32)

    def source(self, context: Context = ALONE) -> str:
        return "None"


class Balanced(ClassWeight):
    """Every class counts the same in all: pictures of rare classes weigh more, the mean weight of a picture is 1."""

    rank: ClassVar[int] = 2

    def weights(self, counts: np.ndarray) -> np.ndarray:
        """Pictures / (classes * pictures of the class); 0 for a class without any.

        Source: King and Zeng, Logistic Regression in Rare Events Data (2001).
        """
        present = counts > 0
        weights = np.zeros(len(counts), np.float32)
        weights[present] = counts.sum() / (present.sum() * counts[present])
        return weights

    def source(self, context: Context = ALONE) -> str:
        return "{c: len(train) / (np.count_nonzero(counts) * n) for c, n in enumerate(counts.tolist()) if n}"


class Own(ClassWeight):
    """Weights that you set: a class of weight 2 counts as if each of its pictures were there twice."""

    rank: ClassVar[int] = 3

    values: tuple[Annotated[float, Field(ge=0, le=1000)], ...] = option(
        (),
        "One weight for each class, in the order of the classes, separated by commas: 0 to 1 000.",
        advice="If a class is often missed, double its weight.",
    )

    @classmethod
    def title(cls) -> str:
        return "Your own"

    def weights(self, counts: np.ndarray) -> np.ndarray:
        return np.array(self.values, np.float32)

    def problems(self, context: Context) -> list[Problem]:
        classes = len(context.facts.class_names)
        if len(self.values) != classes:
            given = counted(len(self.values), "weight is", "weights are")
            wrong = f"{given} given for {counted(classes, 'class', 'classes')}."
        elif not any(self.values):
            wrong = "All class weights are 0, so that no picture would count."
        else:
            return []
        hint = "Set one from 0 to 1000 for each class, or choose Balanced."
        return [Problem("training", f"class_weight: {wrong}", hint)]

    def source(self, context: Context = ALONE) -> str:
        return repr(dict(enumerate(self.values)))


def ratio(counts: np.ndarray) -> float:
    """How many times as many pictures the largest class has as the smallest that has any.

    Args:
        counts: int64 (classes,), training pictures of each class.
    """
    present = counts[counts > 0]
    return float(present.max() / present.min()) if len(present) else 1.0
