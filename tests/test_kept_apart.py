"""The test set is kept apart: asked on demand, once; every epoch that it was asked about is noted and told."""

import json
from dataclasses import replace

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core import child, datasets
from core.datasets.shapes import Shapes
from core.lens.confusion import Confusion
from core.lens.said import Said
from core.runs import kept_apart, states
from core.runs.recorder import CheckpointData, Recorder
from pages.components.understand import which_images
from tests.saved import here

PAGE = "pages/4_Understand/4_Mistakes.py"


@pytest.fixture
def run(small):
    """A run that ended, with two kept epochs."""
    created = here().create(small)
    with Recorder(created) as record:
        for epoch in (1, 2):
            record.append("epoch", epoch=epoch, step=epoch, loss=1.0, accuracy=0.5, val_loss=1.0, val_accuracy=0.5)
            record.checkpoint(CheckpointData(epoch, 0, epoch, [("dense/kernel", np.zeros(2, np.float32))], [], {}))
        record.status(state=states.FINISHED, epoch=2, epochs=2, best_epoch=2)
    return created


def test_the_first_use_of_an_epoch_is_noted_with_its_accuracy_and_no_second_one(run):
    assert kept_apart.uses(run) == []
    kept_apart.note(run, 2, 0.75)
    kept_apart.note(run, 2, 0.5)
    kept_apart.note(run, 1, 0.875)

    assert [(use.epoch, use.accuracy) for use in kept_apart.uses(run)] == [(2, 0.75), (1, 0.875)]
    assert run.notes().tested == {"2": 0.75, "1": 0.875}
    assert all(use.at > 1e9 for use in kept_apart.uses(run))


@pytest.mark.parametrize("tested", [{"x": 0.5}, {"0": 0.5}, {"2": 7.0}, {"²": 0.5}, {"9" * 400: 0.5}, {"2": "0.5"}])
def test_notes_that_tell_no_use_are_passed_over(run, tested):
    (run.path / "notes.json").write_text(json.dumps({"name": "a", "tested": tested}))

    assert kept_apart.uses(run) == []


def test_a_run_that_an_older_version_tested_in_the_end_says_so(run):
    with Recorder(run) as record:
        record.status(test_accuracy=0.625)

    assert [(use.epoch, use.accuracy) for use in kept_apart.uses(run)] == [(2, 0.625)]


@pytest.fixture
def page(run, small, monkeypatch):
    """The page Mistakes about a dataset with forty test images, three quarters of them answered right."""
    data = datasets.load(small.dataset, small.training.validation_split, small.seed)
    kept = replace(data, train=data.train[40:], test=data.train[:40])
    labels = kept.labels[kept.test]
    asked = []

    def found(lens, looking):
        asked.append((lens.part, looking.epoch))
        wrong = np.arange(40) < 10
        return Said(kept.test, labels, np.where(wrong, (labels + 1) % 10, labels), np.ones(40), np.ones(40))

    monkeypatch.setattr("pages.components.frame.cached.data", lambda *_: kept)
    monkeypatch.setattr("pages.components.understand.results.found", found)
    monkeypatch.setattr("pages.components.understand.results.draw", lambda lens, looking: asked.append(lens.part))
    monkeypatch.setattr("pages.components.understand.look_with.of_set", lambda run, outline: Confusion())
    app = AppTest.from_file(child.ROOT / "streamlit_app.py", default_timeout=60).run()
    app = app.switch_page(PAGE).run()
    app.asked = asked
    return app


def chooser(app):
    return next(one for one in app.segmented_control if one.label == "Pictures")


def told(app):
    return " ".join(one.value for one in app.main.markdown)


def captions(app):
    return " ".join(one.value for one in app.main.caption).replace("\u202f", " ")


def test_the_test_set_is_asked_on_demand_and_a_second_epoch_is_warned_of(page, run, monkeypatch):
    assert not page.exception
    assert page.asked == ["validation"]
    chooser(page).set_value("train").run()
    assert page.asked[-1] == "train"

    page.asked.clear()
    chooser(page).set_value("test").run()
    assert page.asked == [] and "The test set is kept apart" in told(page)  # nothing was asked, and nothing is noted
    assert kept_apart.uses(run) == []
    next(one for one in page.button if one.label == "Ask the test set about epoch 2").click().run()
    assert page.asked == [("test", 2), "test"]
    assert "right **75.0 %** of the time, after epoch 2" in told(page)
    assert [(use.epoch, use.accuracy) for use in kept_apart.uses(run)] == [(2, 0.75)]
    assert not page.warning and "other networks" not in captions(page)

    monkeypatch.setattr("pages.components.understand.time_machine.choose", lambda run: 1)
    page.run()
    assert "The test set was asked already" in told(page) and page.asked[-1] == "test"
    next(one for one in page.button if one.label == "Ask about epoch 1 all the same").click().run()
    assert "asked about 2 epochs" in page.warning[0].value
    assert {use.epoch for use in kept_apart.uses(run)} == {1, 2}


def test_who_compares_networks_by_the_test_set_is_told_that_this_is_choosing_by_it(page, run, small):
    other = here().create(small.edited(seed=small.seed + 1))
    kept_apart.note(other, 2, 0.875)
    kept_apart.note(here().create(small.edited(dataset=Shapes(count=40, image_size=12))), 1, 0.5)  # of other images

    assert [(one.id, use.accuracy) for one, use in kept_apart.others_asked(run, here().newest())] == [(other.id, 0.875)]
    chooser(page).set_value("test").run()
    assert f"other networks too: {other.title} (87.5 %). Choosing between" in captions(page)


def test_a_view_that_is_about_no_split_is_left_as_it_is():
    lens = object()

    assert which_images.choose(lens, None) is lens
