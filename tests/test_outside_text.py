"""Text from outside is read in a time that grows with its length alone, whatever stands in it."""

import ast
import base64
import json
import random
import re
import zlib
from pathlib import Path
from re import _constants as codes
from re import _parser as parser

import pytest
from pydantic import ValidationError

from core.errors import UserError
from core.experiment import Experiment
from core.experiment.node import Node
from core.experiment.reading import read_experiment, read_link, unpacked
from core.intake.documents import MAX_DEPTH, nesting
from core.labs.playground import Playground
from core.labs.reading import read_lab
from core.layers import Layer
from core.layers.hand_made import MAX_KERNELS, MAX_SIDE, HandMadeConv2D
from core.layers.pretrained import Base
from core.spec import LINK_BYTES, kinds, packed
from core.words import cleaned, is_text

ROOT = Path(__file__).resolve().parent.parent
SOURCES = sorted([*(ROOT / "core").rglob("*.py"), *(ROOT / "pages").rglob("*.py"), ROOT / "streamlit_app.py"])
READERS = {"compile", "match", "fullmatch", "search", "sub", "subn", "split", "findall", "finditer"}
REPEATS = {codes.MAX_REPEAT, codes.MIN_REPEAT}
MANY = 1000
"""A repetition that may go on for so long counts as one without end."""
LETTERS = [chr(number) for number in range(256)]


def expressions():
    """(where, function, pattern) of every regular expression in the sources; names in an f-string stand for a word."""
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            where = f"{path.relative_to(ROOT)}:{node.lineno}"
            function = node.func
            if isinstance(function, ast.Attribute) and ast.unparse(function.value) == "re" and function.attr in READERS:
                yield where, function.attr, written(node.args[0])
            for keyword in node.keywords:
                if keyword.arg == "pattern" and isinstance(keyword.value, ast.Constant):
                    yield where, "match", keyword.value.value


def written(node):
    """The pattern that a piece of source says."""
    if isinstance(node, ast.Constant):
        return node.value.decode("latin-1") if isinstance(node.value, bytes) else node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(part.value if isinstance(part, ast.Constant) else "word" for part in node.values)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "replace":
        return written(node.func.value)
    raise AssertionError(f"a pattern that can't be read here: {ast.unparse(node)}")


def slow(pattern, function="fullmatch"):
    """Why matching a pattern may take more than a linear time; empty when it can't."""
    tree = parser.parse(pattern)
    if any(within(repeat) for repeat in repeats(tree)):
        return "a repetition inside a repetition"
    parts = flat(tree)
    if function not in ("match", "fullmatch", "compile") and len(parts) > 1 and endless(parts[0]):
        return "begins anywhere with a repetition"
    for place, one in enumerate(parts):
        if not endless(one):
            continue
        can = letters(one)
        for other in parts[place + 1 :]:
            if endless(other) and can & letters(other):
                return "two repetitions beside each other that take the same letters"
            if not can & letters(other) and not nullable(other):
                break  # what stands between says where the first one ends
    return ""


def repeats(tree):
    """All repetitions of a tree, however deep."""
    for op, value in tree:
        if op in REPEATS and value[1] > 1:
            yield value[2]
        for inner in below(op, value):
            yield from repeats(inner)


def within(tree):
    """Whether there is a repetition of no fixed length in a tree."""
    found = any(op in REPEATS and value[1] > value[0] for op, value in tree)
    return found or any(within(inner) for op, value in tree for inner in below(op, value))


def below(op, value):
    """The trees directly inside a node."""
    if op in REPEATS:
        return [value[2]]
    if op is codes.SUBPATTERN:
        return [value[3]]
    if op is codes.BRANCH:
        return value[1]
    if op in (codes.ASSERT, codes.ASSERT_NOT):
        return [value[1]]
    return []


def flat(tree):
    """The nodes of a tree one after the other, groups opened; a choice is one node."""
    found = []
    for op, value in tree:
        if op is codes.SUBPATTERN or (op in REPEATS and value[1] == 1):
            found += flat(below(op, value)[0])
        else:
            found.append((op, value))
    return found


def endless(node):
    op, value = node
    return op in REPEATS and value[1] >= MANY


def nullable(node):
    op, value = node
    return (op in REPEATS and value[0] == 0) or op in (codes.AT, codes.ASSERT, codes.ASSERT_NOT)


