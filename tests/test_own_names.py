"""Own images are told by their name wherever a dataset is; another name changes what is read, and nothing else."""

import pytest

from core import datasets
from core.datasets.own_images import uploads
from core.errors import UserError
from core.intake.manifest import give_name
from core.runs.overview import Overview
from core.workspace import current
from tests.test_upload_deletion import page, received, trained  # noqa: F401  a fixture

pytestmark = pytest.mark.usefixtures("work_is_done_here")


def renamed(dataset, name):
    return give_name(current().home / "images", dataset.images_id, name)


def test_a_dataset_is_called_what_its_owner_calls_it_and_is_the_same_dataset():
    dataset = received(1, 2, title="pets")
    before = dataset.key(), dataset.facts(), datasets.prepare(dataset)
    assert dataset.called() == "pets" and dataset.title() == "Own images"

    assert renamed(dataset, "  Katzen und\tHunde ") == "Katzen und Hunde"
    assert dataset.called() == "Katzen und Hunde" == uploads()[0].title
    assert (dataset.key(), dataset.facts(), datasets.prepare(dataset)) == before
    assert received(1, 2, title="again") == dataset and dataset.called() == "Katzen und Hunde"
    renamed(dataset, "pets")
    assert dataset.called() == "pets" and not list(uploads()[0].folder.glob("name.json"))


@pytest.mark.parametrize("name", ["", "  \n ", "\x00\u202e"])
def test_a_name_of_no_letters_is_refused(name):
    dataset = received(1, 2)
    with pytest.raises(UserError) as refusal:
        renamed(dataset, name)
    assert refusal.value.code == "DATASET_NAME" and dataset.called() == "pets"


@pytest.mark.parametrize("told", ["[]", '{"title": 5}', '{"title": " "}', '{"title": "a\\u0000b"}', "no JSON"])
def test_a_damaged_name_leaves_the_one_that_it_came_with(told):
    dataset = received(1, 2)
    (uploads()[0].folder / "name.json").write_text(told)

    assert dataset.called() == "pets"


def test_the_table_of_runs_follows_another_name_although_no_run_changed():
    dataset = received(1, 2)
    trained(dataset)
    overview = Overview(current())
    [row] = overview.read().rows
    assert row.dataset == "pets" and overview.read().rows[0] is row
    renamed(dataset, "Cats")

    [again] = overview.read().rows
    assert again.dataset == "Cats" and again.title == row.title
    assert overview.read().rows[0] is again


def test_the_strip_and_the_live_run_name_own_images(page):  # noqa: F811
    run = trained(received(1, 2, title="Hase & Igel"))
    at = page("pages/3_Train/1_Live_run.py")
    at.session_state.tab.run, at.session_state.tab.experiment = run.id, run.experiment.to_json()
    at.run()

    labels = [link.proto.label for link in at.get("page_link")]
    assert any("Hase & Igel · 4" in label.replace("\\", "") for label in labels), labels
