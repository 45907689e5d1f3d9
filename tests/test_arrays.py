"""Files of arrays as uploads: HDF5, NPZ and LMDB under plain names, how their numbers were read, and hostile ones."""

import io
import zipfile

import h5py
import numpy as np
import pytest
from PIL import Image

from core import workspace
from core.datasets import load
from core.datasets.own_images import OwnImages, find_upload
from core.intake.arrays.upload import Arrays, kind_of
from core.intake.own_images import ingest_archive, ingest_files
from core.intake.process import ingest_in_process
from core.stores import Content, find
from tests.pets import picture, refusal

IMAGES = np.random.default_rng(0).integers(0, 256, (14, 9, 7, 3), dtype=np.uint8)
LABELS = np.arange(14) % 4


@pytest.fixture
def root(tmp_path):
    return workspace.current().home / "images"


def hdf5(path, arrays, **how):
    with h5py.File(path, "w") as file:
        for name, value in arrays.items():
            if isinstance(value, h5py.ExternalLink | h5py.SoftLink | h5py.VirtualLayout):
                if isinstance(value, h5py.VirtualLayout):
                    file.create_virtual_dataset(name, value)
                else:
                    file[name] = value
            else:
                file.create_dataset(name, data=value, **(how if np.ndim(value) > 1 else {}))
    return path


def npz(path, arrays, **how):
    np.savez(path, **arrays, **how)
    return path


def brought(path, root, title="Mine"):
    """An upload as the process reads it, without the process."""
    return ingest_archive(path, root, title)


def images_of(images_id):
    upload = find_upload(images_id)
    return np.stack([np.asarray(Image.open(file).convert("RGB")) for file in upload.files]), upload


KERAS = {"x_train": IMAGES[:10], "y_train": LABELS[:10], "x_test": IMAGES[10:], "y_test": LABELS[10:]}


@pytest.mark.parametrize(
    ("arrays", "splits"),
    [
        (KERAS, (10, 0, 4)),
        ({"images": IMAGES, "labels": LABELS[:, None]}, (14, 0, 0)),
        ({"data": IMAGES, "target": LABELS.astype(np.float32)}, (14, 0, 0)),
        ({"train_set_x": IMAGES[:10], "train_set_y": LABELS[:10], "test_set_x": IMAGES[10:], "test_set_y": LABELS[10:],
          "list_classes": np.array([b"a", b"b", b"c", b"d"])}, (10, 0, 4)),
        ({"train_images": IMAGES[:8], "train_labels": LABELS[:8], "val_images": IMAGES[8:10],
          "val_labels": LABELS[8:10], "test_images": IMAGES[10:], "test_labels": LABELS[10:]}, (8, 2, 4)),
        ({"X": IMAGES, "Y": np.eye(4)[LABELS]}, (14, 0, 0)),
    ],
)  # fmt: skip
@pytest.mark.parametrize("write", [hdf5, npz])
def test_images_and_labels_are_found_under_plain_names(arrays, splits, write, tmp_path, root):
    file = write(tmp_path / ("file.h5" if write is hdf5 else "file.npz"), arrays)
    found = brought(file, root)
    images, upload = images_of(found.id)

    assert np.array_equal(images, IMAGES), "bit for bit"
    assert np.array_equal(upload.labels, LABELS)
    assert tuple(np.bincount(upload.split, minlength=3)) == splits
    assert upload.class_names == (("a", "b", "c", "d") if "list_classes" in arrays else ("0", "1", "2", "3"))
    assert any("one-hot" in note for note in found.notes) == ("Y" in arrays)