def letters(node):
    """The letters that may stand where a node matches."""
    op, value = node
    if op is codes.LITERAL:
        return {chr(value)}
    if op is codes.NOT_LITERAL:
        return set(LETTERS) - {chr(value)}
    if op is codes.ANY:
        return set(LETTERS)
    if op is codes.IN:
        found = set().union(*(letters(one) for one in value))
        return set(LETTERS) - found if value[0][0] is codes.NEGATE else found
    if op is codes.RANGE:
        return {chr(number) for number in range(value[0], value[1] + 1)}
    if op is codes.CATEGORY:
        names = {codes.CATEGORY_DIGIT: r"\d", codes.CATEGORY_SPACE: r"\s", codes.CATEGORY_WORD: r"\w"}
        names |= {codes.CATEGORY_NOT_DIGIT: r"\D", codes.CATEGORY_NOT_SPACE: r"\S", codes.CATEGORY_NOT_WORD: r"\W"}
        return {one for one in LETTERS if re.match(names[value], one)}
    return set().union(set(), *(letters(one) for inner in below(op, value) for one in inner))


def test_no_expression_over_outside_text_repeats_what_repeats():
    found = list(expressions())

    assert len(found) > 12
    assert [
        (where, pattern, slow(pattern, function)) for where, function, pattern in found if slow(pattern, function)
    ] == []


@pytest.mark.parametrize(
    "pattern",
    [r'"(?:[^"\\]|\\.)*"*', r"(a+)+", r"(?:\w+\s?)*", r"([^\s]+?)\s*\.\.\s*([^\s]+)", r"\d+\d*", r".*x?.*", r"(a|b*)+"],
)
def test_the_reader_of_sources_knows_a_slow_expression(pattern):
    assert slow(pattern)


@pytest.mark.parametrize("pattern", [r"[0-9a-f]{32}", r"\d{12}-[0-9a-f]+", r"\((\d+) pixels\)", r"[A-Za-z]:", r"a+b+"])
def test_the_reader_of_sources_lets_a_plain_expression_pass(pattern):
    assert not slow(pattern)


def depth(value):
    """Deepest nesting of a value, by recursion."""
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if inside is None else 1 + max(map(depth, inside), default=0)


def anything(draw, left):
    if left == 0 or draw.random() < 0.3:
        return draw.choice([1, None, "", '"', "\\", '\\"', "[", "}{", '"[\\', "é\n", "\\\\", '\\\\"['])
    if draw.random() < 0.5:
        return [anything(draw, left - 1) for _ in range(draw.randint(0, 3))]
    return {draw.choice(["a", '"', "\\", "[{"]) + str(place): anything(draw, left - 1) for place in range(2)}


def test_the_nesting_of_a_document_is_measured_whatever_its_strings_hold():
    draw = random.Random(5)
    for _ in range(500):
        value = anything(draw, draw.randint(0, 9))
        assert nesting(json.dumps(value, ensure_ascii=draw.random() < 0.5)) == depth(value)


def test_what_the_parser_reads_is_never_deeper_than_what_was_measured():
    """Broken text as well: the parser stops at the first mistake, and the measure holds up to there."""
    draw = random.Random(6)
    for _ in range(300):
        text = "[" * (MAX_DEPTH + 1) + "".join(draw.choice('[]{}"\\,:1 ') for _ in range(40))
        assert nesting(text) > MAX_DEPTH


HEAVY = {
    "quotes": b'"' * 1_000_000,
    "quotes and backslashes": b'"\\' * 500_000,
    "backslashes": b'"' + b"\\" * 999_998,
    "escaped quotes": b'"' + b'\\"' * 499_999,
    "brackets": b"[" * 1_000_000,
    "brackets in turn": b"[]" * 500_000,
    "digits": b"1" * 1_000_000,
    "digits behind the point": b"0." + b"1" * 999_990,
    "an exponent": b"1e" + b"9" * 999_990,
    "a long name": b'{"' + b"a" * 999_990 + b'":1}',
    "numbers where layers belong": b'{"layers": [' + b"1," * 490_000 + b"1]}",
    "kinds that nobody knows": b'{"layers": [' + b'{"kind":"x"},' * 70_000 + b"{}]}",
    "words where kernels belong": b'{"layers": [{"kind": "HandMadeConv2D", "kernels": [[[['
    + b'"",' * 330_000
    + b'""]]]]}]}',
    "kernels of nothing": b'{"layers": [{"kind": "HandMadeConv2D", "kernels": [[' + b"[[]]," * 190_000 + b"1]]}]}",
    "augmentations": b'{"augmentations": [' + b"1," * 490_000 + b"1]}",
    "rules": b'{"training": {"rules": [' + b"1," * 490_000 + b"1]}}",
    "inputs": b'{"layers": [{"kind": "Flatten", "inputs": [' + b"1," * 490_000 + b"1]}]}",
    "unknown fields": b"{" + b",".join(b'"%d":1' % i for i in range(90_000)) + b"}",
    "spaces": b" " * 1_000_000,
}


