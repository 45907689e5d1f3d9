"""One path from bytes to network input: what training stored is what Predict sees, the command line and any script."""

import io
import runpy
import shutil
import zipfile
from types import SimpleNamespace

import numpy as np
import pytest
from odd_images import encoded, odd_images, scene
from PIL import Image
from saved import save_weights

from core import __main__ as command_line
from core import datasets
from core.build.model import build_model
from core.datasets.own_images import OwnImages
from core.export import networks, produce, saved_epoch
from core.intake import pixels
from core.intake.own_images import ingest_archive
from core.lens import predictions
from core.lens.asked_images import AskedImages, decoded
from core.lens.outline import Outline
from core.runs import states
from core.runs.recorder import Recorder
from core.workspace import current
from tests.saved import here

SIDE = 37
QUIET = lambda done, total: None  # noqa: E731
# Pillow warns of the picture whose EXIF is broken on purpose; a script prints that and goes on.
broken_exif = pytest.mark.filterwarnings("ignore:Corrupt EXIF data")


@pytest.fixture(autouse=True, scope="module")
def workspace(tmp_path_factory):
    """One workspace for the module: the pictures are brought once."""
    home = tmp_path_factory.mktemp("workspace")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KERNELSCOPE_HOME", str(home))
        yield home


@pytest.fixture(scope="module")
def files(workspace, tmp_path_factory):
    """The odd pictures, in a folder."""
    folder = tmp_path_factory.mktemp("files")
    for name, data in odd_images().items():
        (folder / name).write_bytes(data)
    return sorted(folder.iterdir())