def test_a_group_or_an_array_per_class_is_a_class_and_words_are_labels(tmp_path, root):
    groups = {"train/cat/images": IMAGES[:5], "train/dog/images": IMAGES[5:9], "test/cat/images": IMAGES[9:14]}
    single = {f"{name}/{place}": IMAGES[place] for place in range(14) for name in [("cat", "dog")[place % 2]]}
    for number, arrays in enumerate((groups, single, {"cat": IMAGES[:6], "dog": IMAGES[6:]})):
        found = brought(hdf5(tmp_path / f"{number}.h5", arrays), root)
        assert found.class_names == ("cat", "dog")
        assert sum(sum(counts.values()) for counts in found.counts.values()) == 14
    assert brought(tmp_path / "0.h5", root).counts["test"] == {"cat": 5, "dog": 0}
    words = np.array(["zebra", "ape", "ape", "zebra"] * 3 + ["ape", "zebra"])
    with_words = brought(npz(tmp_path / "words.npz", {"images": IMAGES, "labels": words}), root)
    assert (with_words.class_names, with_words.counts["train"]) == (("ape", "zebra"), {"ape": 7, "zebra": 7})
    with h5py.File(tmp_path / "words.h5", "w") as file:
        file["images"], file["labels"] = IMAGES, words.astype(object)
    assert brought(tmp_path / "words.h5", root).counts == with_words.counts


@pytest.mark.parametrize(
    ("images", "told"),
    [
        (IMAGES / 255, "0 to 1: each was multiplied by 255"),
        ((IMAGES / 255).astype(np.float32), "0 to 1: each was multiplied by 255"),
        (IMAGES.astype(np.float32), "0 to 255, and rounded"),
        (IMAGES / 127.5 - 1, "-1 is black"),
        (IMAGES.astype(np.uint16) * 257, "16 bits"),
        (IMAGES.astype(np.int64), ""),
        (np.ascontiguousarray(IMAGES.transpose(0, 3, 1, 2)), "channels, height, width, as PyTorch has them"),
    ],
)
def test_how_numbers_were_read_is_said_and_right(images, told, tmp_path, root):
    found = brought(hdf5(tmp_path / "file.h5", {"images": images, "labels": LABELS}, compression="gzip"), root)

    assert np.array_equal(images_of(found.id)[0], IMAGES)
    assert told in " ".join(found.notes)
    assert bool(found.notes) == bool(told)


def test_grey_flat_and_transparent_images_and_labels_in_their_order(tmp_path, root):
    grey, names = IMAGES[:, :, :, 0], np.array(["z", "m", "b", "a"])
    found = brought(npz(tmp_path / "grey.npz", {"x": grey, "y": LABELS, "class_names": names}), root)
    images, upload = images_of(found.id)
    assert np.array_equal(images, np.repeat(grey[..., None], 3, 3))
    assert (upload.class_names, upload.labels.tolist()) == (("z", "m", "b", "a"), LABELS.tolist())
    many = brought(npz(tmp_path / "many.npz", {"x": grey, "y": np.arange(14) % 12}), root)
    assert many.class_names == tuple(map(str, range(12))), "10 comes after 9"
    flat = brought(npz(tmp_path / "flat.npz", {"data": grey[:, :7, :7].reshape(14, 49), "target": LABELS}), root)
    assert np.array_equal(images_of(flat.id)[0][..., 0], grey[:, :7, :7])
    assert "images of 7x7" in flat.notes[0]
    clear = np.concatenate([IMAGES, np.zeros_like(IMAGES[..., :1])], axis=3)
    paper = brought(npz(tmp_path / "clear.npz", {"x": clear, "y": LABELS}), root)
    assert (images_of(paper.id)[0] == 255).all(), "what is transparent lies on white"
    black = np.array(grey > 127)
    masks = brought(npz(tmp_path / "masks.npz", {"x": black, "y": LABELS}), root)
    assert set(np.unique(images_of(masks.id)[0])) == {0, 255}
    large = np.zeros((4, 1200, 30, 3), np.uint8)
    shrunk = brought(npz(tmp_path / "large.npz", {"x": large, "y": np.arange(4) % 2}), root)
    assert find_upload(shrunk.id).sizes[0].tolist() == [30, 1200]


def told():
    return Content((9, 7, 3), LABELS, (9, 2, 3), ("d", "c", "b", "a"), lambda: iter(IMAGES))


