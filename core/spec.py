"""Specs: small frozen values that each name one Keras object and say how to edit it.

From the fields of a spec come the form, the JSON, the Keras object and its line of source code, so that what the
learner reads is what runs. A catalogue (layers, augmentations, optimizers, datasets, lenses) is a package of specs;
`kinds` finds them, so adding one is adding one file.
"""

import base64
import contextlib
import importlib
import inspect
import json
import pkgutil
import sys
import zlib
from functools import cache
from types import ModuleType
from typing import Annotated, Any, ClassVar, Self, TypeVar, Union

from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    ValidationError,
    model_serializer,
    model_validator,
)

from core import plugins
from core.errors import UserError
from core.options import Option, options_of
from core.problems import ALONE, Context, Problem

S = TypeVar("S", bound="Spec")

LINK_BYTES = 64_000
"""Of what a link holds, unpacked: a hundred layers that read sixteen others each take 34 kB, the largest layer of
kernels made by hand 20 to 40 kB. No server takes an address much longer than what this packs to."""


def option(
    default: Any,
    what: str,
    *,
    advice: str = "",
    low: float | None = None,
    high: float | None = None,
    unit: str = "",
    scale: str = "linear",
    choices: tuple[float, ...] = (),
    shown: bool = True,
    rare: bool = False,
) -> Any:
    """Declares one field of a spec: its value, its legal range and its help.

    Args:
        default: value of a fresh spec.
        what: one sentence that says what the field is.
        advice: "if you see ..., then do ..." for the learner.
        low, high: the legal range, both ends included.
        unit: "px", "epochs" ...; empty for pure numbers.
        scale: "linear", "log" for values that are chosen by factors (a learning rate), or "path" for names in an order.
        choices: the steps offered on a log scale.
        shown: False for fields that no form shows (an identifier).
        rare: True for what few need: a form has it under "More"; JSON and scripts leave its default out.
    """
    metadata = {"advice": advice, "unit": unit, "scale": scale, "choices": list(choices), "shown": shown, "rare": rare}
    return Field(default, description=what, ge=low, le=high, json_schema_extra=metadata)


class Spec(BaseModel):
    """One choice of the learner, as data: frozen, comparable, JSON in and out."""

    # Strict: "3" is not 3 and 1.5 is not a kernel size; a wrong type is said, never guessed.
    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, allow_inf_nan=False, use_attribute_docstrings=False
    )

    keras: ClassVar[str] = ""
    """The Keras object this names, as written in a script after `keras.`: "layers.Conv2D"."""

    family: ClassVar[str] = ""
    """Heading under which a catalogue shows this kind."""

    @model_validator(mode="before")
    @classmethod
    def _without_kind(cls, data: Any) -> Any:
        """The kind chooses the class; it is no field of it. JSON has lists where fields are tuples."""
        if not isinstance(data, dict):
            return data
        return {key: _tupled(value) for key, value in data.items() if key != "kind"}

    @model_serializer(mode="wrap")
    def _with_kind(self, handler: Any) -> dict[str, Any]:
        told, unsaid = handler(self), self.unsaid()
        return {"kind": self.kind, **{name: value for name, value in told.items() if name not in unsaid}}

    def unsaid(self) -> set[str]:
        """Fields that few need and that are as by default: neither JSON nor a script says them."""
        rare = {name: option for name, option in self.options().items() if option.is_rare}
        return {name for name, option in rare.items() if getattr(self, name) == option.default}

    @property
    def kind(self) -> str:
        """The name of this kind in JSON and in forms: its class name, which is Keras' where Keras has one."""
        return type(self).__name__

    @classmethod
    def title(cls) -> str:
        """The name people read."""
        return cls.__name__

    @classmethod
    def sentence(cls) -> str:
        """What it is for: the first line of its docstring."""
        return (inspect.getdoc(cls) or "").partition("\n")[0]

    @classmethod
    def options(cls) -> dict[str, Option]:
        """Its fields by name: what each is, what it may be, and how a form shows it."""
        return options_of(cls)

    def keras_arguments(self) -> dict[str, Any]:
        """Keyword arguments of the Keras object, a spec where it takes an object; by default every field under its own
        name, those that few need only where they are set."""
        unsaid = self.unsaid()
        return {name: getattr(self, name) for name in type(self).model_fields if name not in unsaid}

    def build(self) -> Any:
        """Makes the Keras object."""
        # Keras takes four seconds and 600 MB to import: only processes that build networks pay for it.
        keras = importlib.import_module("keras")
        module, _, name = self.keras.rpartition(".")
        made = {name: one.build() if isinstance(one, Spec) else one for name, one in self.keras_arguments().items()}
        return getattr(getattr(keras, module), name)(**made)

    def words(self) -> str:
        """Its settings in a few words: "32 filters 3x3 relu"; empty where there is nothing to say."""
        return ""

    def short(self) -> str:
        """Its place in a line of many: "Conv 32"."""
        return self.kind

    def problems(self, context: Context) -> list[Problem]:
        """What is wrong with it where it stands, in the learner's words; warnings too.

        Args:
            context: what surrounds it.
        """
        return []

    def source(self, context: Context = ALONE) -> str:
        """What a script says for it: by default the line that makes the same object, `layers.Conv2D(filters=32, ...)`.

        Args:
            context: what surrounds it.
        """
        arguments = ", ".join(f"{name}={_literal(value)}" for name, value in self.keras_arguments().items())
        return f"{self.keras}({arguments})"

    def edited(self, **changes: Any) -> Self:
        """A copy with some fields changed, checked like a new one."""
        return type(self)(**{name: getattr(self, name) for name in type(self).model_fields} | changes)

    def as_kind(self, kind: type[S]) -> S:
        """The same choice as another kind: what was set by hand and means the same there is kept, the rest is default.

        Args:
            kind: of the same catalogue. Fields on a log scale are not carried over: a good learning rate belongs to
                its optimizer.
        """
        changed = kind()
        for name, field in self.options().items():
            value, there = getattr(self, name), kind.options().get(name)
            if there is None or value == field.default or there.scale == "log":
                continue
            with contextlib.suppress(ValidationError):  # legal here, not there: the default stays
                changed = changed.edited(**{name: value})
        return changed


