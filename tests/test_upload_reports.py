"""The report belongs to the upload, the images to their content: who brings equal ones later reads their own."""

import io
import zipfile

import pytest

from core.datasets.own_images import find_upload, uploads
from core.intake import own_images
from core.runs.collection import Runs
from core.uploads import deletion
from core.uploads.incoming import receive_archive
from core.workspace import current
from tests.pets import PETS

pytestmark = pytest.mark.usefixtures("work_is_done_here")


def packed(entries):
    """A ZIP of named files."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    file.seek(0)
    return file


@pytest.fixture
def bring():
    """Brings named files under a title."""
    return lambda entries, title: receive_archive(packed(entries), f"{title}.zip")


def test_equal_images_lie_once_and_each_upload_has_its_own_report(bring):
    first = bring(PETS | {"cat/secret of Ann.txt": b"text"}, "Ann")
    second = bring(PETS | {"dog/film.mp4": b"film"}, "Ben")

    assert first.id == second.id
    assert (first.title, second.title) == ("Ann", "Ben")
    assert [item.name for item in first.skipped] == ["cat/secret of Ann.txt"]
    assert [item.name for item in second.skipped] == ["dog/film.mp4"]
    assert len(uploads()) == 1


def test_all_titles_of_equal_images_are_told_where_they_are_listed(bring):
    for title in ("Ann", "Ben", "Ann", "Cleo"):
        bring(PETS, title)
    (upload,) = uploads()

    assert upload.words().startswith("Ann (also brought as Ben and Cleo) · 2 classes")
    deletion.delete_upload(upload.images_id, Runs(current()))
    assert uploads() == []
    assert bring(PETS, "Ben").title == "Ben"
    assert uploads()[0].words().startswith("Ben · ")


def test_equal_images_that_are_read_another_way_are_another_dataset(bring, monkeypatch, tmp_path):
    first = bring(PETS, "Ann")
    stored = find_upload(first.id)
    monkeypatch.setattr(own_images.Manifest, "reading", lambda self: [self.title])
    path = tmp_path / "pets.zip"
    path.write_bytes(packed(PETS).read())
    again = own_images.ingest_archive(path, current().folder("images"), "Ben")

    assert again.id != first.id
    assert {upload.title for upload in uploads()} == {"Ann", "Ben"}
    assert find_upload(first.id).names == stored.names
