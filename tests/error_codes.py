"""Reads the sources for every refusal: where a `UserError` is made, with what words, remedy and code."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent
FOLDERS = ("core", "pages")
PASSED_ON = "*"
"""Of a refusal that another one made: its parts are looked at there."""


@dataclass(frozen=True)
class Refusal:
    """One place that makes a `UserError`.

    Args:
        where: file and line.
        what, remedy: as they stand in the sources, "{}" for what is put in.
        codes: that it may have, "{}" for what is put in.
        parts: the expressions that are put into its words.
    """

    where: str
    what: str
    remedy: str
    codes: tuple[str, ...]
    parts: tuple[str, ...]


@cache
def _trees() -> dict[str, ast.Module]:
    files = [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py"))]
    return {str(path.relative_to(ROOT)): ast.parse(path.read_text(encoding="utf-8")) for path in files}


@cache
def refusals() -> tuple[Refusal, ...]:
    """All of them."""
    return tuple(_read(file, function, call) for file in _trees() for function, call in _made(file))


def _made(file: str) -> Iterator[tuple[ast.FunctionDef | None, ast.Call]]:
    """Each call of `UserError` in a file, with the function around it."""

    def walk(node: ast.AST, function: ast.FunctionDef | None) -> Iterator[tuple[ast.FunctionDef | None, ast.Call]]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Call) and getattr(child.func, "id", "") == "UserError":
                yield function, child
            yield from walk(child, child if isinstance(child, ast.FunctionDef) else function)

    return walk(_trees()[file], None)


def _read(file: str, function: ast.FunctionDef | None, call: ast.Call) -> Refusal:
    given = dict(zip(("what", "remedy", "code"), call.args, strict=False))
    given |= {one.arg: one.value for one in call.keywords if one.arg}
    where = f"{file}:{call.lineno}"
    if any(one.arg is None for one in call.keywords):  # as another process told it
        return Refusal(where, PASSED_ON, PASSED_ON, (PASSED_ON,), ())
    parts = tuple(part for name in ("what", "remedy") for part in _parts(given.get(name)))
    codes = tuple(sorted(set(_codes(given.get("code"), function, file))))
    return Refusal(where, _text(given.get("what")), _text(given.get("remedy")), codes, parts)


def _text(node: ast.expr | None) -> str:
    if node is None:
        return ""
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(str(one.value) if isinstance(one, ast.Constant) else "{}" for one in node.values)
    return "{}"


def _parts(node: ast.expr | None) -> list[str]:
    """What is put into a text."""
    found = [one for one in ast.walk(node) if isinstance(one, ast.FormattedValue)] if node is not None else []
    return [ast.unparse(one.value) + ("!r" if one.conversion == ord("r") else "") for one in found]


def _codes(node: ast.expr | None, function: ast.FunctionDef | None, file: str) -> Iterator[str]:
    """The codes that an expression may be: written out, a constant, or what a function is given by its callers."""
    if isinstance(node, ast.Attribute) and node.attr == "code":
        yield PASSED_ON
    elif isinstance(node, ast.Name) and node.id.isupper():
        yield from _constants(node.id, file)
    elif isinstance(node, ast.Name) and function and (at := _place(node.id, function)) is not None:
        for caller, call in _calls(function.name):
            by_name = [one.value for one in call.keywords if one.arg == node.id]
            for given in [*by_name, *call.args[at : at + 1]][:1]:
                yield from _codes(given, None, caller)
    else:
        yield _text(node)


def _place(name: str, function: ast.FunctionDef) -> int | None:
    places = [one.arg for one in function.args.args]
    return places.index(name) if name in places else None


def _constants(name: str, file: str) -> Iterator[str]:
    for node in _trees()[file].body:
        if isinstance(node, ast.Assign) and any(getattr(one, "id", "") == name for one in node.targets):
            yield _text(node.value)


def _calls(name: str) -> Iterator[tuple[str, ast.Call]]:
    for file, tree in _trees().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and name in (getattr(node.func, "id", ""), getattr(node.func, "attr", "")):
                yield file, node


@cache
def asked_for() -> frozenset[str]:
    """Every word in capitals that stands in a text of the tests: the codes that they look for among them."""
    found: set[str] = set()
    for path in (ROOT / "tests").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found |= set(re.findall(r"\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*\b", node.value))
    return frozenset(found)
