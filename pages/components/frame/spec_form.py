"""The form of any spec, drawn from its fields: what can be declared can be edited."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType
from typing import Any, TypeVar

import streamlit as st
from pydantic import ValidationError

from core.options import Option
from core.spec import Spec, kinds
from core.words import with_point
from pages.components.frame import session, sides
from pages.components.frame.markdown import plain, say
from pages.components.frame.sent import refused

S = TypeVar("S", bound=Spec)
Choices = Mapping[str, Mapping[str, str] | Sequence[str]]
NO_CHOICES: Mapping[str, str] = MappingProxyType({})
Below = Mapping[str, Callable[[], None]]
NOTHING_BELOW: Below = MappingProxyType({})

SLIDER_STEPS = 32
"""Whole numbers with at most this many steps are slid, others are typed."""
BUTTONS, BUTTON_LETTERS = 3, 20
"""Choices that stand side by side: at most so many, with at most so many letters in all; others fold into a menu."""


def choose(
    catalogue: type[S],
    current: S,
    key: str,
    *,
    label: str = "Kind",
    name: str = "",
    what: str = "",
    on_change: Callable[[], None] | None = None,
    offers: Callable[[type[S]], bool] = lambda kind: True,
    choices: Choices = NO_CHOICES,
    below: Below = NOTHING_BELOW,
) -> S:
    """A menu of all kinds of a catalogue, and the form of the chosen one.

    Args:
        catalogue: `Layer`, `Optimizer` ...
        current: the choice so far.
        key: names the widgets; unique on the page.
        label: of the menu.
        name: of the field in a script, where the choice is one.
        what: that field in a sentence.
        on_change: called before the page is drawn again after a change; it asks `said` for the news.
        offers: whether a kind is on the menu.
        choices: as for `edit`.
        below: as for `edit`.

    Returns:
        the choice as the widgets say it now; another kind keeps what was set by hand and means the same there.
    """
    found = {name: one for name, one in kinds(catalogue).items() if offers(one) or name == current.kind}
    kind = st.selectbox(
        label,
        list(found),
        index=list(found).index(current.kind),
        format_func=lambda name: found[name].title(),
        key=session.key(f"{key}-kind"),
        on_change=on_change and session.whole(on_change),
        help=_help_of_kinds(list(found.values()), name, what),
    )
    chosen = current if kind == current.kind else current.as_kind(found[kind])
    return edit(chosen, key, on_change=on_change, choices=choices, below=below)


def edit(
    spec: S,
    key: str,
    *,
    on_change: Callable[[], None] | None = None,
    choices: Choices = NO_CHOICES,
    below: Below = NOTHING_BELOW,
) -> S:
    """One widget per field that forms show.

    Args:
        spec: what to edit.
        key: names the widgets; unique on the page.
        on_change: as for `choose`.
        choices: by the name of a text field, the values that it may have here, and what each is in words.
        below: by the name of a field, also of a spec within this one, what is drawn right under its widget.

    Returns:
        the spec as the widgets say it now; the same object when nothing was changed.
    """
    shown = [option for option in spec.options().values() if option.shown]
    plain_ones, rare = ([one for one in shown if one.is_rare is is_rare] for is_rare in (False, True))
    changes = _edited(spec, plain_ones, key, on_change, choices, below)
    if rare:
        with st.expander("More"):
            changes |= _edited(spec, rare, key, on_change, choices, below)
    try:
        return spec.edited(**changes) if changes else spec
    except ValidationError:
        st.warning(plain(refused()))
        return spec


def _edited(
    spec: Spec,
    options: Sequence[Option],
    key: str,
    on_change: Callable[[], None] | None,
    choices: Choices,
    below: Below,
) -> dict[str, Any]:
    """Draws the widgets of some fields; gives those that say something new."""
    changes = {}
    for option in options:
        value, widget = getattr(spec, option.name), _key(spec, option.name, key)
        if option.name in choices:
            new = _chosen(option, _shared(option, widget, on_change), choices[option.name], value)
        else:
            new = _widget(option, value, widget, on_change, below)
        if option.name in below:
            below[option.name]()
        if new != value:
            changes[option.name] = new
    return changes


def said(spec: S, key: str) -> S:
    """What a form on the screen says, for callbacks: they run before the form is drawn again.

    An edit that was typed but not entered arrives together with the press that ended the typing; whoever answers that
    press asks here first, so that neither is lost.

    Args:
        spec: what the form was drawn for; comes back unchanged when the form is not on the screen.
        key: as the form was drawn with.
    """
    kind = kinds(_catalogue(spec)).get(session.sent(session.key(f"{key}-kind"), spec.kind), type(spec))
    chosen = spec if kind is type(spec) else spec.as_kind(kind)
    changes = {}
    for name, option in chosen.options().items():
        value, widget = getattr(chosen, name), _key(chosen, name, key)
        new = said(value, widget) if isinstance(value, Spec) else session.sent(session.key(widget), value)
        if option.sides > 1:
            new = sides.said(option, value, widget)
        if isinstance(value, tuple) and isinstance(new, str):
            new = _parsed(option, new, value)
            new = value if new is None else new
        if new != value:
            changes[name] = new
    try:
        return chosen.edited(**changes) if changes else chosen
    except ValidationError:
        session.say(str(refused()))
        return chosen


def _key(spec: Spec, name: str, key: str) -> str:
    """Names the widget of one field."""
    return f"{key}-{spec.kind}-{name}"


def label_of(option: Option) -> str:
    """A field's label: its name in words, and its unit; no Markdown, as screen readers are told it as it stands."""
    is_said = not option.unit or option.unit.removesuffix("s") in option.title.lower()
    return plain(option.title if is_said else f"{option.title} ({option.unit})")


