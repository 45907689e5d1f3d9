"""Reads the sources of the pages: which text does Streamlit read as Markdown, and who wrote it?

A text may stand there when it is written out in the sources, or went through `plain` or `say`. A value that comes by a
name, a parameter or a function of ours is followed to where it begins.
"""

import ast
import inspect
import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

ROOT = Path(__file__).parent.parent
ESCAPING = {"plain", "say"}
NUMBERS = {"number", "counted", "len", "compact", "round", "int", "float", "token_hex", "size_words"}
"""Functions that give numbers, or numbers in words."""
OURS = {"titles.of", "st.Page"}
"""Names of our own files; what gives a page, whose title is looked at where it is made."""
NUMERIC = re.compile(r"[,+]?\d*[,]?(\.\d+)?[defg%]")
"""A format that no text has."""
NO_TEXT = {"unsafe_allow_html", "wrap", "width", "anchors", "bind", "cursor", "menu_items"}
"""Parameters whose description only mentions Markdown."""


@cache
def markdown_parameters() -> dict[str, tuple[str, ...]]:
    """What Streamlit's own description says is read as Markdown, by function; and what is read as HTML."""
    found = {}
    for name in sorted({*dir(DeltaGenerator), "spinner", "dialog", "toast", "progress", "Page", "navigation"}):
        function = getattr(DeltaGenerator, name, None) or getattr(st, name)
        text = inspect.getdoc(function) or ""
        described = re.split(r"\n(?=\*?\w+ : )", text.partition("Parameters\n")[2])
        named = [part.split(" :")[0].lstrip("-\n *") for part in described if "arkdown" in part]
        if parameters := tuple(one for one in named if one not in NO_TEXT):
            found[name] = parameters
    return found | {"html": ("body",), "write": ("args",)}


@cache
def _order(name: str) -> tuple[str, ...]:
    """Parameters of a function of Streamlit in their order, without the container itself."""
    function = getattr(DeltaGenerator, name, None) or getattr(st, name)
    return tuple(one for one in inspect.signature(function).parameters if one != "self")


@dataclass(frozen=True)
class Source:
    """One file of the pages."""

    path: Path
    tree: ast.Module
    parents: dict[ast.AST, ast.AST] = field(compare=False, hash=False, repr=False)

    def where(self, node: ast.AST) -> str:
        """File and line."""
        return f"{self.path.relative_to(ROOT)}:{node.lineno}"

    def function(self, node: ast.AST) -> ast.FunctionDef | ast.Lambda | None:
        """The function around a node."""
        while node in self.parents:
            node = self.parents[node]
            if isinstance(node, ast.FunctionDef | ast.Lambda):
                return node
        return None


@cache
def sources(folder: str = "pages") -> tuple[Source, ...]:
    """All of them; with the pages the frame."""
    found = []
    frame = [ROOT / "streamlit_app.py"] if folder == "pages" else []
    for path in [*frame, *sorted((ROOT / folder).rglob("*.py"))]:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
        found.append(Source(path, tree, parents))
    return tuple(found)


def texts(source: Source) -> list[tuple[str, ast.expr]]:
    """Every text of a file that Streamlit reads as Markdown: the function and the parameter, and who gives it."""
    return [
        (f"{call.func.attr}({parameter})", given)
        for call in ast.walk(source.tree)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)
        if getattr(call.func.value, "id", None) not in _modules_of_ours(source)
        for parameter, given in _given(call)
    ]


@cache
def _modules_of_ours(source: Source) -> frozenset[str]:
    """What a file imports of ours: what that draws is looked at where it is drawn, and who asks for it is followed."""
    return frozenset(
        one.asname or one.name
        for node in source.tree.body
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in ("core", "pages")
        for one in node.names
    )


def _given(call: ast.Call) -> list[tuple[str, ast.expr]]:
    """The arguments of a call that are read as Markdown."""
    name = call.func.attr
    wanted = markdown_parameters().get(name, ())
    if not wanted or (isinstance(call.func.value, ast.Call) and name in ("title", "status")):
        return []
    if name == "write":
        return [("args", one) for one in call.args]
    if any(one.arg == "format_func" for one in call.keywords):
        wanted = tuple(one for one in wanted if one != "options")
    by_place = list(zip(_order(name), call.args, strict=False))
    return [
        *((parameter, one) for parameter, one in by_place if parameter in wanted),
        *((one.arg or "**", one.value) for one in call.keywords if one.arg in wanted or one.arg is None),
    ]


