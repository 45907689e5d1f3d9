"""The command line: the same core without a browser. `python -m core --help` lists what it does."""

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from filelock import Timeout

from core import export, workspace
from core.advice import advice_on
from core.build.codegen import script
from core.build.notebook import notebook
from core.command import console, data, flaws, forgetting, networks, rates, stores, tuning, weights
from core.command.experiments import HOW_NAMED, read
from core.errors import UserError
from core.experiment import memory
from core.experiment.presets import load_preset, presets
from core.runs import doctor, scores, states, sweeps
from core.runs.beginning import take_over_run
from core.runs.collection import Runs
from core.runs.going_on import extend
from core.runs.recorder import Recorder
from core.runs.run import Run
from core.uploads.incoming import receive_run
from core.words import spoken
from core.workspace import current

BAR = 24
"""Cells of the progress bar."""


def main(arguments: list[str] | None = None) -> int:
    """Runs one command; returns the exit status: 0 only for success."""
    console.open_up()
    options = _parser().parse_args(arguments)
    try:
        status = options.command(options)
        sys.stdout.flush()
        return status
    except BrokenPipeError:
        return console.unheard()
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
        ("code", _code, "print the experiment as a Keras script or notebook"),
        ("open", networks.open_network, "make an experiment of a .keras file or of Keras' JSON config"),
        ("train", _train, "train an experiment and keep the run"),
        ("rates", rates.rates, "find a learning rate: train for a moment while it grows, and see where the loss falls"),
        ("sweep", _sweep, "train a family in which one or two numbers vary"),
        ("remedies", partial(forgetting.remedies, train=_trained), "train tasks with each remedy against forgetting"),
        ("data", None, "bring, list and remove images of your own"),
        ("store", stores.store, "write the dataset of an experiment as class folders, HDF5, LMDB or TFRecord"),
        ("inspect", flaws.inspect, "look a dataset through: copies, leaks, doubtful labels, odd pictures"),
        ("fetch", weights.fetch, "list the bases, or fetch the weights of one, or all that an experiment needs"),
        ("predict", _predict, "what a trained run says about pictures"),
        ("runs", _runs, "list all runs, the latest first"),
        ("resume", _resume, "go on with a run that was stopped or interrupted"),
        ("tune", _tune, "go on with a run that has ended, layers of its base learning as well"),
        ("export", _export, "take a run along as a file"),
        ("import", _import, "open a run that another installation exported as ZIP"),
        ("doctor", _doctor, "examine every run, and mend what can be mended"),
    ):
        one = commands.add_parser(name, help=help_text, description=help_text.capitalize() + ".")
        one.set_defaults(command=command)
        _add_arguments(one, name)
        if name not in ("code", "data"):
            one.add_argument("--json", action="store_true", help="print one JSON document")
    return parser


def _add_arguments(one: argparse.ArgumentParser, name: str) -> None:
    """What a command is told beside its name."""
    if name == "data":
        data.add_commands(one)
    if name == "fetch":
        weights.add_arguments(one)
    if name == "store":
        stores.add_arguments(one)
    if name == "open":
        networks.add_arguments(one)
    if name in ("check", "code", "train", "rates", "sweep", "remedies", "store", "inspect"):
        one.add_argument("experiment", metavar="E", help=HOW_NAMED)
    if name == "train":
        help_text = "take the weights of that run over where layers are alike, the head's by the names of the classes"
        one.add_argument("--begin-with", metavar="RUN", help=help_text)
    if name == "code":
        one.add_argument("--notebook", action="store_true", help="a Jupyter notebook instead of a script")
    if name in ("predict", "resume", "tune", "export"):
        one.add_argument("run", metavar="RUN", help="the id that train printed, or its first digits")
    if name == "tune":
        tuning.add_arguments(one)
    if name == "predict":
        one.add_argument("images", metavar="IMAGE", nargs="+", type=Path)
    if name == "sweep":
        help_text = "learning_rate=0.1,0.01 or layers[0].filters=16..64 x2; twice for a grid"
        one.add_argument("--field", metavar="NAME=VALUES", action="append", required=True, help=help_text)
    if name in ("predict", "export"):
        one.add_argument("--epoch", default=export.BEST, help="best, last or a number; best unless told")
    if name == "export":
        one.add_argument("--format", default="keras", help=f"one of {', '.join(export.formats())}; keras unless told")
        one.add_argument("--out", type=Path, help="the file to write, or the folder to write it into")
    if name == "import":
        one.add_argument("archive", metavar="ZIP", type=Path)
    if name == "doctor":
        one.add_argument("--repair", action="store_true", help="mend; damaged parts are moved aside, never deleted")


