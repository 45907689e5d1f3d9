"""Preparing datasets is queued: one child a dataset, few at once, and whoever waits is told for what."""

import queue
import threading

import pytest

from core import child
from core.datasets import preparations as preparations_module
from core.datasets.keras_datasets import FashionMNIST
from core.datasets.preparations import Preparations, Standing
from core.datasets.shapes import Shapes
from core.errors import UserError
from core.workspace import Workspace, current, using
from pages.components.frame import cached

PATIENCE = 30


class Children:
    """Stands for the child processes: each preparation goes on as far as the test lets it."""

    def __init__(self):
        self.begun, self.steps, self.ended = queue.Queue(), {}, []

    def prepare(self, dataset, progress):
        steps = self.steps[dataset.key()] = queue.Queue()
        self.begun.put(dataset)
        try:
            while (step := steps.get(timeout=PATIENCE)) is not None:
                if isinstance(step, Exception):
                    raise step
                progress(*step)
        finally:
            self.ended.append(dataset)

    def go_on(self, dataset, step):
        self.steps[dataset.key()].put(step)


@pytest.fixture
def children(monkeypatch):
    children = Children()
    monkeypatch.setattr(preparations_module, "prepare_in_child", children.prepare)
    monkeypatch.setattr(preparations_module, "BEAT_SECONDS", 0.01)
    return children


class Page(threading.Thread):
    """Somebody who waits for a dataset, in a thread as the server's pages have them."""

    def __init__(self, preparations, dataset, home=None):
        super().__init__(daemon=True)
        self.preparations, self.dataset, self.home = preparations, dataset, home or current()
        self.told, self.error, self.leaves = [], None, False
        self.start()

    def run(self):
        try:
            with using(self.home):
                self.preparations.make_ready(self.dataset, lambda standing: self.tell(standing))
        except Exception as error:
            self.error = error

    def tell(self, standing):
        self.told.append(standing)
        if self.leaves:
            raise InterruptedError

    def wait_until(self, holds):
        """Until what it was told last is so."""
        happened = threading.Event()
        tell = self.tell

        def watch(standing):
            tell(standing)
            if holds(standing):
                happened.set()

        self.tell = watch
        assert happened.wait(PATIENCE)
        self.tell = tell

    def ended(self):
        self.join(PATIENCE)
        return not self.is_alive()


def shapes(count):
    return Shapes(count=count)


def test_all_who_want_the_same_dataset_wait_for_one_child_and_see_how_far_it_is(children):
    preparations = Preparations(1)
    pages = [Page(preparations, shapes(400)) for _ in range(5)]
    children.begun.get(timeout=PATIENCE)
    for page in pages:
        page.wait_until(lambda standing: standing == Standing(0, 0))
    children.go_on(shapes(400), (30, 400))
    for page in pages:
        page.wait_until(lambda standing: standing == Standing(30, 400))
    children.go_on(shapes(400), None)

    assert all(page.ended() for page in pages)
    assert [page.error for page in pages] == [None] * 5
    assert children.begun.empty()


def test_no_more_than_so_many_are_at_work_and_the_others_are_told_what_comes_first(children):
    preparations = Preparations(2)
    first, second = (Page(preparations, shapes(count)) for count in (400, 500))
    assert {children.begun.get(timeout=PATIENCE).count for _ in range(2)} == {400, 500}
    third = Page(preparations, shapes(600))
    third.wait_until(lambda standing: standing.ahead)
    fourth = Page(preparations, FashionMNIST())
    fourth.wait_until(lambda standing: standing.ahead)

    assert len(third.told[-1].ahead) == 2 and fourth.told[-1].ahead == ("Colour shapes",) * 3
    assert children.begun.empty()
    children.go_on(shapes(500), None)
    assert second.ended()
    assert children.begun.get(timeout=PATIENCE) == shapes(600)
    third.wait_until(lambda standing: not standing.ahead)
    for count in (400, 600):
        children.go_on(shapes(count), None)
    assert children.begun.get(timeout=PATIENCE) == FashionMNIST()
    children.go_on(FashionMNIST(), None)
    assert first.ended() and third.ended() and fourth.ended()


