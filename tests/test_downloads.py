"""Datasets that Keras fetches: what is here already, where the rest comes from, and when a network is none."""

import contextlib
import importlib
import os
import socket
from pathlib import Path

import pytest

from core.datasets import keras_datasets
from core.datasets.keras_datasets import CIFAR10, MNIST, FashionMNIST
from core.errors import UserError


def test_a_server_that_says_nothing_is_no_network(tmp_path, monkeypatch):
    """Waiting for it would last until the system gives up, minutes later, on a page that can't say why."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.setattr(keras_datasets, "SILENCE_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:  # takes the connection, and never answers
        for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{silent.getsockname()[1]}")
        with pytest.raises(UserError) as caught:
            MNIST().generate(lambda done, total: None)

    assert caught.value.code == "DATASET_OFFLINE" and socket.getdefaulttimeout() is None


@pytest.mark.parametrize("kind", [MNIST, FashionMNIST, CIFAR10])
def test_what_keras_keeps_is_where_it_is_looked_for(kind, monkeypatch):
    """Keras itself is asked which files it would fetch."""
    asked = []

    def get_file(fname, origin, cache_subdir="datasets", extract=False, **more):
        asked.append((Path(cache_subdir, fname + ("_archive" if extract else "")).as_posix(), origin))
        return os.devnull

    module = importlib.import_module(f"keras.src.datasets.{kind.module}")
    monkeypatch.setattr(module, "get_file", get_file)
    with contextlib.suppress(OSError, EOFError, ValueError):  # nothing was fetched
        module.load_data()

    assert [place for place, _ in asked] == [f"datasets/{name}" for name in kind.kept]
    assert all(origin.split("/")[2] == kind.origin for _, origin in asked)