def _say(options: argparse.Namespace, document: dict[str, Any], text: Callable[[dict[str, Any]], str]) -> None:
    """Prints the document as JSON or in words."""
    console.say(options.json, document, text)


def _presets(options: argparse.Namespace) -> int:
    document = {name: load_preset(name).name for name in presets()}
    width = max(map(len, document)) + 2
    lines = "\n".join(f"{key:{width}}{name}" for key, name in document.items())
    _say(options, {"presets": list(document)}, lambda _: lines)
    return 0


def _check(options: argparse.Namespace) -> int:
    experiment = read(options.experiment)
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
            for p in memory.obstacles(experiment)
        ],
        "advice": [{"layer": a.row, "message": a.sentence, "why": a.why} for a in advice_on(experiment, facts, traced)],
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
    lines += [f"i {advice['message']} {advice['why']}" for advice in document["advice"]]
    return "\n".join(lines)


def _code(options: argparse.Namespace) -> int:
    experiment = read(options.experiment)
    console.write_code(notebook(experiment) if options.notebook else script(experiment))
    return 0


def _train(options: argparse.Namespace) -> int:
    experiment = read(options.experiment)
    if options.begin_with:
        taken = take_over_run(_find_run(options.begin_with).id, experiment)
        experiment = experiment.edited(weights=taken.digest)
        print(". ".join([*taken.notes, ""]).strip(), file=sys.stderr)
    memory.require(experiment)
    return _train_here(_here().create(experiment), options)


def _resume(options: argparse.Namespace) -> int:
    run = _find_run(options.run)
    if run.is_held():
        raise UserError(f"Run {run.id[:8]} is being trained already.", "Wait, or stop it in the app.", "RUN_LIVE")
    if not run.can_resume():
        what = f"Run {run.id[:8]} can't go on: it has ended, or the optimizer's memory of it is not here."
        raise UserError(what, "Train its experiment again.", "RUN_FINISHED")
    run.launched()
    return _train_here(run, options)


def _tune(options: argparse.Namespace) -> int:
    run = _find_run(options.run)
    extend(run, tuning.phase(options))
    run.launched()
    return _train_here(run, options)


def _train_here(run: Run, options: argparse.Namespace) -> int:
    """Trains a run in this process to its end and tells what came of it."""
    status = _trained(run)
    document = {
        "run": run.id,
        "state": status.state,
        "epochs": status.epoch,
        "accuracy": status.accuracy,
        "val_accuracy": status.val_accuracy,
        "best_val_accuracy": status.best_val_accuracy,
        "best_epoch": status.best_epoch or None,
        "test_accuracy": status.test_accuracy,
        "images_per_second": status.images_per_second,
    }
    tasks, fell = forgetting.told(run)
    _say(options, document | tasks, lambda d: _trained_text(d, scores.sentence(status, run.experiment)) + fell)
    return int(status.state != states.FINISHED)


def _trained_text(document: dict[str, Any], reached: str) -> str:
    told = {key: document[key] for key in ("run", "state", "epochs")}
    told |= {"accuracy": reached.replace(" · ", f"\n{'':18}") or None, "images/s": document["images_per_second"]}
    return "\n".join(f"{key:18}{_short(value)}" for key, value in told.items() if value is not None)


