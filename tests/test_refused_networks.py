"""Files that are no network, or were made to harm: each gets one sentence, and nothing of it is run or kept."""

import io
import json
import pickle
import sys
import threading
import time
import tracemalloc
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pytest
from model_files import (
    TEACHABLE,
    TRAPS,
    archive,
    functional,
    hdf5,
    laid,
    layer,
    linked,
    opened_file,
    overlapping,
    refused,
    sequential,
    twice,
    virtual,
    zipped,
)

from core.errors import UserError
from core.experiment import Experiment
from core.intake.models import files, weights
from core.intake.models.files import open_keras
from core.intake.models.reading import read_network
from core.uploads.networks import receive_network

SAFE = functional(layer("Flatten", ["image"]))
DEEP = sequential()
for _ in range(9):
    DEEP = sequential(DEEP)
CONFIGS = {
    "a list": ([1, 2], "MODEL_BROKEN"),
    "no layers": ({"class_name": "Sequential", "config": {}}, "MODEL_BROKEN"),
    "a loop": (functional(layer("Flatten", ["b"], name="a"), layer("Flatten", ["a"], name="b")), "MODEL_BROKEN"),
    "an input that is not there": (functional(layer("Flatten", ["nobody"])), "MODEL_BROKEN"),
    "two outputs": (
        SAFE | {"config": SAFE["config"] | {"output_layers": [["image", 0, 0], ["flatten", 0, 0]]}},
        "MODEL_BROKEN",
    ),
    "networks without end inside each other": (DEEP, "MODEL_BROKEN"),
    "too many layers": (
        functional(*(layer("Flatten", [f"n{n - 1}" if n else "image"], name=f"n{n}") for n in range(401))),
        "MODEL_TOO_LARGE",
    ),
    "a join of an unknown kind": (
        functional(layer("Flatten", ["image"], name="a"), layer("Dot", ["a", "image"])), "MODEL_LAYER_NOT_ALLOWED"
    ),
    "nothing that we know": (functional(layer("Lambda", ["image"])), "MODEL_EMPTY"),
}  # fmt: skip


@pytest.mark.parametrize(("config", "code"), CONFIGS.values(), ids=CONFIGS)
def test_a_config_that_is_no_network_is_refused(config, code):
    refused(code, lambda: read_network(config))


HOSTILE = {
    "Lambda": layer("Lambda", ["image"], function={"class_name": "__lambda__", "config": {"code": "4wAAAA"}}),
    "TFSMLayer": layer("TFSMLayer", ["image"], filepath="/etc"),
    "TorchModuleWrapper": layer("TorchModuleWrapper", ["image"], module={}),
    "StringLookup": layer("StringLookup", ["image"], vocabulary="/etc/hostname"),
    "of a module": layer("Dense", ["image"], module="os", units=4),
    "of builtins": layer("exec", ["image"], module="builtins"),
    "registered": layer("Dense", ["image"], registered="Mine>Dense", units=4),
    "an activation that is a function": layer(
        "Dense", ["image"], units=4, activation={"class_name": "function", "config": "os.system", "module": "builtins"}
    ),
    "get_file": layer("Dense", ["image"], units={"class_name": "get_file", "module": "keras.utils", "config": {}}),
    "units without end": layer("Dense", ["image"], units=2_000_000),
    "units that are no number": layer("Dense", ["image"], units="4" * 100),
    "wrapped": layer("TimeDistributed", ["image"], layer=layer("Lambda")),
}  # fmt: skip


@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE)
def test_what_only_code_could_do_is_named_and_passed_over_and_touches_nothing(hostile):
    touched, ours = [], threading.get_ident()  # what other tests left at work may open files meanwhile

    def watch(event, given):
        told = ("open", "subprocess.Popen", "socket.connect", "exec", "compile", "pickle.find_class")
        if watching and threading.get_ident() == ours and event in told:
            touched.append((event, given))

    config, watching = functional(hostile, layer("Flatten", [hostile["name"]])), False
    read_network(SAFE)  # whatever is imported late is there now
    sys.addaudithook(watch)
    watching = True
    found = read_network(config)
    watching = False

    assert [one.name for one in found.layers] == ["flatten"]
    assert len(found.left_out) == 1
    assert hostile["name"] in found.left_out[0]
    assert touched == []
    assert read_network(json.loads(json.dumps(config) + " ")) == found