class Reader:
    """Follows values to where they begin."""

    def __init__(self) -> None:
        self._open: set[tuple[ast.AST, Source]] = set()

    def is_ours(self, node: ast.expr, source: Source) -> bool:
        """Whether a value is written out in the sources, a number, or went through `plain` or `say`."""
        if (node, source) in self._open:
            return True  # decided by the other ways into the circle
        self._open.add((node, source))
        try:
            return getattr(self, f"_{type(node).__name__}", lambda *_: False)(node, source)
        finally:
            self._open.discard((node, source))

    def _all(self, nodes: list[ast.expr | None], source: Source) -> bool:
        return all(node is None or self.is_ours(node, source) for node in nodes)

    def _Constant(self, node: ast.Constant, source: Source) -> bool:
        return True

    def _JoinedStr(self, node: ast.JoinedStr, source: Source) -> bool:
        return self._all(node.values, source)

    def _FormattedValue(self, node: ast.FormattedValue, source: Source) -> bool:
        spec = node.format_spec and "".join(getattr(one, "value", "") or "" for one in node.format_spec.values)
        return bool(spec and NUMERIC.fullmatch(spec)) or self.is_ours(node.value, source)

    def _IfExp(self, node: ast.IfExp, source: Source) -> bool:
        return self._all([node.body, node.orelse], source)

    def _BoolOp(self, node: ast.BoolOp, source: Source) -> bool:
        return self._all(node.values, source)

    def _BinOp(self, node: ast.BinOp, source: Source) -> bool:
        return self._all([node.left, node.right], source)

    def _Compare(self, node: ast.Compare, source: Source) -> bool:
        return True

    def _UnaryOp(self, node: ast.UnaryOp, source: Source) -> bool:
        return True

    def _Starred(self, node: ast.Starred, source: Source) -> bool:
        return self.is_ours(node.value, source)

    def _Tuple(self, node: ast.Tuple, source: Source) -> bool:
        return self._all(node.elts, source)

    _List = _Set = _Tuple

    def _Dict(self, node: ast.Dict, source: Source) -> bool:
        """A table of texts, or what is handed to a widget by name."""
        names = {getattr(key, "value", None) for key in node.keys}
        no_text = {"key", "on_change", "default", "args", "kwargs"} | ({"options"} if "format_func" in names else set())
        pairs = zip(node.keys, node.values, strict=True)
        return all(self._all([key, one], source) for key, one in pairs if getattr(key, "value", None) not in no_text)

    def _ListComp(self, node: ast.ListComp, source: Source) -> bool:
        return self.is_ours(node.elt, source)

    _GeneratorExp = _SetComp = _ListComp

    def _DictComp(self, node: ast.DictComp, source: Source) -> bool:
        return self._all([node.key, node.value], source)

    def _Subscript(self, node: ast.Subscript, source: Source) -> bool:
        return self.is_ours(node.value, source)

    def _NamedExpr(self, node: ast.NamedExpr, source: Source) -> bool:
        return self.is_ours(node.value, source)

    def _Lambda(self, node: ast.Lambda, source: Source) -> bool:
        return self.is_ours(node.body, source)

    def _Attribute(self, node: ast.Attribute, source: Source) -> bool:
        """A constant of another module: `image_source.DRAW`."""
        return node.attr.isupper() and self._constant(node.attr)  # `comparison.NOTHING`

    def _Call(self, node: ast.Call, source: Source) -> bool:
        function = node.func
        name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
        if name == "say":
            return bool(node.args) and isinstance(node.args[0], ast.Constant)
        if name in ESCAPING | NUMBERS or ast.unparse(function) in OURS or "__file__" in ast.unparse(node):
            return True
        if name == "join":
            return self._all([function.value, *node.args], source)
        if name in ("list", "tuple", "dict", "sorted", "str", "next", "iter", "zip"):
            return self._all(node.args, source)
        if isinstance(function, ast.Attribute) and name in (
            "items", "values", "get", "keys", "removesuffix", "removeprefix", "capitalize", "lower", "upper",
        ):  # fmt: skip
            return self._all([function.value, *node.args[1:]], source)
        made = self._functions(name, source)
        return bool(made) and all(
            self.is_ours(back.value, where)
            for where, one in made
            for back in ast.walk(one)
            if isinstance(back, ast.Return | ast.Yield) and back.value is not None
        )

    def _Name(self, node: ast.Name, source: Source) -> bool:
        function: ast.AST | None = source.function(node)
        while function is not None:
            found = self._bound(node.id, function, source)
            if found:
                return all(found)
            function = source.function(function)
        comprehended = self._bound(node.id, source.tree, source)
        if comprehended:
            return all(comprehended)
        if node.id in ESCAPING:
            return True
        made = self._functions(node.id, source)
        if made:  # a function that is handed on, such as `format_func=_title`
            return all(
                self.is_ours(back.value, where)
                for where, one in made
                for back in ast.walk(one)
                if isinstance(back, ast.Return) and back.value is not None
            )
        return node.id.isupper() and self._constant(node.id)

    def _bound(self, name: str, within: ast.AST, source: Source) -> list[bool]:
        """For each place in a function, or in a module, that gives a name its value: whether that is ours."""
        found = []
        for node in ast.walk(within):
            if source.function(node) not in (within, None if isinstance(within, ast.Module) else within):
                continue
            if isinstance(node, ast.Assign | ast.For | ast.comprehension):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                value = node.value if isinstance(node, ast.Assign) else node.iter
                found += [self._part(name, target, value, source) for target in targets if _names(target, name)]
            elif isinstance(node, ast.AnnAssign | ast.AugAssign | ast.NamedExpr) and _names(node.target, name):
                found += [self.is_ours(node.value, source)] if node.value is not None else []
        if isinstance(within, ast.FunctionDef | ast.Lambda):
            parameters = [*within.args.posonlyargs, *within.args.args, *within.args.kwonlyargs]
            if any(one.arg == name for one in parameters):
                found.append(self._parameter(name, within, source))
            if within.args.kwarg and within.args.kwarg.arg == name:
                found.append(self._keywords(within, source))
        return found

    def _part(self, name: str, target: ast.expr, value: ast.expr, source: Source) -> bool:
        """Whether what a name is given of a value is ours: of `a, b = x, y` only its own."""
        if isinstance(target, ast.Tuple) and getattr(getattr(value, "func", None), "attr", "") == "items":
            table = self._display(value.func.value, source)
            if table is not None:
                part = table.keys if _names(target.elts[0], name) else table.values
                return self._all(part, source)
        if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple) and len(target.elts) == len(value.elts):
            pairs = zip(target.elts, value.elts, strict=True)
            return all(self.is_ours(one, source) for part, one in pairs if _names(part, name))
        return self.is_ours(value, source)

    def _display(self, node: ast.expr, source: Source) -> ast.Dict | None:
        """The dictionary that a name of the same function was given, as it is written out."""
        function = source.function(node)
        written = [
            one.value
            for one in ast.walk(function or source.tree)
            if isinstance(one, ast.Assign) and isinstance(node, ast.Name) and _names(one.targets[0], node.id)
        ]
        return written[0] if len(written) == 1 and isinstance(written[0], ast.Dict) else None

    def _parameter(self, name: str, function: ast.FunctionDef | ast.Lambda, source: Source) -> bool:
        """Whether everybody who calls a function gives it what is ours."""
        if isinstance(function, ast.Lambda):
            return False
        places = [one.arg for one in (*function.args.posonlyargs, *function.args.args)]
        given = []
        for where, call in _calls(function.name):
            if function.name.startswith("_") and where is not source:
                continue
            by_name = [one.value for one in call.keywords if one.arg == name]
            at = places.index(name) if name in places else None
            by_place = [call.args[at]] if at is not None and at < len(call.args) else []
            given += [self.is_ours(one, where) for one in (*by_name, *by_place)]
        return bool(given) and all(given)

    def _keywords(self, function: ast.FunctionDef | ast.Lambda, source: Source) -> bool:
        """Whether what a function takes by any name, and hands on to Streamlit, is ours."""
        wanted = {"label", "help", "body", "text", "caption"}
        return all(
            self.is_ours(one.value, where)
            for where, call in _calls(getattr(function, "name", ""))
            for one in call.keywords
            if one.arg in wanted
        )

    def _functions(self, name: str, source: Source) -> list[tuple[Source, ast.FunctionDef]]:
        """The functions of that name: of this file, else of all."""
        here = [(source, one) for one in _defined(source) if one.name == name]
        return here or [
            (other, one) for other in sources() for one in _defined(other) if one.name == name and name[:1] != "_"
        ]

    def _constant(self, name: str) -> bool:
        """Whether a constant is ours, wherever it is written."""
        found = [
            self._part(name, target, node.value, source)
            for source in (*sources(), *sources("core"))
            for node in source.tree.body
            if isinstance(node, ast.Assign)
            for target in node.targets
            if _names(target, name)
        ]
        return bool(found) and all(found)


@cache
def _defined(source: Source) -> tuple[ast.FunctionDef, ...]:
    return tuple(node for node in ast.walk(source.tree) if isinstance(node, ast.FunctionDef))


@cache
def _calls(name: str) -> tuple[tuple[Source, ast.Call], ...]:
    """Every call of a function of that name."""
    return tuple(
        (source, node)
        for source in sources()
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Call) and name in (getattr(node.func, "id", None), getattr(node.func, "attr", None))
    )


def _names(target: ast.expr, name: str) -> bool:
    """Whether a target of an assignment is, or holds, a name."""
    return any(isinstance(node, ast.Name) and node.id == name for node in ast.walk(target))