def help_of(option: Option) -> str:
    """What a field is, what to do when something is seen, and its name in a script."""
    return "\n\n".join([*(plain(words) for words in (option.what, option.advice) if words), in_code(option.name)])


def _help_of_kinds(offered: Sequence[type[Spec]], name: str, what: str) -> str:
    """Each kind on a menu in a sentence, and what the field is called in a script."""
    told = [say("**{}**: {}", one.title(), one.sentence()) for one in offered]
    told = [plain(what), *told] if what else told
    return "\n\n".join([*told, in_code(name)] if name else told)


def in_code(name: str) -> str:
    """The last line of a field's help: what it is called in Keras and in scripts."""
    return say("In code: `{}`", name)


def _shared(option: Option, key: str, on_change: Callable[[], None] | None) -> dict[str, Any]:
    """What every widget is given."""
    shared = {"label": label_of(option), "help": help_of(option), "key": session.key(key)}
    return shared | {"on_change": on_change and session.whole(on_change)}


def _widget(option: Option, value: Any, key: str, on_change: Callable[[], None] | None, below: Below) -> Any:
    """The widget that suits the field, and its value; a type that no widget suits keeps its value."""
    if isinstance(value, Spec):
        label, name, what = label_of(option), option.name, option.what
        told = {"label": label, "name": name, "what": what}
        return choose(_catalogue(value), value, key, **told, on_change=on_change, below=below)
    shared = _shared(option, key, on_change)
    if option.sides > 1:
        return sides.edit(option, value, shared, key, _whole)
    if option.choices:
        return _choice(shared, list(option.choices), value)
    if option.is_several:
        return _numbers(shared, option, value)
    if option.type is bool:
        return st.toggle(**shared, value=value)
    if option.type is int:
        return _whole(shared, option, value)
    if option.type is float:
        return _real(shared, option, value)
    if option.type is str:
        return st.text_input(**shared, value=value)
    return value


def _numbers(shared: dict[str, Any], option: Option, value: tuple[float, ...]) -> tuple[float, ...]:
    """Several numbers as one text, separated by commas; while the text can't be read, the last good ones stay."""
    text = st.text_input(**shared, value=_written(value))
    read = _parsed(option, text, value)
    if read is None and (meant := _with_point(option, text)):
        st.error(say("Write {} with a point; between two values put a space behind the comma.", meant))
    elif read is None:
        st.error(
            f"Write numbers from {option.low:g} to {option.high:g}, separated by commas, "
            + say("with a point for parts: 1, 2.5, 1. In use: {}.", _written(value) or "none")
        )
    return value if read is None else read


def _written(numbers: tuple[float, ...]) -> str:
    """(1.0, 0.25) -> "1, 0.25"; no digit is lost."""
    return ", ".join(f"{number:g}" if float(f"{number:g}") == number else repr(number) for number in numbers)