def test_who_leaves_does_not_end_it_for_others_and_the_last_one_does(children):
    preparations = Preparations(1)
    asked, other = Page(preparations, shapes(400)), Page(preparations, shapes(400))
    children.begun.get(timeout=PATIENCE)
    other.wait_until(lambda standing: True)
    asked.leaves = True
    assert asked.ended() and isinstance(asked.error, InterruptedError)
    children.go_on(shapes(400), (1, 400))
    other.wait_until(lambda standing: standing.done == 1)
    assert children.ended == []
    other.leaves = True
    assert other.ended()
    again = Page(preparations, shapes(500))
    again.wait_until(lambda standing: standing.ahead)  # a child that nobody needs ends when it next tells something
    children.go_on(shapes(400), (2, 400))

    assert children.begun.get(timeout=PATIENCE) == shapes(500)
    assert children.ended == [shapes(400)]
    children.go_on(shapes(500), None)
    assert again.ended() and again.error is None


def test_who_leaves_the_queue_is_not_prepared_for(children):
    preparations = Preparations(1)
    first = Page(preparations, shapes(400))
    children.begun.get(timeout=PATIENCE)
    second = Page(preparations, shapes(500))
    second.wait_until(lambda standing: standing.ahead)
    second.leaves = True
    assert second.ended()
    third = Page(preparations, shapes(600))
    third.wait_until(lambda standing: standing.ahead == ("Colour shapes",))
    children.go_on(shapes(400), None)

    assert children.begun.get(timeout=PATIENCE) == shapes(600)
    children.go_on(shapes(600), None)
    assert first.ended() and third.ended()


def test_a_refusal_reaches_all_who_wait_and_the_next_one_tries_anew(children):
    preparations = Preparations(1)
    pages = [Page(preparations, shapes(400)) for _ in range(2)]
    children.begun.get(timeout=PATIENCE)
    for page in pages:
        page.wait_until(lambda standing: True)
    children.go_on(shapes(400), UserError("No room.", "Free some.", "DISK_FULL"))

    assert all(page.ended() for page in pages)
    assert [(page.error.what, page.error.code) for page in pages] == [("No room.", "DISK_FULL")] * 2
    assert pages[0].error is not pages[1].error
    again = Page(preparations, shapes(400))
    children.begun.get(timeout=PATIENCE)
    children.go_on(shapes(400), None)
    assert again.ended() and again.error is None


def test_two_workspaces_have_a_preparation_each_in_their_own_folder(children, monkeypatch, tmp_path):
    seen = []

    def prepare(dataset, progress):
        seen.append(current().home)
        children.prepare(dataset, progress)

    monkeypatch.setattr(preparations_module, "prepare_in_child", prepare)
    preparations = Preparations(1)
    homes = [Workspace(tmp_path / name) for name in ("hers", "his")]
    pages = [Page(preparations, shapes(400), home) for home in homes]
    for _ in homes:
        children.begun.get(timeout=PATIENCE)
        children.go_on(shapes(400), None)

    assert all(page.ended() for page in pages)
    assert sorted(seen) == sorted(home.home for home in homes)


def test_a_real_child_is_ended_when_the_only_page_is_left(monkeypatch):
    ask, over = child.ask, threading.Event()

    def watched(*arguments, **options):
        try:
            return ask(*arguments, **options)
        finally:
            over.set()

    monkeypatch.setattr(child, "ask", watched)
    page = Page(Preparations(1), shapes(20_000))
    page.wait_until(lambda standing: standing.done)
    page.leaves = True

    assert page.ended() and over.wait(PATIENCE)
    assert not (current().home / "datasets" / shapes(20_000).key()).exists()


@pytest.mark.parametrize(
    ("standing", "words"),
    [
        (Standing(), "Getting Colour shapes ready"),
        (Standing(120, 400), "Preparing pictures: 120 of 400"),
        (Standing(ahead=("Fashion-MNIST",)), "Waiting: Colour shapes is next when Fashion-MNIST is ready"),
        (
            Standing(ahead=("Fashion-MNIST", "Digits", "Digits")),
            "Waiting: Colour shapes is next when Fashion-MNIST and 2 more are ready",
        ),
    ],
)
def test_the_page_says_what_is_waited_for(standing, words):
    assert cached._doing(shapes(400), standing) == words


@pytest.mark.parametrize(
    ("standing", "is_here", "words"),
    [
        (Standing(), False, "Asking storage.googleapis.com for Fashion-MNIST: 31 MB, fetched once"),
        (Standing(7, 31), False, "Downloading Fashion-MNIST from storage.googleapis.com: 7 of 31 MB"),
        (Standing(31, 31), False, "Fashion-MNIST has arrived: getting its pictures ready"),
        (Standing(), True, "Getting Fashion-MNIST ready, from the files that are on this machine"),
    ],
)
def test_a_download_is_told_from_what_is_on_this_machine(standing, is_here, words):
    assert cached._doing(FashionMNIST(), standing, is_here) == words
