"""Inspects one dataset in a process of its own: `python -m core.inspection.process`.

The job is a JSON line, as `Inspection.job` says it.
"""

from typing import Any

from pydantic import TypeAdapter

from core import child
from core.datasets import Dataset
from core.datasets.process import Beat
from core.inspection.inspecting import Inspection, inspect
from core.spec import one_of


def _work(job: dict[str, Any], progress: child.Progress) -> str:
    dataset = TypeAdapter(one_of(Dataset)).validate_python(job["dataset"])
    with Beat(progress) as beat:
        return inspect(Inspection(dataset, job["share"], job["seed"]), beat.report).model_dump_json()


if __name__ == "__main__":
    child.answer(_work)
