"""Every accuracy has a name: of the best epoch or of the last one."""

from types import SimpleNamespace

import pytest

from core.errors import UserError
from core.problems import Facts
from core.runs import scores, states
from core.runs.states import Status

ENDED = Status(
    state=states.FINISHED, epoch=10, epochs=10, accuracy=0.999, val_accuracy=0.9947, best_epoch=7,
    best_val_accuracy=0.9975, test_accuracy=0.99,
)  # fmt: skip


def changed(**fields):
    return Status(**{**vars(ENDED), **fields})


def experiment(share, facts, mixes=False):
    def told():
        if facts is None:
            raise UserError("gone", "bring it", "DATASET_NOT_FOUND")
        return facts

    training, dataset = SimpleNamespace(validation_split=share), SimpleNamespace(facts=told)
    return SimpleNamespace(training=training, dataset=dataset, mixes=mixes)


def test_last_best_and_test_each_say_of_which_epoch_they_are():
    last, best = "last (epoch 10) 0.999 train, 0.995 validation", "best (epoch 7) 0.998 validation"
    assert scores.sentence(ENDED) == f"{last} · {best} · test (epoch 10) 0.990"
    assert scores.sentence(changed(restored_epoch=6)).endswith("test (epoch 6) 0.990")
    one = scores.sentence(changed(best_epoch=10, best_val_accuracy=0.9947, test_accuracy=None))
    assert one == "last and best (epoch 10) 0.999 train, 0.995 validation"
    assert scores.sentence(Status()) == ""
    mixed = experiment(0.2, Facts((8, 8, 1), ("a",), 9), mixes=True)
    assert scores.sentence(ENDED, mixed).endswith(" · train counts a mixed image as the class of its larger share")


@pytest.mark.parametrize(
    ("share", "facts", "same"),
    [
        (0.0, Facts((8, 8, 1), ("a",), 9, has_test=True), True),
        (0.2, Facts((8, 8, 1), ("a",), 9, has_test=True), False),
        (0.0, Facts((8, 8, 1), ("a",), 9, has_test=True, has_validation=True), False),
        (0.0, Facts((8, 8, 1), ("a",), 9), False),
        (0.0, None, True),
    ],
)
def test_a_validation_that_is_the_test_set_says_so_and_is_told_once(share, facts, same):
    told = scores.sentence(ENDED, experiment(share, facts))
    assert told.endswith(scores.WATCHED_TEST) is same
    assert ("0.990" in told) is not same


def test_short_words_name_the_best_once_a_run_has_ended_and_the_last_before():
    assert scores.short(ENDED) == "best 0.998"
    assert scores.short(ENDED, epoch=True) == "best 0.998 (epoch 7)"
    assert scores.short(changed(state=states.PAUSED), epoch=True) == "last 0.995 (epoch 10)"
    assert scores.short(changed(best_epoch=0, best_val_accuracy=None)) == "last 0.995"
    assert scores.short(Status()) == ""


@pytest.mark.parametrize("state", sorted(states.STATES))
def test_one_rule_says_which_epoch_is_used_however_a_run_stands(state):
    saved = [5, 7, 10]
    assert scores.default_epoch(changed(state=state), saved) == (10 if state in states.LIVE else 7)
    assert scores.default_epoch(changed(state=state, restored_epoch=5), saved) == (10 if state in states.LIVE else 5)
    assert scores.default_epoch(changed(state=state, best_epoch=6), saved) == 10
    assert scores.default_epoch(changed(state=state), []) is None


def test_menus_name_the_best_the_last_and_the_one_brought_back():
    names = [scores.epoch_name(changed(restored_epoch=6), epoch, 10) for epoch in (3, 6, 7, 10)]
    assert names == ["3", "6 (brought back)", "7 (best)", "10 (last)"]
    assert scores.epoch_name(changed(best_epoch=10), 10, 10) == "10 (best and last)"