def packed(value: BaseModel) -> str:
    """A value as a short text that is safe inside a web address.

    Raises:
        UserError: it is larger than any link may be.
    """
    text = value.model_dump_json(exclude_defaults=False).encode()
    if len(text) > LINK_BYTES:
        raise UserError("This is too large for a link.", "Save it as a file, and send that.", "LINK_TOO_LARGE")
    return base64.urlsafe_b64encode(zlib.compress(text, 9)).decode().rstrip("=")


def _tupled(value: Any) -> Any:
    """Lists as tuples, lists of lists as well."""
    return tuple(map(_tupled, value)) if isinstance(value, list) else value


def _literal(value: Any) -> str:
    """A value as Python source, strings in double quotes as in the rest of a script."""
    if isinstance(value, Spec):
        return value.source()
    return json.dumps(value) if isinstance(value, str) else repr(value)


@cache
def kinds(catalogue: type[S]) -> dict[str, type[S]]:
    """All kinds of a catalogue by name, in reading order: those of the package in which its base class is defined.

    Every module of that package is looked through, those in folders that were added to its `__path__` and those of the
    operator's plug-ins as well.

    Args:
        catalogue: the class that the kinds derive from (`Layer`, `Augmentation` ...).

    Raises:
        ValueError: two kinds, or two modules, have one name.
    """
    home = sys.modules[catalogue.__module__]
    modules = dict.fromkeys([home, *_modules_beside(home)])
    found = [
        value for module in modules for value in vars(module).values() if _is_kind(value, catalogue, module.__name__)
    ]
    found.sort(key=lambda kind: getattr(kind, "rank", 100))
    _refuse_twins([kind.__name__ for kind in found], f"kinds of {catalogue.__name__}")
    return {kind.__name__: kind for kind in found}


def _modules_beside(home: ModuleType) -> list[ModuleType]:
    """All modules of the package that a module is, or lies in; none when it lies in no package."""
    package = home if hasattr(home, "__path__") else sys.modules.get(home.__package__ or "")
    if package is None:
        return []
    for folder in map(str, plugins.folders(package.__name__.removeprefix("core.").replace(".", "/"))):
        if folder not in package.__path__:
            package.__path__.append(folder)
    # Folder by folder: of two modules of one name Python would take the first without a word.
    names = [module.name for folder in package.__path__ for module in pkgutil.iter_modules([folder])]
    _refuse_twins(names, f"modules of {package.__name__}")
    return [importlib.import_module(f"{package.__name__}.{name}") for name in names if name != "__main__"]


def _refuse_twins(names: list[str], what: str) -> None:
    """Raises ValueError when a name is there twice."""
    if twin := next((name for name in names if names.count(name) > 1), None):
        raise ValueError(f"Two {what} are called {twin}: give one of them another name.")


def _is_kind(value: object, catalogue: type, module: str) -> bool:
    """A concrete class of the catalogue, defined (not merely imported) in this module."""
    return (
        inspect.isclass(value)
        and not inspect.isabstract(value)
        and issubclass(value, catalogue)
        and value is not catalogue
        and value.__module__ == module
        and not value.__name__.startswith("_")
    )


def one_of(catalogue: type[S]) -> Any:
    """The pydantic type "any kind of this catalogue", told apart in JSON by its `kind`."""
    members = tuple(Annotated[kind, Tag(name)] for name, kind in kinds(catalogue).items())
    return Annotated[Union[members], Discriminator(_kind_of)]  # noqa: UP007  the members are known only at run time


def _kind_of(value: Any) -> str | None:
    """The tag of a value on its way in or out."""
    if isinstance(value, dict):
        return value.get("kind")
    return value.kind if isinstance(value, Spec) else None
