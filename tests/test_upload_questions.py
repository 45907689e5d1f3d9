"""Uploads that ask back, and decisions that are taken back: answered without uploading again, kept within bounds."""

import io
import os
import shutil
import zipfile
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.datasets.own_images import OwnImages, find_upload, uploads
from core.experiment.reading import read_experiment
from core.intake.manifest import Ingested, read_manifest
from core.intake.questions import Answer, Question
from core.uploads import incoming
from tests.pets import PETS, picture, refusal

pytestmark = pytest.mark.usefixtures("work_is_done_here")

ROOT = Path(__file__).parent.parent
UNSURE = {f"{top}/{name}/{n}.png": picture(n + 7 * k) for n in range(2) for k, (top, name) in enumerate(
    [("day1", "cat"), ("day1", "dog"), ("day2", "cat"), ("day2", "cow")]
)}  # fmt: skip
SPELLED = {f"train/{name}": data for name, data in PETS.items()} | {
    "val/CAT/1.png": picture(71),
    "val/dog/1.png": picture(72),
}


def zipped(entries):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    file.seek(0)
    return file


def received(entries, **options):
    return incoming.receive_archive(zipped(entries), "pets.zip", **options)


def kept(workspace):
    return sorted(path.name for path in (workspace / "incoming").iterdir())


def test_a_question_stores_nothing_and_is_answered_without_uploading_again(workspace):
    question = received(UNSURE, may_ask=True)
    assert isinstance(question, Question) and uploads() == []
    assert [reading.key for reading in question.readings] == ["outer", "inner"]
    assert kept(workspace) == [f"kept-{question.kept}"]

    ingested = incoming.answer(question.kept, question.answers()[1])
    assert isinstance(ingested, Ingested)
    assert (ingested.class_names, ingested.title) == (("cat", "cow", "dog"), "pets")
    assert kept(workspace) == []


def test_where_nobody_can_answer_a_question_is_a_refusal_that_says_how(workspace):
    error = refusal(lambda: received(UNSURE))
    assert (error.code, error.remedy) == ("DATASET_QUESTION", "Say which with --read outer or --read inner.")
    assert "outer: " in error.what and "inner: " in error.what
    assert kept(workspace) == [] and uploads() == []
    assert received(UNSURE, given=Answer(read="outer")).class_names == ("day1", "day2")
    assert refusal(lambda: received(PETS, given=Answer(read="inner"))).code == "DATASET_READING"


def test_a_folder_is_asked_about_and_answered_the_same_way():
    files = [(name, io.BytesIO(data)) for name, data in UNSURE.items()]
    question = incoming.receive_folder(files, may_ask=True)
    assert isinstance(question, Question)
    assert incoming.answer(question.kept, Answer(read="outer")).class_names == ("day1", "day2")


def test_spellings_that_were_merged_can_be_kept_apart_and_put_together_again(workspace):
    merged = received(SPELLED, may_ask=True)
    assert merged.counts["validation"] == {"cat": 1, "dog": 1}
    assert [offer.label for offer in merged.offers] == ["Keep apart"] and merged.kept

    apart = incoming.answer(merged.kept, merged.offers[0].answer)
    assert apart.counts["validation"] == {"cat": 0, "dog": 1}
    assert [item.name for item in apart.skipped] == ["val/CAT/1.png"]
    assert apart.id != merged.id and kept(workspace) == []
    assert read_manifest(workspace / "images", merged.id).offers == merged.offers


def test_what_was_answered_before_stays_when_more_is_taken_back():
    entries = {f"train/{name}": data for name, data in UNSURE.items()} | {"val/day1/CAT/9.png": picture(90)}
    question = received(entries, may_ask=True)
    ingested = incoming.answer(question.kept, Answer(read="inner"))
    assert ingested.offers[0].answer == Answer(read="inner", keep_apart=True)
    assert incoming.answer(ingested.kept, ingested.offers[0].answer).class_names == ("cat", "cow", "dog")


def test_names_that_were_read_by_another_code_page_are_read_again(workspace):
    data = zipped({"AA/1.png": picture(1), "BB/1.png": picture(2)}).getvalue()
    data = data.replace(b"AA/", "책/".encode("cp949")).replace(b"BB/", "칼/".encode("cp949"))
    ingested = incoming.receive_archive(io.BytesIO(data), "names.zip", may_ask=True)
    assert ingested.class_names == ("책", "칼")
    assert [offer.answer.names for offer in ingested.offers] == ["utf-8"]
    assert incoming.answer(ingested.kept, ingested.offers[0].answer).class_names == ("å", "Į")


def test_what_is_sure_is_not_kept(workspace):
    assert received(PETS, may_ask=True).kept == "" and kept(workspace) == []


def test_few_uploads_are_kept_and_none_for_long(workspace, monkeypatch):
    monkeypatch.setattr(incoming, "KEPT_UPLOADS", 2)
    first, second, third = (received(UNSURE, may_ask=True) for _ in range(3))
    assert kept(workspace) == sorted(f"kept-{one.kept}" for one in (second, third))
    assert refusal(lambda: incoming.answer(first.kept, Answer(read="outer"))).code == "UPLOAD_NOT_KEPT"
    old = workspace / "incoming" / f"kept-{second.kept}"
    os.utime(old, (0, 0))
    received(PETS)
    assert kept(workspace) == [f"kept-{third.kept}"]


