"""Archives that are no run: name -> what makes one of a good one, given as {member: bytes}."""

import hashlib
import io
import json
import zipfile
import zlib

import numpy as np

from core.runs.archive import FORMAT
from core.runs.epoch_predictions import Images


def signed(record):
    text = record if isinstance(record, bytes) else json.dumps(record).encode()
    return text + b"\t%08x\n" % zlib.crc32(text)


def arrays(*given, **kinds):
    buffer = io.BytesIO()
    np.savez(buffer, *given, **kinds)
    return buffer.getvalue()


def with_weights(parts, data):
    """The archive with other weights and a manifest that vouches for them."""
    manifest = {"epoch": 2, "files": {"weights.npz": hashlib.sha256(data).hexdigest()}}
    return parts | {
        "checkpoints/000002/weights.npz": data,
        "checkpoints/000002/manifest.json": json.dumps(manifest),
    }


def with_json(parts, name, **changes):
    return parts | {name: json.dumps(json.loads(parts[name]) | changes)}


def with_epoch(parts, **changes):
    """Another record of an epoch behind the others."""
    record = json.loads(parts["metrics.jsonl"].splitlines()[-1].rpartition(b"\t")[0])
    return parts | {"metrics.jsonl": parts["metrics.jsonl"] + signed(record | {"epoch": 3} | changes)}


def without(parts, name):
    return {key: value for key, value in parts.items() if key != name}


def own_weights(parts):
    with np.load(io.BytesIO(parts["checkpoints/000002/weights.npz"])) as found:
        return [found[name] for name in found.files]


def pickled():
    """What would run a command, were it unpickled."""
    return arrays(np.array([{"__reduce__": "os.system"}], dtype=object))