@pytest.mark.parametrize("word", ["hdf5", "hdf5-gzip", "lmdb"])
def test_what_we_store_is_read_as_an_upload_bit_for_bit_in_its_splits(word, tmp_path, root):
    find(word).write(tmp_path, told())
    (file,) = (path for path in tmp_path.rglob("*") if path.suffix in (".h5", ".mdb"))
    zipped = tmp_path / "table.zip"
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.write(file, f"mine/data.lmdb/{file.name}")
    for path in [file, zipped] if word == "lmdb" else [file]:
        found = brought(path, root)
        data = load(OwnImages(images_id=found.id, image_size=16), 0.2, 0)
        images, upload = images_of(found.id)
        assert np.array_equal(images, IMAGES)
        assert np.array_equal(data.labels, LABELS)
        assert data.class_names == ("d", "c", "b", "a")
        assert np.bincount(upload.split).tolist() == [9, 2, 3]


def test_the_folder_of_a_table_is_brought_as_a_folder(tmp_path, root):
    find("lmdb").write(tmp_path, told())
    table = tmp_path / "data.lmdb" / "data.mdb"
    found = ingest_files([("digits/lock.mdb", tmp_path / "none"), ("digits/data.mdb", table)], root, "digits")

    assert found == brought(table, root, "digits")


# ---- what is refused


def code(path, root):
    found = refusal(lambda: brought(path, root))
    assert found.what.startswith("The file was not read: ")
    assert not list(root.glob("*")), "nothing is left"
    return found.code


def labelled(**changes):
    return {"images": IMAGES, "labels": LABELS} | changes


@pytest.mark.parametrize(
    ("arrays", "wanted"),
    [
        (labelled(labels=LABELS[:9]), "ARRAYS_LENGTHS"),
        (labelled(labels=LABELS - 1), "ARRAYS_LABELS"),
        (labelled(labels=LABELS + 0.5), "ARRAYS_LABELS"),
        (labelled(labels=np.zeros((14, 3))), "ARRAYS_LABELS"),
        (labelled(class_names=np.array([b"a", b"b"])), "ARRAYS_LABELS"),
        (labelled(class_names=np.array([b"a", b"b", b"c", b"a"])), "ARRAYS_LABELS"),
        (labelled(images=IMAGES * 3.0), "ARRAYS_VALUES"),
        (labelled(images=np.where(IMAGES > 250, np.nan, IMAGES)), "ARRAYS_VALUES"),
        (labelled(images=IMAGES.astype(np.int64) - 300), "ARRAYS_VALUES"),
        (labelled(images=np.zeros((14, 5, 5, 7), np.uint8)), "ARRAYS_SHAPE"),
        (labelled(images=np.zeros((14, 5000, 1, 3), np.uint8)), "ARRAYS_SHAPE"),
        (labelled(images=IMAGES.astype(np.complex64)), "ARRAYS_KIND"),
        ({"labels": LABELS}, "ARRAYS_LAYOUT"),
        ({"images": IMAGES}, "ARRAYS_LAYOUT"),
        (labelled(pictures=IMAGES), "ARRAYS_LAYOUT"),
        ({"x_test": IMAGES, "y_train": LABELS}, "ARRAYS_LAYOUT"),
    ],
)
@pytest.mark.parametrize("write", [hdf5, npz])
def test_arrays_that_are_no_labelled_images_are_refused_in_a_sentence(arrays, wanted, write, tmp_path, root):
    assert code(write(tmp_path / ("f.h5" if write is hdf5 else "f.npz"), arrays), root) == wanted


def claiming(path, shape, **how):
    """An HDF5 file of a few hundred bytes that claims any number of values."""
    with h5py.File(path, "w") as file:
        file.create_dataset("images", shape, np.uint8, **how)
        file["labels"] = LABELS
    return path


