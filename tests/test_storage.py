"""What a workspace holds and may hold: measured seldom, refused in a sentence, deleted for ever when it is meant."""

import io
import os
import re
import time
import zipfile

import pytest
from streamlit.testing.v1 import AppTest

from core import child, holdings, settings
from core.__main__ import main
from core.datasets import load
from core.datasets.digits import Digits
from core.datasets.own_images import uploads
from core.experiment.presets import load_preset
from core.holdings import size_words
from core.runs import room, trash
from core.uploads import incoming
from core.workspace import current
from pages.components.runs import run_table
from tests.pets import PETS, picture, refusal
from tests.saved import here

KB = 1000
STORAGE = "pages/3_Train/3_Storage.py"


def a_run(size=100 * KB):
    """A run whose log makes it large."""
    run = here().create(load_preset("digits-cnn"))
    (run.path / "log.txt").write_bytes(bytes(size))
    holdings.forget(current(), holdings.RUNS)
    return run


def deleted(size=100 * KB):
    run = a_run(size)
    here().delete(run)
    return run.id


def zipped(entries):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    file.seek(0)
    return file


def pets():
    return zipped(PETS)


def opened(entries):
    return [(f"top/{name}", io.BytesIO(data)) for name, data in entries.items()]


@pytest.fixture
def later(monkeypatch):
    """Moves the clock of the trash forward."""
    real, jump = time.time, [0.0]
    monkeypatch.setattr(trash.time, "time", lambda: real() + jump[0])

    def wait(seconds):
        jump[0] += seconds

    return wait


def ids(runs):
    return {run.id for run in runs}


# ---- measuring


def test_a_place_is_as_large_as_its_files_and_a_file_with_several_names_counts_once(workspace):
    for upload, size in (("a" * 32, 3000), ("b" * 32, 500)):
        (workspace / "images" / upload / "images").mkdir(parents=True)
        (workspace / "images" / upload / "images" / "own.png").write_bytes(bytes(size))
    (workspace / "images" / ".contents").mkdir()
    os.link(workspace / "images" / ("a" * 32) / "images" / "own.png", workspace / "images" / ".contents" / "sum")
    os.link(workspace / "images" / ".contents" / "sum", workspace / "images" / ("b" * 32) / "images" / "same.png")
    (workspace / "images" / ".contents" / "nobodys").write_bytes(bytes(70))
    held = holdings.held(current(), holdings.IMAGES)

    assert held.size == 3570
    assert held.parts == {"a" * 32: 3000, "b" * 32: 500}


def test_three_hundred_runs_are_measured_once_for_all_who_look(workspace, monkeypatch):
    for number in range(300):
        (workspace / "runs" / f"{number:032x}" / "checkpoints").mkdir(parents=True)
        (workspace / "runs" / f"{number:032x}" / "checkpoints" / "weights.npz").write_bytes(bytes(number))
    looked, scandir = [], os.scandir
    monkeypatch.setattr(holdings.os, "scandir", lambda path: looked.append(path) or scandir(path))
    found = [holdings.held(current(), holdings.RUNS) for _ in range(50)]

    assert found[0].size == sum(range(300))
    assert len(looked) == 1 + 300 + 300
    assert all(one is found[0] for one in found)
    holdings.forget(current(), holdings.RUNS)
    assert holdings.held(current(), holdings.RUNS) == found[0]
    assert len(looked) == 2 * (1 + 300 + 300)


def test_measuring_ends_and_says_so_where_there_are_too_many_files(workspace, monkeypatch):
    monkeypatch.setattr(holdings, "MOST", 10)
    (workspace / "runs" / ("0" * 32)).mkdir(parents=True)
    for number in range(30):
        (workspace / "runs" / ("0" * 32) / str(number)).write_bytes(b"12")
    held = holdings.held(current(), holdings.RUNS)

    assert (held.size, held.is_whole) == (20, False)


def test_an_empty_workspace_holds_nothing_and_still_has_a_disk():
    assert holdings.held(current(), holdings.TRASH) == holdings.Held()
    assert holdings.free(current()) > 0


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (0, "0 KB"),
        (4_321, "4.3 KB"),
        (50_000, "50 KB"),
        (999_600, "1 MB"),
        (1_234_567, "1.2 MB"),
        (20_000_000_000, "20 GB"),
        (999_600_000, "1 GB"),
        (123_400_000, "123 MB"),
    ],
)
def test_sizes_are_said_as_people_read_them(size, words):
    assert size_words(size) == words


# ---- budgets


def test_runs_beyond_their_budget_are_not_started_and_none_goes_by_itself(monkeypatch, capsys):
    first = a_run()
    monkeypatch.setenv(settings.RUNS.variable, "0.00005")
    refused = refusal(lambda: here().create(load_preset("digits-cnn")))

    assert refused.code == "RUNS_FULL"
    assert re.search(r"\d KB", refused.what)
    assert "Storage" in refused.remedy
    assert settings.RUNS.variable in refused.remedy
    assert main(["train", "digits-cnn"]) != 0
    assert "may take" in capsys.readouterr().err
    room.make_room(here())
    assert ids(here().newest()) == {first.id}
    here().delete(first)
    assert here().create(load_preset("digits-cnn"))


