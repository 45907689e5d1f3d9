"""The command line: the same core without a browser. `python -m core --help` lists what it does."""

import argparse
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from core import runs
from core.codegen import script
from core.errors import UserError
from core.experiment import Experiment
from core.intake.experiments import read_experiment
from core.presets import load_preset, presets
from core.recorder import Recorder

BAR = 24
"""Cells of the progress bar."""


def main(arguments: list[str] | None = None) -> int:
    """Runs one command; returns the exit status: 0 only for success."""
    options = _parser().parse_args(arguments)
    # TensorFlow greets on standard error before anybody could silence it in Python.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    try:
        return options.command(options)
    except UserError as error:
        if getattr(options, "json", False):
            print(json.dumps({"error": {"code": error.code, "what": error.what, "remedy": error.remedy}}))
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m core", description="Kernelscope without a browser.")
    commands = parser.add_subparsers(required=True, metavar="command")
    for name, command, help_text in (
        ("presets", _presets, "list the ready-made experiments"),
        ("check", _check, "shapes, parameters and problems of an experiment, in milliseconds"),
        ("code", _code, "print the experiment as a Keras script"),
        ("train", _train, "train an experiment and keep the run"),
        ("predict", _predict, "what a trained run says about pictures"),
    ):
        one = commands.add_parser(name, help=help_text, description=help_text.capitalize() + ".")
        one.set_defaults(command=command)
        if name in ("check", "code", "train"):
            one.add_argument("experiment", metavar="E", help="a preset's name or a JSON file")
        if name == "predict":
            one.add_argument("run", metavar="RUN", help="the id that train printed, or its first digits")
            one.add_argument("images", metavar="IMAGE", nargs="+", type=Path)
        if name != "code":
            one.add_argument("--json", action="store_true", help="print one JSON document")
    return parser


def _read(name: str) -> Experiment:
    """The experiment that a word on the command line means.

    Raises:
        UserError: it is neither a preset nor a file that holds an experiment.
    """
    path = Path(name)
    if name in presets():
        return load_preset(name)
    if not path.is_file():
        raise UserError(
            f"{name} is neither a preset nor a file.", f"Presets: {', '.join(presets())}.", "EXPERIMENT_NOT_FOUND"
        )
    return read_experiment(path.read_bytes())


def _say(options: argparse.Namespace, document: dict[str, Any], text: Callable[[dict[str, Any]], str]) -> None:
    """Prints the document as JSON or in words."""
    print(json.dumps(document, indent=1) if options.json else text(document))


def _presets(options: argparse.Namespace) -> int:
    document = {name: load_preset(name).name for name in presets()}
    _say(options, {"presets": list(document)}, lambda _: "\n".join(f"{key:16}{name}" for key, name in document.items()))
    return 0


def _check(options: argparse.Namespace) -> int:
    experiment = _read(options.experiment)
    facts = experiment.dataset.facts()
    traced = experiment.trace(facts)
    document = {
        "name": experiment.name,
        "input_shape": list(facts.shape),
        "layers": [
            {
                "name": row.name,
                "kind": row.kind,
                "output_shape": list(row.output_shape) if row.output_shape else None,
                "parameters": row.parameters,
                "multiply_adds": row.multiply_adds,
                "receptive_field": row.receptive_field if row.output_shape else None,
            }
            for row in traced.rows
        ],
        "totals": {
            "parameters": traced.parameters,
            "trainable": traced.trainable,
            "multiply_adds": traced.multiply_adds,
            "weight_bytes": traced.weight_bytes,
        },
        "problems": [
            {"where": p.where, "layer": p.index, "message": p.message, "hint": p.hint, "blocking": p.blocking}
            for p in experiment.problems()
        ],
    }
    _say(options, document, _check_text)
    return int(any(problem["blocking"] for problem in document["problems"]))


def _check_text(document: dict[str, Any]) -> str:
    lines = [f"{'layer':24}{'output':>16}{'parameters':>12}{'multiply-adds':>15}{'sees':>8}"]
    for row in document["layers"]:
        shape = "x".join(map(str, row["output_shape"])) if row["output_shape"] else "–"
        sees = f"{row['receptive_field']} px" if row["output_shape"] else "–"
        lines.append(f"{row['name']:24}{shape:>16}{row['parameters']:>12,}{row['multiply_adds']:>15,}{sees:>8}")
    totals = document["totals"]
    lines.append(f"{'total':24}{'':>16}{totals['parameters']:>12,}{totals['multiply_adds']:>15,}")
    lines += [f"{'!' if p['blocking'] else '?'} {p['message']} {p['hint']}" for p in document["problems"]]
    return "\n".join(lines)


def _code(options: argparse.Namespace) -> int:
    print(script(_read(options.experiment)), end="")
    return 0


def _train(options: argparse.Namespace) -> int:
    run = runs.create(_read(options.experiment))
    from core.training.loop import Training

    watch = _draw_bar if sys.stderr.isatty() else lambda status: None
    try:
        with Recorder(run) as record:
            try:
                Training(run.experiment, record, watch).run()
            except KeyboardInterrupt:
                record.status(state=runs.STOPPED)
                raise
            except UserError as error:
                record.status(state=runs.FAILED, error=str(error))
                raise
    finally:
        if sys.stderr.isatty():
            print(file=sys.stderr)
    status = run.status()
    document = {
        "run": run.id,
        "state": status.state,
        "epochs": status.epoch,
        "accuracy": status.accuracy,
        "val_accuracy": status.val_accuracy,
        "test_accuracy": status.test_accuracy,
        "images_per_second": status.images_per_second,
    }
    _say(
        options,
        document,
        lambda d: "\n".join(f"{key:18}{_short(value)}" for key, value in d.items() if value is not None),
    )
    return int(status.state != runs.FINISHED)


def _short(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _draw_bar(status: dict[str, Any]) -> None:
    """Redraws the bar on the terminal's last line."""
    done, epochs = status.get("epoch", 0), status["epochs"]
    filled = "#" * (done * BAR // epochs)
    numbers = [f"{name} {status[name]:.3f}" for name in ("accuracy", "val_accuracy") if status.get(name) is not None]
    pace = f"{status['images_per_second']:.0f} images/s" if status.get("images_per_second") else ""
    print(
        f"\r[{filled:{BAR}}] {done}/{epochs}  {'  '.join([*numbers, pace])}\x1b[K", end="", file=sys.stderr, flush=True
    )


def _predict(options: argparse.Namespace) -> int:
    from core.lens.predictions import predict_files

    pictures = predict_files(_find_run(options.run), options.images)
    _say(options, {"run": options.run, "images": pictures}, _predict_text)
    return int(any("error" in picture for picture in pictures))


def _predict_text(document: dict[str, Any]) -> str:
    lines = []
    for picture in document["images"]:
        answers = picture.get("error") or "  ".join(
            f"{c['class']} {c['probability']:.3f}" for c in picture["classes"][:5]
        )
        lines.append(f"{picture['image']}: {answers}")
    return "\n".join(lines)


def _find_run(start: str) -> runs.Run:
    """The run of this id, or the only one whose id begins so.

    Raises:
        UserError: none, or more than one.
    """
    found = [run for run in runs.newest() if run.id.startswith(start.lower())] if start else []
    if len(found) != 1:
        raise UserError(
            f"{'No run begins' if not found else 'More than one run begins'} with {start[:32]!r}.",
            "Give more digits of the id that train printed.",
            "RUN_NOT_FOUND",
        )
    return found[0]


if __name__ == "__main__":
    sys.exit(main())
