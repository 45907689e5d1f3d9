"""Stores a dataset, or measures all stores with it, in a process of its own: `python -m core.stores.process`."""

from dataclasses import asdict
from typing import Any

from pydantic import TypeAdapter

from core import child
from core.datasets import Dataset
from core.spec import one_of
from core.stores import find
from core.stores.files import produce
from core.stores.measuring import measure_here


def _work(job: dict[str, Any], progress: child.Progress) -> Any:
    dataset = TypeAdapter(one_of(Dataset)).validate_python(job["dataset"])
    if "measure" in job:
        return asdict(measure_here(dataset, job["share"], job["seed"], progress))
    return str(produce(dataset, job["share"], job["seed"], find(job["store"]), progress))


if __name__ == "__main__":
    child.answer(_work)