def _parsed(option: Option, text: str, value: tuple[float, ...]) -> tuple[float, ...] | None:
    """What `_written` wrote, or None when the text says something else than legal numbers."""
    if text.strip() == _written(value):
        return value
    if _with_point(option, text):
        return None
    try:
        return option.read(tuple(option.type(part) for part in text.split(",")))
    except ValueError:
        return None


def _with_point(option: Option, text: str) -> str:
    """A number that was written with a comma before its parts, as it is meant; empty without one."""
    return with_point(text) if option.type is float else ""


def _catalogue(spec: Spec) -> type[Spec]:
    """The catalogue that a spec is a kind of: its ancestor next to `Spec`."""
    line = type(spec).__mro__
    return line[line.index(Spec) - 1]


def _chosen(option: Option, shared: dict[str, Any], offered: Mapping[str, str] | Sequence[str], value: str) -> str:
    """One of the values that a text field may have here: those along a path are slid, others stand in a menu."""
    words = offered if isinstance(offered, Mapping) else {one: one for one in offered}
    words = words if value in words else {value: value, **words}
    if option.scale == "path":
        chosen = st.select_slider(
            **shared, options=list(words), value=value, format_func=lambda one: words[one].partition("\n")[0]
        )
        if more := words[chosen].partition("\n")[2]:
            st.caption(plain(more))
        return chosen
    return _choice(shared, list(words), value, words)


def _choice(shared: dict[str, Any], options: list[Any], value: Any, words: Mapping[Any, str] = NO_CHOICES) -> Any:
    """A few short choices as buttons, others as a menu that can be searched.

    Args:
        words: what is read for a choice; it itself where nothing is said.
    """
    told = [words.get(one, str(one)) for one in options]
    if len(options) <= BUTTONS and sum(map(len, told)) <= BUTTON_LETTERS:
        as_button = lambda one: plain(words.get(one, str(one)))  # noqa: E731
        return st.segmented_control(**shared, options=options, default=value, format_func=as_button, required=True)
    shown = lambda one: words.get(one, str(one))  # noqa: E731
    return st.selectbox(**shared, options=options, index=options.index(value), format_func=shown)


def _whole(shared: dict[str, Any], option: Option, value: int | None) -> int | None:
    """A whole number; a field that may be empty can be emptied."""
    low, high = option.low, option.high
    if option.is_optional:
        # Given as a default, the number would come back whenever the learner empties the field.
        session.begin(shared["key"], value)
        return st.number_input(**shared, min_value=low, max_value=high, value=None, step=1, placeholder="empty")
    if low is not None and high is not None and high - low < SLIDER_STEPS:
        return st.slider(**shared, min_value=int(low), max_value=int(high), value=value, step=1)
    low, high = (None if bound is None else int(bound) for bound in (low, high))
    return st.number_input(**shared, min_value=low, max_value=high, value=value, step=1)


def _real(shared: dict[str, Any], option: Option, value: float | None) -> float | None:
    """A real number: by factors on a log scale, slid where hundredths are fine enough, else typed, or left empty."""
    low, high = option.low, option.high
    if option.is_optional:
        session.begin(shared["key"], value)
        return st.number_input(**shared, min_value=low, max_value=high, value=None, step=0.01, placeholder="empty")
    if option.scale == "log":
        steps = sorted({*option.steps, value})
        return st.select_slider(**shared, options=steps, value=value, format_func=lambda step: f"{step:g}")
    digits = max(_decimals(number) for number in (low, high, option.default, value) if number is not None)
    if low is not None and high is not None and digits <= (2 if high - low <= 1 else 1):
        step, told = (0.01, "%.2f") if high - low <= 1 else (0.1, "%.1f")
        ends = {"min_value": float(low), "max_value": float(high)}
        return st.slider(**shared, **ends, value=float(value), step=step, format=told)
    low, high = (None if bound is None else float(bound) for bound in (low, high))
    step = min(0.01, 10.0 ** -_decimals(option.default))
    return st.number_input(
        **shared, min_value=low, max_value=high, value=float(value), step=step, format=f"%.{min(digits, 8)}f"
    )


def _decimals(number: float) -> int:
    """Digits after the point: 0.999 -> 3."""
    return max(0, -Decimal(repr(float(number))).normalize().as_tuple().exponent)
