"""Prepares one dataset in a process of its own: `python -m core.datasets.process`, the spec as a JSON line."""

from typing import Any

from pydantic import TypeAdapter

from core import child
from core.datasets import Dataset, prepare
from core.spec import one_of


def _work(job: dict[str, Any], progress: child.Progress) -> str:
    return prepare(TypeAdapter(one_of(Dataset)).validate_python(job), progress).name


if __name__ == "__main__":
    child.answer(_work)
