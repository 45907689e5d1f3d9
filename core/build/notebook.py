"""The experiment as a Jupyter notebook: the script in cells with headings, and its curves and one answer drawn."""

import json
import re
from typing import Any

from core.build.codegen import Part, parts, promise, title
from core.experiment import Experiment

MARKS = re.compile(r"([\\`*_{}\[\]()#+!<>|~$&-])")
"""What Markdown, HTML and formulas are written with."""

CURVES = """import matplotlib.pyplot as plt

epochs = range(1, len(history.history["loss"]) + 1)
figure, axes = plt.subplots(1, 2, figsize=(10, 3.5))
for axis, name in zip(axes, ("loss", "accuracy")):
    axis.plot(epochs, history.history[name], "o-", color="tab:blue", label="training")
    axis.plot(epochs, history.history[f"val_{name}"], "o-", color="tab:orange", label="validation")
    axis.set_xlabel("epoch")
    axis.set_ylabel(name)
    axis.legend()
plt.show()"""

ONE_OUTPUT = "probabilities = np.array([1 - answer[0], answer[0]])  # the unit tells the second class"
MANY_OUTPUTS = "probabilities = answer  # one for each class"


def notebook(experiment: Experiment) -> str:
    """Writes the notebook as a JSON document; it needs what the script needs, Jupyter and Matplotlib.

    Args:
        experiment: without blocking problems.

    Raises:
        UserError: its dataset is not here.

    Source: nbformat 4.5, https://nbformat.readthedocs.io/en/latest/format_description.html
    """
    steps = parts(experiment)
    drawn = Part("Curves", "Loss and accuracy after each epoch, of training and of validation.", CURVES)
    name = MARKS.sub(r"\\\1", title(experiment))
    head = f"# {name}\n\nA network that Kernelscope built. Run all cells from the top. {promise(experiment)}"
    cells = [_cell("markdown", "title", head)]
    if experiment.dataset.has_images:
        steps = [*steps[:-1], drawn, steps[-1], _prediction(experiment)]
    for part in steps:
        key = part.title.lower().replace(" ", "-")
        cells.append(_cell("markdown", f"about-{key}", f"## {part.title}\n\n{part.words}".rstrip()))
        cells.append(_cell("code", key, part.code.strip("\n")))
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    told = {"kernelspec": kernel, "language_info": {"name": "python"}}
    document = {"cells": cells, "metadata": told, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(document, indent=1) + "\n"


def _cell(kind: str, key: str, text: str) -> dict[str, Any]:
    """A cell that has not been run.

    Args:
        kind: "markdown" or "code".
        key: names it in its notebook.
        text: its lines.
    """
    more = {"execution_count": None, "outputs": []} if kind == "code" else {}
    return {"cell_type": kind, "id": key, "metadata": {}, **more, "source": text.splitlines(keepends=True)}


def _prediction(experiment: Experiment) -> Part:
    """The answer of the trained network for one picture that it never learnt from."""
    units = experiment.head(experiment.dataset.facts()).units
    code = f"""position = validation[0]
answer = model.predict(images[position : position + 1], verbose=0)[0]
{ONE_OUTPUT if units == 1 else MANY_OUTPUTS}
best = int(probabilities.argmax())
plt.imshow(images[position].squeeze(), cmap="gray")
plt.axis("off")
plt.title(f"{{class_names[best]}}: {{probabilities[best]:.0%}} (it is {{class_names[labels[position]]}})")
plt.show()"""
    return Part("One prediction", "The first validation picture, and what the network says about it.", code)
