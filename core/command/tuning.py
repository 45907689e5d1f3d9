"""`python -m core tune`: a run that has ended goes on, layers of its base learning as well."""

import argparse

from pydantic import ValidationError

from core.errors import UserError
from core.phases.fine_tuning import FineTuning


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `tune` is told beside the run."""
    usual = FineTuning()
    help_text = "name of the first layer of the base that learns; all of them unless told"
    parser.add_argument("--from", dest="first", metavar="LAYER", default="", help=help_text)
    help_text = f"how many more; {usual.epochs} unless told"
    parser.add_argument("--epochs", type=int, default=usual.epochs, help=help_text)
    help_text = f"by what the learning rate is divided; {usual.rate_divisor:g} unless told"
    parser.add_argument("--rate-divisor", type=float, default=usual.rate_divisor, help=help_text)


def phase(options: argparse.Namespace) -> FineTuning:
    """The fine-tuning that is asked for.

    Raises:
        UserError: a number is out of its range.
    """
    try:
        return FineTuning(epochs=options.epochs, rate_divisor=options.rate_divisor, trainable_from=options.first)
    except ValidationError as error:
        told = {name: one.legal() for name, one in FineTuning.options().items()}
        what = "This fine-tuning can't be."
        remedy = f"Give --epochs {told['epochs']}, --rate-divisor {told['rate_divisor']}."
        raise UserError(what, remedy, "PHASE_INVALID") from error
