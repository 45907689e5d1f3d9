"""Files of networks as people bring them, and as somebody who means harm would."""

import io
import json
import struct
import zipfile

import h5py
import numpy as np
import pytest

from core.build.model import build_model
from core.errors import UserError
from core.export.networks import KerasFile
from core.intake.models import files


def refused(code, work):
    """The sentence of a refusal under this code."""
    with pytest.raises(UserError) as caught:
        work()
    assert caught.value.code == code, caught.value
    return str(caught.value)


def laid(data, folder, name="given"):
    """A file of these bytes, under a name that none has yet."""
    path = folder / f"{name}-{len(list(folder.iterdir()))}"
    path.write_bytes(data)
    return path


def opened_file(data, folder, name="x.keras"):
    """Config and weights of a `.keras` file."""
    parts = files.open_keras(laid(data, folder), name)
    return parts.config, parts.weights


def keras_file(experiment, folder):
    """The bytes of the `.keras` file that we export of a fresh network, and the network."""
    facts, path = experiment.dataset.facts(), folder / "network.keras"
    model = build_model(experiment, facts)
    KerasFile().save(model, experiment, facts, path, "")
    return path.read_bytes(), model


def zipped(**parts):
    """A ZIP of these parts; "__" in a name stands for a point."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in parts.items():
            file.writestr(name.replace("__", "."), data)
    return buffer.getvalue()


def archive(config, weights=b"", **more):
    """A `.keras` file of this config."""
    text = config if isinstance(config, str | bytes) else json.dumps(config)
    return zipped(config__json=text, metadata__json="{}", model__weights__h5=weights, **more)


def layer(kind, inputs=(), module="keras.layers", registered=None, **config):
    """One layer of a functional config."""
    name = config.setdefault("name", kind.lower())
    tensors = [
        {
            "class_name": "__keras_tensor__",
            "config": {"shape": [None], "dtype": "float32", "keras_history": [one, 0, 0]},
        }
        for one in inputs
    ]
    args = [tensors] if len(tensors) > 1 else tensors
    uses = [{"args": args, "kwargs": {}}] if inputs else []
    return {"module": module, "class_name": kind, "config": config, "registered_name": registered, "name": name,
            "inbound_nodes": uses}  # fmt: skip


def functional(*layers, output=None):
    """The config of a functional network from images of 8x8x1."""
    image = layer("InputLayer", name="image", batch_shape=[None, 8, 8, 1])
    output = output or (layers[-1]["name"] if layers else "image")
    config = {"name": "n", "layers": [image, *layers], "input_layers": [["image", 0, 0]],
              "output_layers": [[output, 0, 0]]}  # fmt: skip
    return {"module": "keras.src.models.functional", "class_name": "Functional", "config": config}


def sequential(*layers):
    """The config of a Sequential of images of 8x8x1."""
    image = {"class_name": "InputLayer", "config": {"batch_shape": [None, 8, 8, 1], "name": "image"}}
    return {"class_name": "Sequential", "config": {"name": "s", "layers": [image, *layers]}}


TEACHABLE = zipped(keras_model__h5=files.MAGIC, labels__txt="0 cat\n1 dog\n")


def hdf5(fill):
    """The bytes of an HDF5 file that a function fills."""
    buffer = io.BytesIO()
    with h5py.File(buffer, "w", libver="latest") as file:  # older ones can't hold large attributes
        fill(file)
    return buffer.getvalue()


def _dense(make):
    return lambda file: make(file.create_group("layers/dense/vars"))


def _noted(**notes):
    """An array with notes beside it."""
    return _dense(lambda vars: vars.create_dataset("0", data=np.zeros(4, "f4")).attrs.update(notes))


TRAPS = {
    "an external link": _dense(lambda g: g.__setitem__("0", h5py.ExternalLink("/etc/hostname", "/x"))),
    "a soft link": _dense(lambda g: g.__setitem__("0", h5py.SoftLink("/layers"))),
    "an external storage": _dense(lambda g: g.create_dataset("0", (4,), "f4", external=[("/etc/hostname", 0, 16)])),
    "a shape without numbers": _dense(lambda g: g.create_dataset("0", (2**50,), "f4")),
    "a packed array": _dense(lambda g: g.create_dataset("0", (2_000_000,), "f4", compression="gzip", fillvalue=1.0)),
    "objects": _dense(lambda g: g.create_dataset("0", data=["a", "b"], dtype=h5py.string_dtype())),
    "many groups": lambda f: [f.create_group(f"layers/g{n}") for n in range(5000)],
    "a group in place of an array": _dense(lambda g: g.create_group("0")),
    "an attribute of 64 MiB": _noted(name=np.zeros(64 << 20, "u1")),
    "attributes without end": _noted(**{f"name{n}": n for n in range(100)}),
    "an attribute of 64 MiB beside all": lambda f: f.attrs.update(name=np.zeros(64 << 20, "u1")),
}
"""What fills a file of weights as no network does."""


def virtual(folder):
    """An array that lies in another file."""
    source = folder / "source.h5"
    with h5py.File(source, "w") as file:
        file["x"] = np.zeros(4, "f4")
    place = h5py.VirtualLayout((4,), "f4")
    place[:] = h5py.VirtualSource(source, "x", (4,))
    return hdf5(_dense(lambda g: g.create_virtual_dataset("0", place)))


def twice(name="config.json"):
    """A ZIP with two entries of one name."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr(name, "{}")
        file.writestr("x" * len(name), "[]")
        file.writestr("metadata.json", "{}")
        file.writestr("model.weights.h5", "")
    return buffer.getvalue().replace(b"x" * len(name), name.encode())


def linked():
    """A ZIP whose config is a link."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        entry = zipfile.ZipInfo("config.json")
        entry.external_attr = 0o120777 << 16
        file.writestr(entry, "/etc/passwd")
    return buffer.getvalue()


def overlapping():
    """A ZIP whose table of contents tells of one entry twice."""
    data = archive(functional())
    at = data.index(b"PK\x01\x02")
    end = data.rindex(b"PK\x05\x06")
    table = data[at:end]
    first = table[: table.index(b"PK\x01\x02", 4)]
    told = first.replace(b"config.json", b"bonfig.json") + table
    count = struct.unpack("<H", data[end + 10 : end + 12])[0] + 1
    tail = data[end : end + 8] + struct.pack("<HHLLH", count, count, len(told), at, 0)
    return data[:at] + told + tail
