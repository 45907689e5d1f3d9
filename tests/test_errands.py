"""Long looks: asked one after the other in a process of their own, told by steps, ended and asked again."""

import threading

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.errors import UserError
from core.lens import Lens
from core.lens.errands import AT_WORK, ENDED, FAILED, FOUND, WAITING, Errands, bytes_of
from core.lens.results import Bars
from core.workspace import current

FOUND_BARS = Bars(np.zeros(4, np.float32), ("a", "b", "c", "d"))


class Asked:
    """Stands for the lens process: tells how far it is, and answers when it is let."""

    def __init__(self):
        self.count, self.begun, self.may_end = 0, threading.Event(), threading.Event()

    def __call__(self, question, *, seconds, on_progress, **fields):
        self.count, self.tell = self.count + 1, on_progress
        on_progress(1, 3)
        self.begun.set()
        self.may_end.wait(20)
        if question == "refused":
            raise UserError("It has no layer with maps.", "Choose another network.", "LENS_DOES_NOT_FIT")
        return {"result": FOUND_BARS}


@pytest.fixture
def asked():
    return Asked()


@pytest.fixture
def errands(asked):
    errands = Errands(current(), asked)
    yield errands
    asked.may_end.set()
    errands.close()


def test_a_long_look_tells_how_far_it_is_and_is_asked_once(errands, asked):
    errand = errands.begin("one", "look", run="r")
    assert asked.begun.wait(20)
    again = errands.begin("one", "look", run="r")
    assert (errand.state, errand.done, errand.total) == (AT_WORK, 1, 3)
    asked.may_end.set()
    assert errand.over.wait(20)

    assert again is errand is errands.begin("one", "look", run="r") is errands.of("one")
    assert errand.state == FOUND and errand.result is FOUND_BARS and asked.count == 1
    assert bytes_of(errand.result) == 16


def test_one_waits_for_the_other_and_what_was_ended_is_never_asked(errands, asked):
    first = errands.begin("one", "look")
    assert asked.begun.wait(20)
    second = errands.begin("two", "look")
    assert second.state == WAITING
    errands.end(second)
    asked.may_end.set()
    assert first.over.wait(20) and second.over.wait(20)
    third = errands.begin("two", "look")
    assert third.over.wait(20)

    assert second.state == ENDED and third.state == FOUND
    assert asked.count == 2


def test_a_refusal_is_told_and_a_refused_look_may_be_asked_again(errands, asked):
    asked.may_end.set()
    errand = errands.begin("one", "refused")
    assert errand.over.wait(20)

    assert errand.state == FAILED and "no layer" in str(errand.trouble)
    assert errands.begin("one", "refused") is errand  # it would only be refused once more
    errands.forget(errand)
    assert errands.begin("one", "refused") is not errand


@pytest.mark.parametrize(("seconds", "is_ended"), [(1.0, False), (10.0, True)])
def test_what_is_left_ends_once_it_would_take_longer_than_a_process_takes_to_start(asked, seconds, is_ended):
    now = [0.0]
    errands = Errands(current(), asked, lambda: now[0])
    errand = errands.begin("one", "look", run="r")
    assert asked.begun.wait(20)
    errands.want(errand, "a")
    errands.want(errand, "b")
    now[0] = seconds
    asked.tell(2, 3)  # as long once more is to be expected
    errands.leave(errand, "a")
    assert errand.is_live  # another tab waits
    errands.leave(errand, "b")
    assert (errand.state == ENDED) == is_ended
    asked.may_end.set()
    assert errand.over.wait(20) and errand.state == (ENDED if is_ended else FOUND)
    errands.close()