@pytest.mark.parametrize("text", HEAVY.values(), ids=HEAVY)
def test_a_megabyte_made_to_take_long_is_refused_at_once(text):
    with pytest.raises(UserError) as caught:
        read_experiment(text)

    assert caught.value.code.startswith("JSON_")
    assert caught.value.remedy
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize("text", HEAVY.values(), ids=HEAVY)
def test_a_short_link_that_unpacks_to_much_is_refused_unread(text):
    link = base64.urlsafe_b64encode(zlib.compress(text, 9)).decode().rstrip("=")
    for read in (read_link, lambda link: read_lab(Playground, link)):
        with pytest.raises(UserError, match="more than 64 kB") as caught:
            read(link)
        assert caught.value.code == "LINK_TOO_LARGE"


def test_an_address_without_end_is_refused_before_it_is_unpacked():
    with pytest.raises(UserError) as caught:
        unpacked("A" * 10_000_000)

    assert caught.value.code == "LINK_TOO_LARGE"


def tangle():
    """As many layers as there may be, each reading as many as it may."""
    draw, nodes = random.Random(1), []
    small = [kind for kind in kinds(Layer).values() if kind is not HandMadeConv2D and not issubclass(kind, Base)]
    for place in range(100):
        layer = draw.choice(small)()
        inputs = tuple(draw.choice(nodes).id if nodes else "image" for _ in range(16))
        nodes.append(Node(id=f"n{place}", layer=layer, inputs=inputs))
    return Experiment(nodes=tuple(nodes), name="é" * 80)


def kernels():
    """The largest layer that somebody can make by hand."""
    draw = random.Random(2)
    plane = [tuple(tuple(round(draw.uniform(-1, 1), 6) for _ in range(MAX_SIDE)) for _ in range(MAX_SIDE))]
    return Experiment(layers=(HandMadeConv2D(kernels=(tuple(plane),) * MAX_KERNELS),))


@pytest.mark.parametrize("made", [tangle, kernels])
def test_the_largest_network_still_travels_as_a_link(made):
    experiment = made().canonical()

    assert read_link(experiment.to_link()) == experiment


def test_the_fullest_lab_still_travels_as_a_link():
    draw = random.Random(3)
    points = tuple((draw.uniform(-6, 6), draw.uniform(-6, 6), 1) for _ in range(200))
    weights = tuple(draw.uniform(-9, 9) for _ in range(3 * 12 + 13 * 10 + 11))
    lab = Playground(dataset="own", own=points, hidden=(12, 10), weights=weights)

    assert read_lab(Playground, packed(lab)) == lab


def test_what_no_link_can_hold_is_said_and_still_travels_as_a_file():
    layer = kernels().layers[0]
    experiment = Experiment(layers=(layer,) * 4)
    assert len(experiment.model_dump_json()) > LINK_BYTES
    with pytest.raises(UserError, match="Save it as a file") as caught:
        experiment.to_link()

    assert caught.value.code == "LINK_TOO_LARGE"
    assert read_experiment(experiment.to_json()) == experiment


NO_TEXT = ["\ud800", "a\udfff", "a\0b", "\x1b[31mred", "two\nlines", "a\u202eb", "\x85", "\ufffe"]
TEXT = ["", "Grüße 안녕 🏴\U000e0067\U000e007f", "a\u200cb", "e\u0301", "\u200f", "👨‍👩‍👧", "<b>*x*</b>"]


@pytest.mark.parametrize("name", NO_TEXT, ids=ascii)
def test_a_name_that_is_no_text_is_refused_in_files_and_links_with_one_sentence(name):
    text = json.dumps({"name": name}).encode()
    link = base64.urlsafe_b64encode(zlib.compress(text)).decode().rstrip("=")
    for read, given in ((read_experiment, text), (read_link, link)):
        with pytest.raises(UserError) as caught:
            read(given)
        assert (caught.value.code, bool(caught.value.remedy)) == ("JSON_TEXT", True)
        assert str(caught.value).isprintable()
    with pytest.raises(ValidationError):
        Experiment(name=name)


@pytest.mark.parametrize("name", TEXT, ids=ascii)
def test_a_name_of_any_language_is_taken_as_it_is(name):
    assert read_experiment(json.dumps({"name": name})).name == name
    assert cleaned(name, 80) == name


def test_what_somebody_types_is_cleaned_and_cut():
    draw = random.Random(8)
    for most in (1, 7, 80):
        for _ in range(300):
            typed = "".join(draw.choice([*NO_TEXT, *TEXT, " ", "x"]) for _ in range(draw.randint(0, 60)))
            for lines in (False, True):
                kept = cleaned(typed, most, lines)
                assert is_text(kept, most, lines)
                assert kept.encode().decode() == kept  # a file can hold it
                assert cleaned(kept, most, lines) == kept
    assert cleaned("  one\n two\t\0three ", 80) == "one two three"
    assert cleaned(" one\r\n\n two\0 \n", 80, lines=True) == "one\n\n two"


def test_a_field_whose_name_is_no_text_is_refused():
    with pytest.raises(UserError) as caught:
        read_experiment('{"\\ud800": 1}')

    assert caught.value.code == "JSON_TEXT"