def test_an_hdf5_file_that_points_elsewhere_or_claims_what_it_has_not_is_refused(tmp_path, root):
    other = hdf5(tmp_path / "other.h5", {"images": IMAGES})
    layout = h5py.VirtualLayout(IMAGES.shape, np.uint8)
    layout[:] = h5py.VirtualSource(str(other), "images", IMAGES.shape)
    for number, link in enumerate((h5py.ExternalLink(str(other), "/images"), h5py.SoftLink("/labels"), layout)):
        path = hdf5(tmp_path / f"link-{number}.h5", {"labels": LABELS, "images": link})
        assert code(path, root) == "ARRAYS_LINK"
    with h5py.File(tmp_path / "external.h5", "w") as file:
        file["labels"] = LABELS
        file.create_dataset("images", IMAGES.shape, np.uint8, external=[("/etc/passwd", 0, 9 * 7 * 3 * 14)])
    assert code(tmp_path / "external.h5", root) == "ARRAYS_LINK"

    assert code(claiming(tmp_path / "a.h5", (1 << 40, 9, 7, 3)), root) == "ARRAYS_TOO_LARGE"
    assert code(claiming(tmp_path / "b.h5", (14, 2000, 2000, 3)), root) == "ARRAYS_CLAIM"
    assert code(claiming(tmp_path / "c.h5", (14, 2000, 2000, 3), chunks=(1, 50, 50, 3)), root) == "ARRAYS_CLAIM"
    assert code(claiming(tmp_path / "d.h5", (14, 3000, 3000, 3), chunks=(9, 3000, 3000, 3)), root) == "ARRAYS_TOO_LARGE"
    assert code(claiming(tmp_path / "e.h5", (14, 9, 7, 3), fletcher32=True), root) == "ARRAYS_FILTER"
    with h5py.File(tmp_path / "refs.h5", "w") as file:
        file["labels"] = LABELS
        file.create_dataset("images", (14, 9, 7), h5py.ref_dtype)
    assert code(tmp_path / "refs.h5", root) == "ARRAYS_OBJECTS"
    deep = hdf5(tmp_path / "deep.h5", {"a/b/c/d/e/f/images": IMAGES})
    assert code(deep, root) == "ARRAYS_LAYOUT"


def test_an_hdf5_file_in_which_few_links_lead_to_an_array_in_many_ways_is_refused_soon(tmp_path, root, monkeypatch):
    path, opened = tmp_path / "ways.h5", []
    monkeypatch.setattr("core.intake.arrays.hdf5.MAX_ARRAYS", 500)
    monkeypatch.setattr("core.intake.arrays.hdf5._Dataset", lambda array, name: opened.append(name))
    with h5py.File(path, "w") as file:
        file["d/images"] = LABELS
        for inner, outer in ("dc", "cb", "ba"):
            for number in range(10):
                file[f"{outer}/{number}"] = file[inner]

    assert refusal(lambda: brought(path, root)).code == "ARRAYS_LAYOUT" and len(opened) <= 500


