"""Folders that the operator offers: picked by name, counted by names and sizes, and no link leads out of them."""

import os
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.datasets.own_images import uploads
from core.uploads import server_folders
from core.uploads.server_folders import Survey, bring, offered, surveys
from tests.pets import PETS, refusal

ROOT = Path(__file__).parent.parent


@pytest.fixture
def top(tmp_path, monkeypatch):
    """Two folders are offered in one place, and one in another."""
    for place in ("school/pets", "school/few", "other/pets"):
        for name, data in PETS.items() if place != "school/few" else [("notes.txt", b"hi")]:
            (tmp_path / place / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / place / name).write_bytes(data)
    (tmp_path / "school" / ".hidden").mkdir()
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "9.png").write_bytes(PETS["cat/0.png"][:-1])
    (tmp_path / "school" / "way-out").symlink_to(tmp_path / "secret")
    (tmp_path / "school/pets/cat/link.png").symlink_to(tmp_path / "secret" / "9.png")
    (tmp_path / "school/pets/cat/folder").symlink_to(tmp_path / "secret")
    monkeypatch.setenv("KERNELSCOPE_FOLDERS", f"{tmp_path / 'school'}, {tmp_path / 'other'},{tmp_path / 'nowhere'}")
    return tmp_path


def test_folders_are_offered_by_name_and_only_those_that_lie_there(top, monkeypatch):
    assert [(one.name, one.path) for one in offered()] == [
        ("few", top / "school/few"), ("pets", top / "school/pets"), ("pets (2)", top / "other/pets"),
    ]  # fmt: skip
    for name in ("", "..", "../secret", "school/pets", str(top / "secret"), "way-out", ".hidden"):
        assert refusal(lambda name=name: bring(name)).code == "FOLDER_NOT_OFFERED"
    monkeypatch.delenv("KERNELSCOPE_FOLDERS")
    assert offered() == []


def test_a_folder_is_brought_like_an_upload_and_links_are_passed_over(top):
    brought = bring("pets")

    assert (brought.title, brought.class_names) == ("pets", ("cat", "dog"))
    assert brought.counts["train"] == {"cat": 3, "dog": 3}
    assert not brought.skipped
    assert [upload.images_id for upload in uploads()] == [brought.id]
    assert (top / "school/pets/cat/0.png").read_bytes() == PETS["cat/0.png"], "what is brought stays where it lay"


def test_pictures_are_counted_once_and_again_when_something_came_or_went(top, monkeypatch):
    sizes = sum(map(len, PETS.values()))
    assert surveys(offered()) == {
        "few": Survey(0, 0, 0), "pets": Survey(6, 2, sizes), "pets (2)": Survey(6, 2, sizes),
    }  # fmt: skip
    monkeypatch.setattr(server_folders, "_counted", lambda path: Survey(99, 9, 9))
    assert surveys(offered())["pets"] == Survey(6, 2, sizes), "nothing changed, so nothing is counted"
    (top / "school/pets/cat/new.png").write_bytes(b"")
    os.utime(top / "school/pets/cat", (1, 1))
    assert surveys(offered())["pets"] == Survey(99, 9, 9)
    monkeypatch.setattr(server_folders, "SURVEY_SECONDS", -1.0)
    assert "pets" not in surveys(offered()), "there was no time"
    assert "pets (2)" in surveys(offered())


def test_a_folder_with_too_many_files_says_that_there_are_more(top, monkeypatch):
    monkeypatch.setattr(server_folders, "MAX_FILES", 4)
    (top / "school/pets/one.png").write_bytes(b"1")

    found = surveys(offered())["pets"]
    assert not found.is_whole
    assert found.words().startswith("more than ")


def test_the_data_page_offers_them_with_what_lies_in_each_and_brings_one_by_a_press(top):
    at = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=60).run()
    at.switch_page("pages/2_Design/1_Data.py").run()
    at.button(key="source-OwnImages").click().run()
    said = " ".join(one.value for one in at.markdown)
    assert "6 pictures in 2 folders" in said
    assert at.button(key="server-folder-few").disabled
    at.button(key="server-folder-pets").click().run()

    assert not at.exception
    assert [upload.title for upload in uploads()] == ["pets"]
    assert at.session_state.tab.experiment is not None
    assert uploads()[0].images_id in at.session_state.tab.experiment