@pytest.fixture(scope="module")
def brought(files):
    """The upload that holds all of them, in two classes."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        for n, path in enumerate(files):
            file.write(path, f"{'ab'[n % 2]}/{path.name}")
    place = files[0].parent.parent / "odd.zip"
    place.write_bytes(archive.getvalue())
    result = ingest_archive(place, current().home / "images", "odd")
    assert result.skipped == ()
    return result.id


@pytest.fixture(params=["grey", "colour"])
def dataset(request, brought):
    return OwnImages(images_id=brought, image_size=SIDE, color=request.param)


@pytest.fixture
def stored(dataset):
    """What training reads of each picture, by the name of its file."""
    images, names = datasets.load(dataset).images, dataset.upload().names
    return {name.partition("/")[2]: np.array(image) for name, image in zip(names, images, strict=True)}


def test_there_are_over_sixty_pictures_and_all_differ(files):
    assert len(files) >= 60
    assert len({path.read_bytes() for path in files}) == len(files)


def test_predict_sees_what_training_stored(dataset, stored, files, small):
    told, payload = decoded([(path.name, path.read_bytes()) for path in files])
    asked = AskedImages(Outline.of(small.edited(dataset=dataset)), {"uploads": told}, payload)

    assert [one["error"] for one in asked.answer()["pictures"]] == [""] * len(files)
    for path, seen in zip(files, asked.stacked(), strict=True):
        np.testing.assert_array_equal(seen, stored[path.name], err_msg=path.name)


def test_the_command_line_sees_what_training_stored(dataset, stored, files, small, monkeypatch, capsys):
    experiment, seen = small.edited(dataset=dataset), []
    run = here().create(experiment)
    with Recorder(run) as record:
        save_weights(record, 1, build_model(experiment, dataset.facts()))

    def look(self, network, images):
        seen.extend(images)
        return predictions.ClassScores(None, np.array([[0.25, 0.75]]))

    monkeypatch.setattr(predictions.Predictions, "look", look)
    facts = dataset.facts()
    monkeypatch.setattr(predictions, "open_network", lambda run, epoch: SimpleNamespace(facts=facts))

    assert command_line.main(["predict", run.id, *map(str, files)]) == 0
    assert capsys.readouterr().out.count("b 0.750") == len(files)
    for path, image in zip(files, seen, strict=True):
        np.testing.assert_array_equal(image, stored[path.name], err_msg=path.name)


@broken_exif
# Keras 3.15 asks NumPy 2 for an array in NumPy 1's way while it exports.
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_the_reader_beside_an_exported_network_gives_what_training_stored(dataset, stored, files, small, tmp_path):
    experiment = small.edited(dataset=dataset)
    run = here().create(experiment)
    with Recorder(run) as record:
        save_weights(record, 1, build_model(experiment, dataset.facts()))
        record.status(state=states.FINISHED, epoch=1, epochs=1, best_epoch=1)
    with zipfile.ZipFile(produce(run, "keras", 1, QUIET)) as file:
        file.extract("network_input.py", tmp_path)
    read = runpy.run_path(str(tmp_path / "network_input.py"))["read"]

    for path in files:
        np.testing.assert_array_equal(read(str(path))[0], stored[path.name], err_msg=path.name)


@broken_exif
def test_the_script_of_own_images_reads_what_training_stored_and_files_in_the_same_way(dataset, stored, files):
    names = {"np": np}
    exec(compile(dataset.source(), "script", "exec"), names)  # noqa: S102  running our own source is the test

    for name, image in zip(dataset.upload().names, names["images"], strict=True):
        np.testing.assert_array_equal(image, stored[name.partition("/")[2]], err_msg=name)
    for path in files:
        read = names["network_input"](path.read_bytes(), *dataset.facts().shape)
        np.testing.assert_array_equal(read, stored[path.name], err_msg=path.name)


def test_every_exported_network_tells_how_a_picture_is_read(small):
    facts = small.dataset.facts()

    assert "network_input.py" in networks.read_me(facts, 10, "Mine.")
    assert "512 px" in networks.read_me(facts, 10, "Mine.")
    names = {}
    exec(compile(networks.reader(facts), "network_input.py", "exec"), names)  # noqa: S102  as above
    assert set(names) >= {"read", "network_input", "canonical", "fit_to"}


def test_a_script_whose_pictures_are_elsewhere_says_where_they_must_lie(dataset, monkeypatch, tmp_path):
    text = dataset.source().replace(str(dataset.upload().folder), str(tmp_path / "nowhere"))
    with pytest.raises(SystemExit, match=r"The pictures must lie in .*nowhere"):
        exec(compile(text, "script", "exec"), {"np": np})  # noqa: S102  as above


def test_a_script_names_the_folder_of_its_pictures_before_all_else_and_runs_on_a_copy_of_it(dataset, tmp_path):
    folder = dataset.upload().folder
    copy = shutil.copytree(folder, tmp_path / "copied along")
    text = dataset.source()
    assert text.index("PICTURES = ") < text.index("def ")
    text = text.replace(repr(str(folder)), repr(str(copy)))
    names = {"np": np}
    exec(compile(text, "script", "exec"), names)  # noqa: S102  as above
    assert len(names["images"]) == len(dataset.upload().files)

    next((copy / "images").iterdir()).unlink()
    with pytest.raises(SystemExit, match="1 of the pictures are not in .*copied along"):
        exec(compile(text, "script", "exec"), {"np": np})  # noqa: S102  as above


def test_a_stored_picture_is_its_own_canonical_form(brought, dataset):
    for file in dataset.upload().files:
        with Image.open(file) as picture:
            np.testing.assert_array_equal(pixels.canonical(file.read_bytes()), np.asarray(picture.convert("RGB")))


def test_going_straight_to_the_networks_size_would_give_other_values():
    """The test above could not fail if both ways of shrinking gave the same."""
    data = encoded(scene(2000, 250))
    straight = pixels.fit_to(np.asarray(Image.open(io.BytesIO(data))), SIDE, SIDE, 3)

    assert (straight != pixels.network_input(data, SIDE, SIDE, 3)).mean() > 0.1


def test_the_command_line_asks_the_network_that_is_exported(small, files, tmp_path):
    run = here().create(small)
    model = build_model(small, small.dataset.facts())
    with Recorder(run) as record:
        for epoch in (1, 2):
            save_weights(record, epoch, model, lambda array, epoch=epoch: array * epoch)
        record.status(state=states.FINISHED, epoch=2, epochs=2, best_epoch=1)
    (told,) = predictions.predict_files(run, files[:1])
    image = pixels.network_input(files[0].read_bytes(), *small.dataset.facts().shape)

    assert saved_epoch(run) == 1
    expected = model.predict(image[None], verbose=0)[0]
    names = small.dataset.facts().class_names
    found = {one["class"]: one["probability"] for one in told["classes"]}
    np.testing.assert_allclose([found[name] for name in names], expected, rtol=1e-4, atol=1e-6)
