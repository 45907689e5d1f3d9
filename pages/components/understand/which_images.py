"""Which images a view of many is about: validation, training, or the test set, which is kept apart and asked once."""

import streamlit as st

from core.datasets import ImageData
from core.lens import Lens
from core.lens.of_set import OfSet
from core.lens.said import SaidOfEach
from core.runs import kept_apart, scores
from core.runs.kept_apart import Use
from core.runs.run import Run
from core.words import counted, listed, number, percent
from pages.components.frame import cached, session, when
from pages.components.frame.markdown import plain, say
from pages.components.understand import results
from pages.components.understand.looking import Looking

CHOSEN, ASKED = "part-of-set", "test-asked"
"""What the tab remembers: which images, and that the test set is to be asked about an epoch."""
NEWEST = 100
"""Runs among which others are looked for that the test set was asked about."""
NAMES = {"validation": "Validation", "train": "Training", "test": "Test"}


def choose(lens: Lens, looking: Looking) -> Lens | None:
    """Asks which images a view is about.

    Args:
        lens: the view; one that is not about a split is left as it is.
        looking: the network.

    Returns:
        the view of these images; None while the test set is not to be asked, or asked at this moment.

    Raises:
        UserError: the dataset is not there, or the lens' refusal.
    """
    if not isinstance(lens, OfSet):
        return lens
    experiment = looking.run.experiment
    data = cached.data(experiment.dataset, experiment.training.validation_split, experiment.seed)
    part = _part(data, looking)
    if scores.watches_test(experiment):
        st.caption(plain(f"{scores.WATCHED_TEST.capitalize()}: no pictures are kept apart."))
    if part == "test" and not _is_asked(looking, len(data.test)):
        return None
    return lens.edited(part=part)


def _part(data: ImageData, looking: Looking) -> str:
    """The split of the reader's choice, of those that have images."""
    offered = [part for part in NAMES if len(data.positions(part))]
    if set(data.test.tolist()) <= set(data.validation.tolist()):
        offered = [part for part in offered if part != "test"]
    start = session.remember(CHOSEN, "validation")
    part = st.segmented_control(
        "Pictures",
        offered,
        default=start if start in offered else offered[0],
        required=True,
        format_func=lambda part: plain(f"{NAMES[part]} {number(len(data.positions(part)))}"),
        label_visibility="collapsed",
        key=looking.key(f"{CHOSEN}-{looking.run.id}"),
    )
    session.keep(CHOSEN, part)
    return part


def _is_asked(looking: Looking, images: int) -> bool:
    """Whether the test set may be asked about this epoch, which is noted and told; else why not, and a button."""
    epoch = looking.epoch or looking.run.chosen_epoch
    used = kept_apart.uses(looking.run)
    asked = f"{ASKED}-{looking.run.id}-{epoch}"
    if epoch not in {use.epoch for use in used} and not session.remember(asked):
        _gate(looking, epoch, used, images, asked)
        return False
    said = results.found(SaidOfEach(part="test"), looking)
    if said is None:
        return False
    kept_apart.note(looking.run, epoch, float((said.chosen == said.labels).mean()))
    _tell(epoch, kept_apart.uses(looking.run))
    _say_of_others(looking.run)
    return True


def _gate(looking: Looking, epoch: int, used: list[Use], images: int, asked: str) -> None:
    """Why the test set is asked once, and the button that asks it."""
    with st.container(border=True):
        if used:
            st.markdown(
                say(
                    "**The test set was asked already**, about {}. Asking about epoch {} as well and taking the better "
                    "one is choosing by the test set: then it no longer tells how right the network is on new "
                    "pictures. Choose by the validation set.",
                    listed([_told(use) for use in used]),
                    number(epoch),
                )
            )
            words = f"Ask about epoch {epoch} all the same"
        else:
            st.markdown(
                say(
                    "**The test set is kept apart.** Nothing was learnt from these {} and nothing was chosen by them, "
                    "so they say how right the network is on pictures it will meet. Ask once, when all else is chosen: "
                    "whoever takes the network, the epoch or a setting that does best here has learnt from them too, "
                    "and the figure flatters.",
                    counted(images, "picture"),
                )
            )
            words = f"Ask the test set about epoch {epoch}"
        _say_of_others(looking.run)
        st.button(
            plain(words),
            key=looking.key(asked),
            icon=":material/lock_open:",
            on_click=session.whole(session.keep),
            args=(asked, True),
        )


def _tell(epoch: int, used: list[Use]) -> None:
    """What came of it, and whether several epochs were asked about."""
    own = next(use for use in used if use.epoch == epoch)
    st.markdown(say("On the test set this network is right **{}** of the time, after {}.", percent(own.accuracy, 1),
                    _told(own, accuracy=False)))  # fmt: skip
    if len(used) > 1:
        st.warning(
            say(
                "The test set was asked about {}: {}. Choosing one by these figures spoils them: the first counts.",
                counted(len(used), "epoch"),
                listed([_told(use) for use in used]),
            )
        )


def _say_of_others(run: Run) -> None:
    """That other networks were asked about the same images: who takes the best of them chooses by the test set."""
    found = kept_apart.others_asked(run, session.runs().newest(NEWEST))
    if found:
        told = [f"{other.title} ({percent(use.accuracy, 1)})" for other, use in found]
        st.caption(
            say(
                "The test set was asked about other networks too: {}. Choosing between networks by these figures is "
                "learning from the test set: the best of them flatters. Choose by the validation set.",
                listed(told),
            )
        )


def _told(use: Use, accuracy: bool = True) -> str:
    """ "epoch 7 (29 Nov 15:02, 87.3 %)"."""
    more = [when.moment(use.at), *([percent(use.accuracy, 1)] if accuracy else [])]
    inside = ", ".join(filter(None, more))
    return f"epoch {use.epoch} ({inside})" if inside else f"epoch {use.epoch}"