def test_a_run_from_elsewhere_is_not_taken_in_where_runs_are_full(monkeypatch):
    a_run()
    monkeypatch.setenv(settings.RUNS.variable, "0")

    assert refusal(lambda: incoming.receive_run(io.BytesIO(b"no ZIP"))).code == "RUNS_FULL"


def test_an_upload_beyond_the_budget_is_refused_and_leaves_nothing(monkeypatch):
    incoming.receive_archive(pets(), "pets.zip")
    has = holdings.held(current(), holdings.IMAGES).size
    monkeypatch.setenv(settings.IMAGES.variable, str((has + 100) / 1e9))
    refused = refusal(lambda: incoming.receive_archive(pets(), "more.zip"))

    assert refused.code == "IMAGES_FULL"
    assert "Data page" in refused.remedy
    assert settings.IMAGES.variable in refused.remedy
    assert [one.title for one in uploads()] == ["pets"]
    assert list((current().home / "incoming").iterdir()) == []
    monkeypatch.setenv(settings.IMAGES.variable, "1")
    incoming.receive_archive(pets(), "pets.zip")


def test_pictures_count_as_they_are_stored_and_not_as_they_were_packed(monkeypatch):
    large = {f"{name}/{n}.webp": picture(n, (200, 200), "WEBP", quality=0) for n in range(3) for name in ("a", "b")}
    packed = zipped(large)
    monkeypatch.setenv(settings.IMAGES.variable, str(2 * len(packed.getvalue()) / 1e9))
    for send in (lambda: incoming.receive_archive(packed, "large.zip"), lambda: incoming.receive_folder(opened(large))):
        refused = refusal(send)

        assert refused.code == "IMAGES_FULL"
        assert re.search(r"take more than the [\d.]+ KB that are left", refused.what)
        assert [path for path in (current().home / "images").rglob("*") if path.is_file()] == []


def test_where_there_are_too_many_files_to_be_measured_there_is_no_room(monkeypatch):
    incoming.receive_archive(pets(), "pets.zip")
    a_run()
    monkeypatch.setattr(holdings, "MOST", 2)
    holdings.forget(current(), holdings.IMAGES, holdings.RUNS)
    for work in (
        lambda: incoming.receive_archive(pets(), "more.zip"),
        lambda: here().create(load_preset("digits-cnn")),
    ):
        refused = refusal(work)

        assert refused.code in ("IMAGES_FULL", "RUNS_FULL")
        assert "more than can be measured (over 2 files)" in refused.what
    assert [one.title for one in uploads()] == ["pets"]


@pytest.mark.parametrize(
    ("budget", "most", "code"), [("0.00005", 1 << 30, "IMAGES_FULL"), ("1", 50_000, "UPLOAD_TOO_LARGE")]
)
def test_a_folder_is_copied_no_further_than_there_is_room(monkeypatch, budget, most, code):
    monkeypatch.setenv(settings.IMAGES.variable, budget)
    monkeypatch.setattr(incoming, "MAX_TOTAL", most)
    sent = []

    def files():
        for number in range(50):
            sent.append(number)
            yield f"pets/cat/{number}.png", io.BytesIO(bytes(20_000))

    assert refusal(lambda: incoming.receive_folder(files())).code == code
    assert len(sent) == 3
    assert list((current().home / "incoming").iterdir()) == []


def test_the_oldest_deleted_runs_go_beyond_the_budget_and_no_other_run(monkeypatch, later):
    kept = a_run()
    old = [deleted() for _ in range(3)]
    for number, run_id in enumerate(old):
        os.utime(current().home / "trash" / run_id, (time.time() + number, time.time() + number))
    stranger = current().home / "trash" / "holiday.txt"
    stranger.write_bytes(bytes(50 * KB))
    monkeypatch.setenv(settings.TRASH.variable, "0.00027")

    assert trash.keep_to_budget(current()) == []  # their way back is still on the screen
    later(2 * trash.FRESH_SECONDS)
    holdings.forget(current(), holdings.TRASH)
    assert trash.keep_to_budget(current()) == old[:1]
    assert ids(here().deleted()) == set(old[1:])
    assert ids(here().newest()) == {kept.id}
    assert stranger.exists()


def test_runs_that_are_deleted_one_after_the_other_fill_no_more_than_twice_the_budget(monkeypatch):
    monkeypatch.setenv(settings.TRASH.variable, "0.00015")
    monkeypatch.setattr(run_table.session, "keep", lambda name, value: None)
    monkeypatch.setattr(run_table.session, "remember", lambda name: [])
    monkeypatch.setattr(run_table.session, "run", lambda: None)
    made = []
    for number in range(6):
        run = a_run()
        made.append(run.id)
        run_table.apply({"action": "delete", "ids": [run.id], "sure": True})
        when = time.time() - 60 + number
        os.utime(current().home / "trash" / run.id, (when, when))
        holdings.forget(current(), holdings.TRASH)
        assert holdings.held(current(), holdings.TRASH).size <= 2 * settings.TRASH.value()

    assert ids(here().deleted()) == set(made[-2:])