def test_kept_uploads_have_a_budget_of_bytes_but_the_latest_stays(workspace, monkeypatch):
    monkeypatch.setattr(incoming, "KEPT_BYTES", 100)
    first, second = received(UNSURE, may_ask=True), received(UNSURE, may_ask=True)
    assert kept(workspace) == [f"kept-{second.kept}"] and first.kept != second.kept


@pytest.mark.parametrize("name", ["", "..", "../images", "0" * 32, "a" * 31, "/etc"])
def test_only_what_was_kept_can_be_answered(workspace, name):
    (workspace / "incoming").mkdir(parents=True, exist_ok=True)
    assert refusal(lambda: incoming.answer(name, Answer())).code == "UPLOAD_NOT_KEPT"
    incoming.forget(name)
    assert (workspace / "incoming").exists()


@pytest.mark.parametrize(
    "job", ["[]", "7", "{}", '{"title": 1, "archive": "upload.zip"}', '{"title": "a", "names": 3}']
)
def test_a_kept_upload_whose_job_is_none_is_not_kept(workspace, job):
    question = received(UNSURE, may_ask=True)
    (workspace / "incoming" / f"kept-{question.kept}" / incoming.JOB).write_text(job)
    assert refusal(lambda: incoming.answer(question.kept, Answer(read="outer"))).code == "UPLOAD_NOT_KEPT"


def test_a_kept_upload_that_goes_while_it_is_asked_for_is_not_kept(workspace, monkeypatch):
    question = received(UNSURE, may_ask=True)
    place = workspace / "incoming" / f"kept-{question.kept}"
    monkeypatch.setattr(incoming.workspace, "touch", lambda path: shutil.rmtree(place))
    assert refusal(lambda: incoming.answer(question.kept, Answer(read="outer"))).code == "UPLOAD_NOT_KEPT"


def test_a_class_of_thirty_keeps_what_each_was_asked(workspace):
    first = received(UNSURE, may_ask=True)
    for number in range(29):
        (workspace / "incoming" / f"kept-{number:032x}").mkdir()
    received(PETS)
    assert isinstance(incoming.answer(first.kept, Answer(read="outer")), Ingested)


# --- the page ---


@pytest.fixture
def page(monkeypatch):
    monkeypatch.setattr("pages.components.runs.launching.launcher", lambda: None)
    monkeypatch.setattr("pages.components.frame.lens.client", lambda: None)
    at = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=60).run()
    return at.switch_page("pages/2_Design/1_Data.py").run()


def uploaded(at, entries):
    at.button(key="source-OwnImages").click().run()
    at.file_uploader[0].set_value(("pets.zip", zipped(entries).getvalue(), "application/zip")).run()
    assert not at.exception
    return at


def said(at):
    found = " ".join(str(one.value) for kind in (at.warning, at.success, at.error, at.markdown) for one in kind)
    return found.replace("\\", "")


def test_the_page_asks_and_a_press_answers(page, workspace):
    uploaded(page, UNSURE)
    assert "Which folders are the classes" in said(page) and uploads() == []
    assert page.button(key="read-inner").label == "3 classes, 8 pictures"
    page.button(key="read-inner").click().run()

    dataset = read_experiment(page.session_state.tab.experiment).dataset
    assert isinstance(dataset, OwnImages) and not page.exception
    assert find_upload(dataset.images_id).class_names == ("cat", "cow", "dog")
    assert "pets is here: 8 pictures, in 3 classes" in said(page)
    assert kept(workspace) == []


def test_a_question_can_be_left_and_its_files_go(page, workspace):
    uploaded(page, UNSURE)
    assert len(kept(workspace)) == 1
    page.button(key="read-not").click().run()
    assert "Which folders" not in said(page) and kept(workspace) == [] and not page.exception


def test_a_question_whose_files_are_gone_is_a_sentence(page, workspace):
    uploaded(page, UNSURE)
    for path in (workspace / "incoming").iterdir():
        os.utime(path, (0, 0))
    received(PETS)
    page.button(key="read-inner").click().run()
    assert "These files are not here any more. Upload them again." in said(page) and not page.exception


def test_the_report_takes_a_merge_back(page):
    uploaded(page, SPELLED)
    assert 'The folders "CAT" and "cat" were taken as one class, "cat".' in said(page)
    page.button(key="take-back-0").click().run()
    dataset = read_experiment(page.session_state.tab.experiment).dataset

    assert not page.exception
    assert find_upload(dataset.images_id).names.count("val/CAT/1.png") == 0
    assert "taken as one class" not in said(page)


def test_the_report_groups_what_was_left_out(page):
    uploaded(page, PETS | {f"cat/IMG_{n}.HEIC": b"x" for n in range(6)} | {"dog/notes.txt": b"x"})
    assert "6 .heic files can't be read: save them as JPEG" in said(page)
    rows = page.dataframe[0].value
    assert list(rows["kind"]) == [".heic"] * 6 + [".txt"]
