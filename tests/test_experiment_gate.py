"""Experiment JSON and links: right ones come back equal, wrong ones get one sentence."""

import json
import random

import pytest

from core.errors import UserError
from core.experiment.presets import load_preset, presets
from core.experiment.reading import read_experiment, read_link


@pytest.mark.parametrize("name", presets())
def test_an_experiment_travels_as_json_and_as_a_link(name):
    experiment = load_preset(name)

    assert read_experiment(experiment.to_json()) == experiment
    assert read_experiment(b"\xef\xbb\xbf" + experiment.to_json().encode()) == experiment
    assert read_link(experiment.to_link()) == experiment


WRONG = {
    "empty": ("", "JSON_INVALID"),
    "not json": ("{not json", "JSON_INVALID"),
    "trailing comma": ('{"seed": 1,}', "JSON_INVALID"),
    "a list": ("[1, 2]", "JSON_NOT_AN_EXPERIMENT"),
    "utf-16": ("{}".encode("utf-16"), "JSON_INVALID"),
    "nan": ('{"seed": NaN}', "JSON_FIELD"),
    "deep": ("[" * 100_000, "JSON_INVALID"),
    "twins": ('{"seed": 1, "seed": 2}', "JSON_INVALID"),
    "long number": ('{"seed": ' + "9" * 1_000 + "}", "JSON_INVALID"),
    "huge": (" " * 1_000_001, "JSON_TOO_LARGE"),
    "newer": ('{"schema_version": 99}', "JSON_NEWER_VERSION"),
    "older": ('{"schema_version": 0}', "JSON_FIELD"),
    "unknown layer": ('{"layers": [{"kind": "Lambda"}]}', "JSON_FIELD"),
    "unknown field": ('{"layers": [{"kind": "Flatten", "x": 1}]}', "JSON_FIELD"),
    "no kind": ('{"layers": [3]}', "JSON_FIELD"),
    "wrong type": ('{"layers": [{"kind": "Conv2D", "filters": "many"}]}', "JSON_FIELD"),
    "out of range": ('{"training": {"optimizer": {"kind": "SGD", "learning_rate": 1e30}}}', "JSON_FIELD"),
    "infinite": ('{"training": {"validation_split": 1e999}}', "JSON_FIELD"),
}


@pytest.mark.parametrize(("text", "code"), WRONG.values(), ids=WRONG)
def test_a_wrong_document_gets_one_sentence_that_says_what_to_do(text, code):
    with pytest.raises(UserError) as caught:
        read_experiment(text)

    assert caught.value.code == code
    assert caught.value.remedy
    assert "Traceback" not in str(caught.value)


def test_the_field_and_its_range_are_named():
    with pytest.raises(UserError, match=r"layers\[1\]\.filters: 0 can't be used: it is a whole number from 1 to"):
        read_experiment('{"layers": [{"kind": "Flatten"}, {"kind": "Conv2D", "filters": 0}]}')


def test_a_link_cut_anywhere_gets_a_sentence():
    link = load_preset("digits-cnn").to_link()
    for end in range(0, len(link), 7):
        with pytest.raises(UserError):
            read_link(link[:end])


def test_a_link_that_would_unpack_to_much_is_refused():
    import base64
    import zlib

    bomb = base64.urlsafe_b64encode(zlib.compress(b" " * 50_000_000)).decode().rstrip("=")
    with pytest.raises(UserError, match="more than 64 kB"):
        read_link(bomb)


def test_no_mutation_of_a_document_escapes_as_another_error():
    draw = random.Random(7)
    text = load_preset("shapes-cnn").to_json()
    for _ in range(400):
        letters = list(text)
        for _ in range(draw.randint(1, 6)):
            letters[draw.randrange(len(letters))] = draw.choice('{}[]",:0129eE-. nulltrue\\')
        try:
            read_experiment("".join(letters))
        except UserError as error:
            assert error.what
        else:
            json.loads("".join(letters))
