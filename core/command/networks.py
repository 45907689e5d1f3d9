"""`python -m core open`: a network that somebody brought becomes an experiment, as on the Network page."""

import argparse
from pathlib import Path
from typing import Any, BinaryIO

from core.command.console import say, write_new
from core.command.experiments import HOW_NAMED, read
from core.errors import UserError
from core.experiment import Experiment
from core.experiment.opened import Opened
from core.uploads.networks import Brought, receive_network, with_weights

DATA = "digits-cnn"
"""The preset whose data and training a network gets unless told."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `open` is told."""
    help_text = "a .keras file, Keras' JSON config, or a saved experiment"
    parser.add_argument("file", metavar="FILE", type=Path, help=help_text)
    help_text = f"whose data and training it gets: {HOW_NAMED}; {DATA} unless told"
    parser.add_argument("--into", metavar="E", default=DATA, help=help_text)
    parser.add_argument("--weights", action="store_true", help="begin with the weights in the file, not fresh ones")
    parser.add_argument("--out", type=Path, help="the experiment to write; FILE's name with .json unless told")


def open_network(options: argparse.Namespace) -> int:
    """Writes an experiment with the network of a file, and tells what of it can't be said."""
    try:
        with options.file.open("rb") as file:
            document = _opened(file, options)
    except OSError as error:
        what = f"{options.file} can't be read."
        raise UserError(what, "Check the path, and that you may read it.", "FILE_NOT_FOUND") from error
    say(options.json, document, _text)
    return 0


def _opened(file: BinaryIO, options: argparse.Namespace) -> dict[str, Any]:
    """What came of a file; the experiment is written by now."""
    brought, notes = receive_network(file, options.file.name), ()
    if brought.experiment:
        experiment, understood, left_out = brought.experiment, ("An experiment that Kernelscope saved",), ()
    else:
        opened = brought.put_into(read(options.into), options.file.stem)
        experiment, understood, left_out = opened.experiment, opened.understood, opened.left_out
        if options.weights:
            experiment, notes = _with_weights(file, options.file.name, brought, opened)
    target = options.out or Path(f"{options.file.stem}.json")
    write_new(target, f"{experiment.to_json()}\n".encode())
    return {
        "experiment": str(target),
        "network": experiment.network_line(),
        "understood": list(understood),
        "left_out": list(left_out),
        "weights": experiment.weights or None,
        "notes": list(notes),
    }


def _with_weights(file: BinaryIO, name: str, brought: Brought, opened: Opened) -> tuple[Experiment, tuple[str, ...]]:
    """The experiment beginning with the weights of the file.

    Raises:
        UserError: it has none that can be taken over.
    """
    if not brought.shapes or not opened.keys:
        what = brought.trouble or "This file holds no weights of these layers."
        raise UserError(what, "Open it without --weights.", "MODEL_WITHOUT_WEIGHTS")
    return with_weights(file, name, opened)


def _text(document: dict[str, Any]) -> str:
    lines = [document["network"], *(f"  {one}." for one in document["understood"])]
    if document["left_out"]:
        lines += ["What can't be taken over:", *(f"  {one}." for one in document["left_out"])]
    if document["weights"]:
        lines += ["Training begins with the weights of the file.", *(f"  {one}." for one in document["notes"])]
    return "\n".join([*lines, f"Train it: python -m core train {document['experiment']}"])