def _trained(run: Run) -> states.Status:
    """Trains a run with a bar on the terminal; returns where it stands then."""
    from core.training.loop import Trainer

    watch = _draw_bar if sys.stderr.isatty() else lambda status: None
    try:
        with Recorder(run) as record:
            try:
                Trainer(run.experiment, record, watch).run()
            except KeyboardInterrupt:
                record.status(state=states.STOPPED)
                raise
            except UserError as error:
                record.status(state=states.FAILED, error=str(error))
                raise
    except Timeout as error:
        raise UserError("This run is being trained already.", "Wait until it ends.", "RUN_LIVE") from error
    finally:
        if sys.stderr.isatty():
            print(file=sys.stderr)
    return run.status()


def _sweep(options: argparse.Namespace) -> int:
    experiment = read(options.experiment)
    pairs = [text.partition("=") for text in options.field]
    fields = [(sweeps.find(experiment, name.strip()), values) for name, _, values in pairs]
    started = sweeps.start(_here(), experiment, [(field, sweeps.parse(values, field)) for field, values in fields])
    rows = []
    for run in started:
        status = _trained(run)
        varied = run.notes().varied
        reached = {"val_accuracy": status.best_val_accuracy, "best_epoch": status.best_epoch or None}
        rows.append({"run": run.id, "state": status.state, "varied": varied, **reached})
    _say(options, {"runs": rows}, _sweep_text)
    return int(any(row["state"] != states.FINISHED for row in rows))


def _sweep_text(document: dict[str, Any]) -> str:
    return "\n".join(
        f"{row['run'][:8]}  {row['state']:12}best {_accuracy(row['val_accuracy'])} (epoch {row['best_epoch'] or '–'})  "
        + "  ".join(f"{path} {spoken(value)}" for path, value in row["varied"].items())
        for row in document["runs"]
    )


def _runs(options: argparse.Namespace) -> int:
    _say(options, {"runs": [_about(run) for run in _here().newest()]}, _runs_text)
    return 0


def _about(run: Run) -> dict[str, Any]:
    """One run of the list; a damaged one is listed as such."""
    status = run.status()
    try:
        asked = run.experiment.training.all_epochs
        name, epochs = run.title, status.epochs or asked
    except UserError:
        name, epochs = "(damaged)", status.epochs
    return {
        "run": run.id,
        "name": name,
        "state": status.state,
        "epoch": status.epoch,
        "epochs": epochs,
        "best_val_accuracy": scores.best_accuracy(status),
        "best_epoch": status.best_epoch or None,
        "last_val_accuracy": status.val_accuracy,
        "parameters": status.parameters or None,
        "seconds": round(status.seconds, 1),
        "created": datetime.fromtimestamp(run.created).astimezone().isoformat(timespec="seconds"),
    }


def _runs_text(document: dict[str, Any]) -> str:
    width = max([4, *(len(row["name"]) for row in document["runs"])]) + 2  # what tells two apart may be at the end
    head = (
        f"{'run':10}{'name':{width}}{'state':13}{'epoch':>9}{'best val':>10}{'of epoch':>9}{'last val':>9}"
        f"{'parameters':>12}{'seconds':>9}  created"
    )
    lines = [head]
    for row in document["runs"]:
        parameters = f"{row['parameters']:,}" if row["parameters"] else "–"
        lines.append(
            f"{row['run'][:8]:10}{row['name']:{width}}{row['state']:13}{row['epoch']:>5}/{row['epochs']:<3}"
            f"{_accuracy(row['best_val_accuracy']):>10}{row['best_epoch'] or '–':>9}"
            f"{_accuracy(row['last_val_accuracy']):>9}{parameters:>12}{row['seconds']:>9,.0f}"
            f"  {row['created'][:16].replace('T', ' ')}"
        )
    return "\n".join(lines if document["runs"] else ["No runs yet: python -m core train digits-cnn"])