BOMB = archive(b" " * (300 << 20) + b"{}")
FILES = {
    "empty": (b"", "x.keras", "MODEL_BROKEN"),
    "random": (bytes(range(256)), "x.keras", "MODEL_BROKEN"),
    "cut off": (archive(SAFE)[:60], "x.keras", "MODEL_BROKEN"),
    "an empty ZIP": (zipped(), "x.keras", "MODEL_BROKEN"),
    "no config": (zipped(metadata__json="{}"), "x.keras", "MODEL_BROKEN"),
    "no weights": (zipped(config__json="{}", metadata__json="{}"), "x.keras", "MODEL_BROKEN"),
    "no JSON": (archive("{not json"), "x.keras", "MODEL_BROKEN"),
    "deep": (archive("[" * 100_000), "x.keras", "MODEL_BROKEN"),
    "a bomb": (BOMB, "x.keras", "MODEL_TOO_LARGE"),
    "a bomb of weights": (archive(SAFE, bytes(50 << 20)), "x.keras", "MODEL_BOMB"),
    "a way out": (archive(SAFE, **{"../../evil": "x"}), "x.keras", "MODEL_BROKEN"),
    "two configs": (twice(), "x.keras", "MODEL_BROKEN"),
    "a link": (linked(), "x.keras", "MODEL_BROKEN"),
    "overlapping entries": (overlapping(), "x.keras", "MODEL_BROKEN"),
    "HDF5": (files.MAGIC + b"x", "old.h5", "MODEL_NOT_KERAS"),
    "HDF5, renamed": (files.MAGIC + b"x", "x.keras", "MODEL_NOT_KERAS"),
    "a pickle": (pickle.dumps({"a": 1}), "x.keras", "MODEL_NOT_KERAS"),
    "PyTorch": (zipped(**{"archive/data__pkl": pickle.dumps([])}), "x.pt", "MODEL_NOT_KERAS"),
    "NumPy": (zipped(arr_0__npy=b"x"), "x.keras", "MODEL_NOT_KERAS"),
    "SavedModel": (zipped(**{"m/saved_model__pb": b"x"}), "m.zip", "MODEL_NOT_KERAS"),
    "TensorFlow Lite": (b"\0\0\0\0TFL3", "m.tflite", "MODEL_NOT_KERAS"),
    "Teachable Machine, its ZIP": (TEACHABLE, "converted_keras.zip", "MODEL_OF_TEACHABLE_MACHINE"),
    "Teachable Machine, its network": (files.MAGIC, "keras_model.h5", "MODEL_OF_TEACHABLE_MACHINE"),
    "Teachable Machine, its labels": (b"0 cat\n1 dog\n", "labels.txt", "MODEL_OF_TEACHABLE_MACHINE"),
}


@pytest.mark.parametrize(("data", "name", "code"), FILES.values(), ids=FILES)
def test_every_other_file_gets_one_sentence(data, name, code, tmp_path):
    file = laid(data, tmp_path)
    told = refused(code, lambda: open_keras(file, name))
    assert "Traceback" not in told
    assert list(tmp_path.iterdir()) == [file]


def test_names_that_are_no_text_are_cleaned_and_code_with_line_breaks_is_no_reason_to_refuse(tmp_path):
    strange = layer("Lambda", ["image"], name="f\n\u202e*", function={"config": {"code": "4wEA\nAAA=\n"}})
    document = functional(strange, layer("Flatten", ["f\n\u202e*"]))
    config, _ = opened_file(archive(document), tmp_path)
    (told,) = read_network(config).left_out

    assert receive_network(io.BytesIO(json.dumps(document).encode()), "x.json").config == document
    assert told.isprintable()
    assert "Lambda “f" in told


def test_a_file_beyond_the_limit_is_not_looked_into_and_the_limit_is_told(monkeypatch, tmp_path):
    assert "2 000 MB" in refused("MODEL_TOO_LARGE", lambda: files.require_size(files.MOST + 1)).replace("\u202f", " ")
    monkeypatch.setattr(files, "MOST", 10)
    refused("MODEL_TOO_LARGE", lambda: open_keras(laid(archive(SAFE), tmp_path), "x.keras"))
    refused("MODEL_TOO_LARGE", lambda: receive_network(io.BytesIO(archive(SAFE)), "x.keras"))