def huge(parts):
    """A header that promises 8 GB."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        for place, array in enumerate(own_weights(parts)):
            content = io.BytesIO()
            np.lib.format.write_array_header_1_0(
                content, {"descr": "<f4", "fortran_order": False, "shape": (2_000_000_000,)}
            )
            file.writestr(f"arr_{place}.npy", content.getvalue() + array.tobytes())
    return buffer.getvalue()


def predictions(position):
    """Those of one epoch, for two images of ten classes."""
    images = Images(np.array([0, position]), np.array([3, 9]), 10)
    return images.to_bytes() + images.record(1, np.eye(10, dtype=np.float32)[[3, 8]])


def big_network(parts):
    experiment = json.loads(parts["experiment.json"])
    experiment["layers"] = [{"kind": "Flatten"}, *[{"kind": "Dense", "units": 10_000}] * 3]
    return parts | {"experiment.json": json.dumps(experiment)}


def network_of(parts, *layers):
    experiment = json.loads(parts["experiment.json"])
    experiment["layers"] = list(layers)
    return parts | {"experiment.json": json.dumps(experiment)}


def broken_network(parts):
    experiment = json.loads(parts["experiment.json"])
    experiment["layers"] = [{"kind": "Conv2D", "kernel_size": 9}, {"kind": "Flatten"}]
    return parts | {"experiment.json": json.dumps(experiment)}


MALFORMED = {
    "settings missing": lambda p: without(p, "experiment.json"),
    "about missing": lambda p: without(p, "archive.json"),
    "status missing": lambda p: without(p, "status.json"),
    "a stranger": lambda p: p | {"evil.py": "import os"},
    "a stranger among the networks": lambda p: p | {"checkpoints/000001/state.npz": b"x"},
    "a network outside": lambda p: p | {"../checkpoints/000001/weights.npz": b"x"},
    "an absolute name": lambda p: p | {"/etc/passwd": b"x"},
    "a drive": lambda p: p | {"C:x": b"x"},
    "pictures nobody needs": lambda p: p | {"pictures/cat/1.png": b"x"},
    "newer": lambda p: with_json(p, "archive.json", format=FORMAT + 1),
    "format no number": lambda p: with_json(p, "archive.json", format="1"),
    "about no object": lambda p: p | {"archive.json": "[1]"},
    "one class": lambda p: with_json(p, "archive.json", dataset={"title": "x", "class_names": ["a"], "count": 3}),
    "settings no JSON": lambda p: p | {"experiment.json": "{"},
    "settings of an unknown layer": lambda p: p | {"experiment.json": '{"layers": [{"kind": "Lambda"}]}'},
    "settings too large": lambda p: p | {"experiment.json": " " * 2_000_000 + "{}"},
    "settings too deep": lambda p: p | {"experiment.json": "[" * 100_000},
    "a network that can't be": broken_network,
    "a network over the budget": big_network,
    "a network with a layer that nothing reads": lambda parts: network_of(
        parts, {"kind": "Conv2D", "id": "a"}, {"kind": "Flatten", "id": "b", "inputs": ["image"]}
    ),
    "a layer that gives too much": lambda parts: network_of(
        parts,
        {"kind": "Concatenate", "id": "c0", "inputs": ["image"] * 16},
        *({"kind": "Concatenate", "id": f"c{i}", "inputs": [f"c{i - 1}"] * 16} for i in range(1, 6)),
        {"kind": "GlobalAveragePooling2D"},
    ),
    "status no JSON": lambda p: p | {"status.json": b"\xff\xfe"},
    "status NaN": lambda p: p | {"status.json": '{"state": "finished", "loss": NaN}'},
    "status deep": lambda p: p | {"status.json": '{"a":' * 5000 + "1" + "}" * 5000},
    "status unknown": lambda p: with_json(p, "status.json", state="cured"),
    "status a list": lambda p: with_json(p, "status.json", state=["finished"]),
    "status epoch a text": lambda p: with_json(p, "status.json", epoch="2"),
    "status epoch negative": lambda p: with_json(p, "status.json", epoch=-1),
    "status epoch null": lambda p: with_json(p, "status.json", epoch=None),
    "status loss enormous": lambda p: p | {"status.json": '{"state": "finished", "loss": 1e999}'},
    "status digits without end": lambda p: p | {"status.json": '{"state": "finished", "epoch": ' + "9" * 5000 + "}"},
    "status error endless": lambda p: with_json(p, "status.json", error="x" * 10_000),
    "notes a number": lambda p: p | {"notes.json": b'{"name": 3}'},
    "notes varied a list": lambda p: with_json(p, "notes.json", varied=[1]),
    "notes varied deep": lambda p: with_json(p, "notes.json", varied={"a": {"b": 1}}),
    "notes varied endless": lambda p: with_json(p, "notes.json", varied={str(n): n for n in range(11)}),
    "metrics check sum": lambda p: p | {"metrics.jsonl": p["metrics.jsonl"].replace(b"0.75", b"0.99")},
    "metrics torn": lambda p: p | {"metrics.jsonl": p["metrics.jsonl"][:-3]},
    "metrics no JSON": lambda p: p | {"metrics.jsonl": signed(b"hello")},
    "metrics no object": lambda p: p | {"metrics.jsonl": signed([1])},
    "metrics deep": lambda p: p | {"metrics.jsonl": signed(b"[" * 60_000)},
    "metrics long line": lambda p: p | {"metrics.jsonl": signed({"event": "x", "a": "x" * 70_000})},
    "metrics NaN": lambda p: p | {"metrics.jsonl": signed(b'{"event":"rate","step":1,"value":NaN,"why":"you"}')},
    "metrics loss a text": lambda p: with_epoch(p, loss="<b>0</b>"),
    "metrics loss missing": lambda p: p | {"metrics.jsonl": signed({"event": "epoch", "epoch": 1, "step": 1})},
    "metrics accuracy of 7": lambda p: with_epoch(p, accuracy=7.0),
    "metrics epoch twice": lambda p: with_epoch(p, epoch=2),
    "metrics epoch 0": lambda p: with_epoch(p, epoch=0),
    "metrics a class too many": lambda p: with_epoch(p, answers=[10, 0]),
    "metrics more answers than pictures": lambda p: with_epoch(p, answers=[1, 1, 1], confidence=[1.0, 1.0, 1.0]),
    "metrics a picture too many": lambda p: (
        p | {"metrics.jsonl": signed({"event": "started", "steps_per_epoch": 1, "tiles": [1797]})}
    ),
    "metrics columns of unlike length": lambda p: (
        p | {"metrics.jsonl": signed({"event": "batches", "step": [1, 2], "loss": [0.1], "accuracy": [0.1]})}
    ),
    "metrics steps backwards": lambda p: (
        p | {"metrics.jsonl": signed({"event": "batches", "step": [2, 1], "loss": [0.1, 0.1], "accuracy": [0.1, 0.1]})}
    ),
    "weights missing": lambda p: without(p, "checkpoints/000002/weights.npz"),
    "manifest missing": lambda p: without(p, "checkpoints/000002/manifest.json"),
    "manifest of another epoch": lambda p: with_json(p, "checkpoints/000002/manifest.json", epoch=1),
    "manifest without sums": lambda p: with_json(p, "checkpoints/000002/manifest.json", files={}),
    "weights flipped": lambda p: (
        p | {"checkpoints/000002/weights.npz": p["checkpoints/000002/weights.npz"][:-900] + bytes(900)}
    ),
    "weights no npz": lambda p: with_weights(p, b"hello"),
    "weights empty": lambda p: with_weights(p, b""),
    "weights a pickle": lambda p: with_weights(p, pickled()),
    "weights one too few": lambda p: with_weights(p, arrays(*own_weights(p)[:-1])),
    "weights one too many": lambda p: with_weights(p, arrays(*own_weights(p), np.zeros(1, np.float32))),
    "weights of other names": lambda p: with_weights(p, arrays(**{f"w{i}": a for i, a in enumerate(own_weights(p))})),
    "weights of another kind": lambda p: with_weights(p, arrays(*(a.astype(np.float64) for a in own_weights(p)))),
    "weights of a like-sized kind": lambda p: with_weights(p, arrays(*(a.view(np.int32) for a in own_weights(p)))),
    "weights of the other byte order": lambda p: with_weights(p, arrays(*(a.astype(">f4") for a in own_weights(p)))),
    "weights turned": lambda p: with_weights(p, arrays(*(a.T.copy() for a in own_weights(p)))),
    "weights in Fortran's order": lambda p: with_weights(p, arrays(*(np.asfortranarray(a) for a in own_weights(p)))),
    "weights that promise 8 GB": lambda p: with_weights(p, huge(p)),
    "predictions torn": lambda p: p | {"predictions.bin": predictions(3)[:-1]},
    "predictions flipped": lambda p: p | {"predictions.bin": predictions(3)[:-1] + b"x"},
    "predictions of nothing": lambda p: p | {"predictions.bin": b""},
    "predictions of images that are not there": lambda p: p | {"predictions.bin": predictions(1797)},
    "weights too large": lambda p: with_weights(p, arrays(*own_weights(p)) + bytes(100_000)),
}

CODES = {
    "about missing": "RUN_NOT_AN_ARCHIVE",
    "status missing": "RUN_INCOMPLETE",
    "a stranger": "RUN_STRANGE_MEMBER",
    "pictures nobody needs": "RUN_STRANGE_MEMBER",
    "newer": "RUN_NEWER",
    "settings too large": "RUN_TOO_LARGE",
    "a network that can't be": "RUN_NETWORK",
    "status unknown": "RUN_STATUS",
    "status epoch a text": "RUN_FIELD",
    "format no number": "RUN_FIELD",
    "notes varied deep": "RUN_NOTES",
    "metrics epoch twice": "RUN_METRICS",
    "weights flipped": "RUN_DAMAGED",
    "weights turned": "RUN_WEIGHTS",
    "predictions torn": "RUN_DAMAGED",
    "predictions of images that are not there": "RUN_PREDICTIONS",
}
"""What some of them are refused with: one of each code."""