def test_damaged_files_are_refused_wherever_they_are_cut(tmp_path, root):
    whole = {
        "f.h5": hdf5(tmp_path / "w.h5", labelled(), compression="gzip").read_bytes(),
        "f.npz": npz(tmp_path / "w.npz", labelled()).read_bytes(),
    }
    find("lmdb").write(tmp_path, told())
    for name, data in whole.items():
        for share in (0.2, 0.5, 0.9, 0.999):
            (tmp_path / name).write_bytes(data[: int(len(data) * share)])
            found = refusal(lambda name=name: brought(tmp_path / name, root))
            assert found.code in ("ARRAYS_DAMAGED", "ZIP_CORRUPT"), (name, share)
        turned = bytearray(data)
        turned[len(data) // 2 : len(data) // 2 + 40] = b"\xff" * 40
        (tmp_path / name).write_bytes(turned)
        if name == "f.npz":
            assert refusal(lambda: brought(tmp_path / "f.npz", root)).code == "ARRAYS_DAMAGED"
    assert not list(root.glob("*"))


def test_a_cut_table_ends_its_process_at_most(tmp_path, root):
    """LMDB maps the file: what is missing may end whoever reads it, and that is no server."""
    find("lmdb").write(tmp_path, told())
    file = tmp_path / "data.lmdb" / "data.mdb"
    with file.open("rb+") as opened:
        opened.truncate(9000)
    found = refusal(lambda: ingest_in_process({"archive": str(file), "root": str(root), "title": "x"}))

    assert found.code in ("INTAKE_CRASHED", "ARRAYS_DAMAGED", "ARRAYS_LAYOUT")
    assert not list(root.glob("[!.]*"))


def test_pickles_columns_and_lies_about_sizes_are_refused_in_npz(tmp_path, root):
    things = np.empty(14, object)
    things[:] = [{"a": 1}] * 14
    assert code(npz(tmp_path / "object.npz", labelled(labels=things), allow_pickle=True), root) == "ARRAYS_OBJECTS"
    assert code(npz(tmp_path / "columns.npz", labelled(images=np.asfortranarray(IMAGES))), root) == "ARRAYS_KIND"
    table = np.zeros(14, [("a", "u1"), ("b", "f4")])
    assert code(npz(tmp_path / "table.npz", labelled(labels=table)), root) == "ARRAYS_KIND"
    head = io.BytesIO()
    np.lib.format.write_array_header_1_0(head, {"descr": "|u1", "fortran_order": False, "shape": (1 << 40, 9, 7, 3)})
    with zipfile.ZipFile(tmp_path / "lies.npz", "w") as file:
        file.writestr("images.npy", head.getvalue() + bytes(100))
        file.writestr("labels.npy", head.getvalue())
    assert code(tmp_path / "lies.npz", root) == "ARRAYS_DAMAGED"


def test_an_lmdb_table_in_another_layout_is_refused(tmp_path, root):
    import lmdb

    for number, entries in enumerate(
        (
            {b"00000000": b"datum"},
            {b"about": b'{"shape": [9, 7, 3]}'},
            {b"about": b'{"shape": [9, 7, 3], "class_names": ["a"], "train": [0, 9], "validation": [9, 9], '
             b'"test": [9, 9]}', b"00000000": b"x"},
        )
    ):  # fmt: skip
        folder = tmp_path / str(number)
        with lmdb.open(str(folder), map_size=1 << 20, lock=False) as table, table.begin(write=True) as writer:
            for key, value in entries.items():
                writer.put(key, value)
        assert code(folder / "data.mdb", root) == "ARRAYS_LAYOUT"
    find("lmdb").write(tmp_path, told())
    file = tmp_path / "data.lmdb" / "data.mdb"
    with lmdb.open(str(file.parent), map_size=1 << 22, lock=False) as table, table.begin(write=True) as writer:
        writer.put(b"00000003", b"short")
    assert code(file, root) == "ARRAYS_DAMAGED"
    two = tmp_path / "two.zip"
    with zipfile.ZipFile(two, "w") as archive:
        archive.writestr("a/data.mdb", b"")
        archive.writestr("b/data.mdb", b"")
    assert code(two, root) == "ARRAYS_LAYOUT"


def test_other_files_are_judged_as_before(tmp_path, root):
    (tmp_path / "text.h5").write_bytes(b"no HDF5")
    assert kind_of(tmp_path / "text.h5") == ""
    assert refusal(lambda: brought(tmp_path / "text.h5", root)).code == "ZIP_NOT_A_ZIP"
    with zipfile.ZipFile(tmp_path / "pets.zip", "w") as file:
        for name in ("cat/1.png", "dog/1.png"):
            file.writestr(name, picture(len(name) + ord(name[0])))
    assert kind_of(tmp_path / "pets.zip") == ""
    assert brought(tmp_path / "pets.zip", root).class_names == ("cat", "dog")


def test_images_are_read_in_pieces(tmp_path, monkeypatch):
    monkeypatch.setattr("core.intake.arrays.PIECE", 9 * 7 * 3 * 4)
    path = hdf5(tmp_path / "f.h5", labelled())
    with Arrays(path, kind_of(path)) as upload:
        array = upload._pairs[0].images
        seen = [len(piece) for piece in array.pieces()]
        assert [image.name for image in upload][-1] == "images[13]"
    assert seen == [4, 4, 4, 2]