@pytest.mark.parametrize("trap", TRAPS)
def test_weights_that_point_elsewhere_or_are_no_plain_arrays_are_refused(trap, tmp_path):
    told = refused("MODEL_WEIGHTS", lambda: weights.shapes(laid(hdf5(TRAPS[trap]), tmp_path)))
    assert "no HDF5" not in told


def test_weights_in_another_file_or_of_another_format_are_refused(tmp_path):
    refused("MODEL_WEIGHTS", lambda: weights.shapes(laid(virtual(tmp_path), tmp_path)))
    refused("MODEL_WEIGHTS", lambda: weights.shapes(laid(b"nothing", tmp_path)))


def test_a_large_file_is_read_piece_by_piece_and_what_its_optimizer_remembers_not_at_all(tmp_path):
    size, held = 200_000_000, tmp_path / "held.h5"
    with h5py.File(held, "w") as made:
        made["layers/dense/vars/0"] = np.arange(6, dtype="f4").reshape(2, 3)
        made["optimizer/vars/0"] = np.ones(size // 4, "f4")
    file = tmp_path / "large.keras"
    with zipfile.ZipFile(file, "w") as made:
        made.writestr("config.json", json.dumps(SAFE))
        made.writestr("metadata.json", "{}")
        made.write(held, "model.weights.h5")
    held.unlink()
    tracemalloc.start()
    parts = open_keras(file, "large.keras")
    ((key, (kernel,)),) = weights.arrays(parts.weights, ["layers/dense"])
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert file.stat().st_size > size
    assert most < 10_000_000
    assert weights.shapes(parts.weights) == {"layers/dense": [[2, 3]]}
    assert (key, kernel.tolist()) == ("layers/dense", [[0, 1, 2], [3, 4, 5]])


# ---- M03: every advisory about files of Keras

CALLS = {"class_name": "function", "module": "keras.utils", "config": "get_file", "registered_name": "function"}
ADVISORIES = {
    "CVE-2024-3660": layer("Lambda", ["image"], function={"class_name": "__lambda__", "config": {"code": "4wAAAA"}}),
    "CVE-2025-1550": layer("Dense", ["image"], units=4, module="os", registered="system"),
    "CVE-2025-8747": layer("Lambda", ["image"], function=CALLS, arguments={"origin": "http://127.0.0.1:9/x"}),
    "CVE-2025-9905": "a Lambda in an HDF5 file of an older Keras",
    "CVE-2025-9906": layer("Lambda", ["image"], function=CALLS | {"module": "keras.config",
                                                                 "config": "enable_unsafe_deserialization"}),
    "CVE-2025-12058": layer("StringLookup", ["image"], vocabulary="/etc/hostname"),
    "CVE-2026-0897": "a shape without numbers",
    "CVE-2026-1669": "an external storage",
    "CVE-2026-1462": layer("TFSMLayer", ["image"], filepath="/etc"),
    "GHSA-hqp4-2352-xf5r": "../assets/vocabulary.txt",
}  # fmt: skip
"""A file for each: a layer of a config, a trap among the weights, an entry that leads out."""


def test_there_is_a_file_for_every_advisory_of_the_list():
    lines = (Path(__file__).parent / "advisories.txt").read_text().splitlines()
    assert list(ADVISORIES) == [line.split()[0] for line in lines if line and not line.startswith("#")]


@pytest.mark.parametrize("advisory", ADVISORIES)
def test_a_file_of_an_advisory_does_nothing(advisory, tmp_path):
    attack = ADVISORIES[advisory]
    if isinstance(attack, dict):
        data = archive(functional(attack, layer("Flatten", [attack["name"]])))
    elif attack in TRAPS:
        data = archive(SAFE, hdf5(TRAPS[attack]))
    else:
        data = archive(SAFE, **{attack: "x"}) if attack.startswith("..") else hdf5(lambda f: f.attrs.update(model="x"))
    file, touched, watching, ours = laid(data, tmp_path), [], False, threading.get_ident()

    def watch(event, given):
        if not (watching and threading.get_ident() == ours):
            return
        if event in ("subprocess.Popen", "socket.connect", "pickle.find_class", "os.system", "exec"):
            touched.append((event, given))
        if event == "open" and str(tmp_path) not in str(given[0]):
            touched.append((event, given))

    def opened():
        parts = open_keras(file, "x.keras")
        return read_network(parts.config), weights.shapes(parts.weights) if parts.weights.stat().st_size else {}

    weights.shapes(laid(hdf5(lambda f: None), tmp_path))  # whatever is imported late is there now
    read_network(SAFE)
    sys.addaudithook(watch)
    watching = True
    try:
        found, _ = opened()
        said = " ".join(found.left_out)
    except UserError as error:
        said = str(error)
    watching = False

    assert touched == []
    assert said


# ---- what has no end, or is no number

NUMBERS = {"NaN": '"epsilon": NaN', "Infinity": '"epsilon": -Infinity', "beyond all": '"epsilon": 1e999',
           "a number without end": f'"units": {"9" * 5000}', "a field twice": '"units": 3, "units": 4'}  # fmt: skip


@pytest.mark.parametrize("said", NUMBERS.values(), ids=NUMBERS)
def test_what_json_does_not_have_is_refused_with_a_sentence(said, tmp_path):
    text = f'{{"class_name": "Sequential", "config": {{"layers": [{{"class_name": "Dense", "config": {{{said}}}}}]}}}}'
    refused("JSON_INVALID", lambda: receive_network(io.BytesIO(text.encode()), "x.json"))
    refused("MODEL_BROKEN", lambda: open_keras(laid(archive(text), tmp_path), "x.keras"))
    refused("JSON_INVALID", lambda: receive_network(io.BytesIO(json.dumps(SAFE).encode("utf-16")), "x.json"))


def chain(count):
    """Layers one after another, the last one first: nothing is known until all were looked at."""
    layers = [layer("Flatten", [f"n{n - 1}" if n else "image"], name=f"n{n}") for n in range(count)]
    return functional(*reversed(layers), output=f"n{count - 1}")


def test_ten_thousand_layers_are_told_in_one_sentence_however_they_are_written(tmp_path):
    config, plain = chain(10_000), sequential(*[{"class_name": "ReLU", "config": {}}] * 10_000)
    began = time.thread_time()
    for document in (config, plain):
        told = refused("MODEL_TOO_LARGE", lambda document=document: read_network(document))
        assert "10\u202f000 layers; up to 400" in told
    told = refused("MODEL_TOO_LARGE", lambda: receive_network(io.BytesIO(json.dumps(plain).encode()), "x.json")
                   .put_into(Experiment()))  # fmt: skip
    assert "10\u202f000 layers" in told
    told = refused("MODEL_TOO_LARGE", lambda: open_keras(laid(archive(config), tmp_path), "x.keras"))
    assert "400 layers take less than 1 MB" in told
    assert time.thread_time() - began < 5  # of work, not of waiting: half a second where nothing else runs


def test_networks_in_networks_are_neither_deep_nor_multiplied_without_end():
    inside = layer("Flatten", ["image"])["inbound_nodes"]
    frame = json.dumps(functional({"name": "inner", "inbound_nodes": inside, "class_name": "@", "config": {}}))
    before, _, after = frame.partition('"class_name": "@", "config": {}')
    whole = '"class_name": "Sequential", "config": {"layers": []}'
    for _ in range(500):  # Python itself can't write this
        whole = before[1:] + whole + after[:-1]
    text = b"{" + whole.encode() + b"}"
    refused("JSON_INVALID", lambda: receive_network(io.BytesIO(text), "x.json"))
    wide = functional()
    for _ in range(7):  # each is used forty times in the next, and holds no layer
        uses = layer("Flatten", ["image"])["inbound_nodes"] * 40
        wide = functional(wide | {"name": "inner", "inbound_nodes": uses}, output="image")
    refused("MODEL_TOO_LARGE", lambda: read_network(wide))


def test_a_kernel_of_any_size_is_told_and_passed_over():
    for size in (10**9, [3, 10**12], -3, 0, [3, 3, 3], [[3]], "3", 2.5, True, None):  # nothing is no size either
        found = read_network(
            functional(layer("Conv2D", ["image"], filters=2, kernel_size=size), layer("Flatten", ["conv2d"]))
        )
        assert [one.name for one in found.layers] == ["flatten"], size
        assert "kernel_size" in found.left_out[0]