def _accuracy(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _export(options: argparse.Namespace) -> int:
    run = _find_run(options.run)
    made = export.make(run, options.format, options.epoch)
    target = console.target(options.out, made.name)
    try:
        console.write_new(target, made.read())
    finally:
        workspace.remove(made.path)
    document = {"run": run.id, "epoch": made.epoch or None, "file": str(target), "bytes": target.stat().st_size}
    _say(options, document, lambda d: d["file"])
    return 0


def _import(options: argparse.Namespace) -> int:
    try:
        with options.archive.open("rb") as file:
            opened = receive_run(file)
    except OSError as error:
        raise UserError(f"{options.archive} can't be read.", "Check the path.", "FILE_NOT_FOUND") from error
    document = {"run": opened.run, "notes": list(opened.notes)}
    _say(options, document, lambda d: "\n".join([d["run"], *d["notes"]]))
    return 0


def _doctor(options: argparse.Namespace) -> int:
    findings = doctor.examine(current())
    left = doctor.repair(current(), findings) if options.repair and findings else findings
    document = {"found": [asdict(finding) for finding in findings], "left": [asdict(finding) for finding in left]}
    _say(options, document, lambda d: _doctor_text(d, options.repair))
    return int(any(finding.severity == doctor.ERROR for finding in left))


def _doctor_text(document: dict[str, Any], repaired: bool) -> str:
    found, left = document["found"], document["left"]
    if not found:
        return "Every run is as it should be."
    lines = [f"{one['run_id'][:8]}  {one['severity']:9}{one['what']} {one['remedy']}" for one in found]
    if repaired:
        return "\n".join([*lines, f"{len(found) - len(left)} mended, {len(left)} left."])
    return "\n".join([*lines, "Nothing was changed; --repair does what stands behind each."])


def _short(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _draw_bar(status: dict[str, Any]) -> None:
    """Redraws the bar on the terminal's last line."""
    done, epochs = status.get("epoch", 0), status["epochs"]
    filled = "#" * (done * BAR // epochs)
    numbers = [f"{name} {status[name]:.3f}" for name in ("accuracy", "val_accuracy") if status.get(name) is not None]
    numbers = ["last epoch:", *numbers] if numbers else []
    pace = f"{status['images_per_second']:.0f} images/s" if status.get("images_per_second") else ""
    print(
        f"\r[{filled:{BAR}}] {done}/{epochs}  {'  '.join([*numbers, pace])}\x1b[K", end="", file=sys.stderr, flush=True
    )


def _predict(options: argparse.Namespace) -> int:
    from core.lens.predictions import predict_files

    run = _find_run(options.run)
    epoch = export.saved_epoch(run, options.epoch)
    name = scores.epoch_name(run.status(), epoch, run.checkpoints()[-1])
    pictures = predict_files(run, options.images, epoch)
    document = {"run": options.run, "epoch": epoch, "images": pictures}
    _say(options, document, lambda d: "\n".join([f"network after epoch {name}", _predict_text(d)]))
    return int(any("error" in picture for picture in pictures))


def _predict_text(document: dict[str, Any]) -> str:
    lines = []
    for picture in document["images"]:
        answers = picture.get("error") or "  ".join(
            f"{c['class']} {c['probability']:.3f}" for c in picture["classes"][:5]
        )
        lines.append(f"{picture['image']}: {answers}")
    return "\n".join(lines)


def _here() -> Runs:
    """The runs of the workspace that KERNELSCOPE_HOME names."""
    return Runs(current())


def _find_run(start: str) -> Run:
    """The run of this id, or the only one whose id begins so.

    Raises:
        UserError: none, or more than one.
    """
    found = [run for run in _here().newest() if run.id.startswith(start.lower())] if start else []
    if len(found) != 1:
        raise UserError(
            f"{'No run begins' if not found else 'More than one run begins'} with {start[:32]!r}.",
            "Give more digits of the id that train printed.",
            "RUN_NOT_FOUND",
        )
    return found[0]


if __name__ == "__main__":
    console.silence_tensorflow()
    sys.exit(main())