def test_deleted_runs_go_when_they_are_old_also_while_nobody_deletes(monkeypatch, later):
    run_id = deleted()
    later(59 * trash.DAY)
    room.make_room(here())
    assert ids(here().deleted()) == {run_id}
    later(2 * trash.DAY)
    room.make_room(here())

    assert here().deleted() == []


def test_a_restored_run_is_beyond_the_reach_of_the_trash(later):
    run_id = deleted()
    here().restore(run_id)
    later(400 * trash.DAY)

    assert trash.keep_to_budget(current()) == []
    assert ids(here().newest()) == {run_id}


def test_prepared_data_counts_where_it_lies():
    load(Digits(), 0.1, 0)
    held = holdings.held(current(), holdings.PREPARED)

    assert len(held.parts) == 1
    assert held.size >= 1797 * 64  # 1 797 pictures of 8 x 8


# ---- deleting for ever


def test_one_deleted_run_goes_for_ever_and_the_others_stay():
    first, second = deleted(), deleted()
    trash.delete_for_ever(current(), first)

    assert ids(here().deleted()) == {second}
    assert refusal(lambda: here().restore(first)).code == "RUN_NOT_FOUND"
    assert refusal(lambda: trash.delete_for_ever(current(), first)).code == "RUN_NOT_FOUND"


def test_only_what_is_in_the_trash_goes_for_ever():
    run = a_run()
    for name in (run.id, "../runs/" + run.id, ".", ""):
        assert refusal(lambda name=name: trash.delete_for_ever(current(), name)).code == "RUN_NOT_FOUND"

    assert ids(here().newest()) == {run.id}


def test_the_trash_is_emptied_of_damaged_runs_too_and_of_nothing_else():
    run_id, kept = deleted(), a_run()
    (current().home / "trash" / run_id / "experiment.json").unlink()
    deleted()
    stranger = current().home / "trash" / "holiday.txt"
    stranger.write_text("mine")

    assert trash.empty(current()) == 2
    assert [path.name for path in (current().home / "trash").iterdir()] == ["holiday.txt"]
    assert ids(here().newest()) == {kept.id}
    assert trash.empty(current()) == 0


# ---- the page


def storage():
    app = AppTest.from_file(str(child.ROOT / "streamlit_app.py"), default_timeout=60).run()
    app.switch_page(STORAGE).run()
    assert not app.exception
    return app


def said(app):
    return " ".join(one.value for one in [*app.markdown, *app.caption, *app.warning, *app.error])


def press(app, key):
    app.button(key=key).click().run()
    assert not app.exception


def test_the_page_shows_each_budget_with_what_it_holds(monkeypatch):
    monkeypatch.setenv(settings.RUNS.variable, "0.002")
    monkeypatch.setenv(settings.IMAGES.variable, "plenty")
    a_run(1500 * KB)
    deleted(300 * KB)
    words = said(storage())

    assert "1.5 MB of 2 MB" in words
    assert re.search(r"30\d KB of 5 GB", words)
    assert "0 KB of 20 GB" in words
    assert "of 10 GB" in words
    assert "are free" in words
    for place in (holdings.RUNS, holdings.TRASH, holdings.IMAGES, holdings.PREPARED, holdings.FEATURES):
        assert place.setting.variable in words
    assert words.count("is no number") == 1


def test_a_deleted_run_goes_for_ever_when_that_was_said_twice():
    first, second = deleted(), deleted()
    app = storage()
    press(app, f"trash-delete-{first}")
    assert "nothing brings them back" in said(app)
    press(app, "trash-keep")
    assert ids(here().deleted()) == {first, second}
    press(app, f"trash-delete-{first}")
    press(app, "trash-sure")
    assert ids(here().deleted()) == {second}
    press(app, f"trash-restore-{second}")
    assert ids(here().newest()) == {second}


def test_the_trash_is_emptied_when_that_was_said_twice():
    for _ in range(3):
        deleted()
    app = storage()
    press(app, "trash-empty")
    assert "3 runs" in said(app)
    assert len(here().deleted()) == 3
    press(app, "trash-sure")

    assert here().deleted() == []


def test_the_largest_run_is_deleted_from_the_page_and_lies_in_the_trash(monkeypatch):
    small, large = a_run(10 * KB), a_run(900 * KB)
    for run in (small, large):
        run.leave_queue()
        os.utime(run.path / "experiment.json", (1, 1))  # long ago, so that nobody waits for its worker
    app = storage()
    press(app, f"storage-delete-{large.id}")

    assert ids(here().newest()) == {small.id}
    assert ids(here().deleted()) == {large.id}


def test_what_went_meanwhile_is_said_on_the_page():
    run_id = deleted()
    app = storage()
    trash.delete_for_ever(current(), run_id)
    press(app, f"trash-restore-{run_id}")

    assert app.error