def test_what_is_over_makes_room_with_its_pictures_whatever_it_came_to(errands, asked, monkeypatch):
    monkeypatch.setattr("core.lens.errands.KEPT_BYTES", 2_500_000)
    asked.may_end.set()
    uploads = [("photo", bytes(1_000_000))]
    last = [errands.begin(f"{at}", ("look", "refused")[at % 2], uploads=uploads) for at in range(5)]
    assert all(errand.over.wait(20) for errand in last)
    for name in ("after", "last"):  # when the last has had its turn the one before has made room
        assert errands.begin(name, "look").over.wait(20)

    assert [errands.of(f"{at}") for at in range(3)] == [None] * 3
    assert errands.of("4") is last[4] and errands.of("after")


class Wanted(Lens):
    """A long look that a page asks for."""

    question = "wanted"
    needs_images = False

    def is_long(self, outline):
        return True


def page(lens, looking):
    """A page that draws one long look and nothing else."""
    import streamlit as st

    from pages.components.understand import patience

    found = patience.of(lens, looking)
    st.write(f"found {found.measure}" if found else "nothing yet")


class Looked:
    """Stands for a network that is looked at."""

    def __init__(self, errands, name="key"):
        self.errands, self.question, self.name = errands, "wanted", name

    def key(self, name):
        return f"{self.name}-{name}"

    def asked(self, lens):
        return {"run": "r"}

    def begin(self, lens):
        return self.errands.begin(self.name, self.question, **self.asked(lens))


@pytest.mark.parametrize("question", ["wanted", "refused"])
def test_a_page_waits_for_a_long_look_lets_it_be_cancelled_and_begun_again(errands, asked, monkeypatch, question):
    looking = Looked(errands)
    looking.question = question
    monkeypatch.setattr("pages.components.frame.lens.errands", lambda: errands)
    monkeypatch.setattr("pages.components.understand.patience.MOMENT", 0.0)
    app = AppTest.from_function(page, args=(Wanted(), looking), default_timeout=60).run()
    assert "nothing yet" in app.markdown[-1].value
    app.button[0].click().run()
    assert errands.of("key").state == ENDED and "You ended this look" in app.caption[0].value
    monkeypatch.setattr("pages.components.understand.patience.MOMENT", 20.0)
    asked.may_end.set()
    app.button[0].click().run()
    if question == "wanted":
        assert "found" in app.markdown[-1].value
        return
    assert "no layer" in app.error[0].value and asked.count == 2
    app.run()
    assert asked.count == 2  # a refusal is told, not asked for again and again
    app.button[0].click().run()
    assert asked.count == 3


def two_views(lenses, lookings):
    """A page of one of two views, as the frame draws it; "neither" has no view that waits."""
    import streamlit as st

    from pages.components.frame import lens
    from pages.components.understand import patience

    lens.page_begins()
    shown = st.radio("View", ["first", "second", "neither"])
    if shown != "neither":
        patience.of(lenses[shown], lookings[shown])
    lens.page_ends()


def test_a_view_that_was_left_ends_its_long_look_when_the_next_begins_one_unless_another_tab_waits(
    errands, asked, monkeypatch
):
    monkeypatch.setattr("pages.components.frame.lens.errands", lambda: errands)
    monkeypatch.setattr("pages.components.understand.patience.MOMENT", 0.0)
    lookings = {name: Looked(errands, name) for name in ("first", "second")}
    lenses = {"first": Wanted(), "second": Wanted()}
    tab, other = (AppTest.from_function(two_views, args=(lenses, lookings), default_timeout=60).run() for _ in range(2))
    first = errands.of("first")
    assert len(first.wanted_by) == 2
    tab.radio[0].set_value("neither").run()
    assert first.is_live and len(first.wanted_by) == 2  # nothing else is to be waited for: it may go on
    tab.radio[0].set_value("second").run()
    assert len(first.wanted_by) == 1 and not first.is_left
    other.radio[0].set_value("second").run()
    assert first.is_left and errands.of("second").state == WAITING
    tab.radio[0].set_value("first").run()
    assert not first.is_left and not errands.of("second").is_left
    other.radio[0].set_value("first").run()
    assert first.is_live and errands.of("second").state == ENDED
