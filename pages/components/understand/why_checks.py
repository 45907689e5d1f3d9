"""Whether the maps of an answer can be trusted: curves of deletion and insertion, and the maps under random weights."""

from typing import Any

import streamlit as st

from core.lens.attribution import Method
from core.lens.faithfulness import area
from core.lens.why import Explained
from core.lens.why_checks import Checked, WhyChecks
from core.spec import kinds
from pages.components.browser.component import component
from pages.components.browser.packet import Packet
from pages.components.frame import session
from pages.components.understand import patience
from pages.components.understand.looking import Looking

CLEAR = 0.02
"""By so much an area has to differ from that of an order by chance to be called better."""
SAME, OTHER = 0.5, 0.2
"""Correlation of ranks from which a map is called hardly changed, and up to which it is called another one."""
ASKED = "why-checks-asked"
"""What the tab remembers: what the reader wants to be checked."""

_checks = component(
    "why_checks",
    "browser/signed",
    "browser/plot",
    "understand/why/maps",
    "understand/why_checks/checks",
    html="<div class='checks'></div>",
)


def offer(result: Explained, looking: Looking) -> None:
    """A button that checks the maps of an answer, or what the checks found.

    Args:
        result: the maps.
        looking: at which network and which image.
    """
    lens = WhyChecks(about=result.about, layer=result.layer).fitted(looking.outline)
    chosen, name = looking.chosen, looking.key(ASKED)
    asked = (looking.run.id, looking.epoch, chosen.positions, chosen.names, chosen.sign, lens)
    st.subheader("Can you trust these maps?")
    st.write(
        "A map always looks like an explanation. Two checks: does the answer change when the pixels that it marks are "
        "taken away, and does the map change when the network has random weights?"
    )
    if session.remember(name) != asked:
        st.button(
            "Check these maps",
            key=f"{name}-button",
            icon=":material/fact_check:",
            on_click=session.whole(session.keep),
            args=(name, asked),
        )
        return
    found = patience.of(lens, looking)
    if isinstance(found, Checked):
        draw(found, looking)


def draw(found: Checked, looking: Looking) -> None:
    """Draws what the checks found.

    Args:
        found: as the lens gave it.
        looking: at which network and which image.
    """
    packet = Packet()
    name = looking.outline.facts.class_names[found.index]
    header = {
        "name": name,
        "chance": _curves(found.deletion, found.insertion, packet),
        "methods": [_method(told, found, packet) for told in found.methods],
        "cuts": list(found.cuts),
    }
    _checks(key=looking.key("why-checks"), data=packet.seal(header))


def _method(told: dict[str, Any], found: Checked, packet: Packet) -> dict[str, Any]:
    kind = kinds(Method)[told["kind"]]
    return {
        "kind": told["kind"],
        "name": kind.called,
        "signed": kind.is_signed,
        **_curves(told["deletion"], told["insertion"], packet),
        "maps": [{"values": packet.put(one), "shape": list(one.shape)} for one in told["maps"]],
        "spearman": list(told["spearman"]),
        "ssim": list(told["ssim"]),
        "words": " ".join([hangs(told, found), depends(told)]),
    }


def _curves(deletion: Any, insertion: Any, packet: Packet) -> dict[str, Any]:
    """Both curves with their areas."""
    told = {"deletion": deletion, "insertion": insertion}
    return {
        name: {"values": packet.put(one), "count": len(one), "area": area(one)} for name, one in told.items()
    }  # fmt: skip


def hangs(told: dict[str, Any], found: Checked) -> str:
    """Whether the answer hangs on what a map marks, in one sentence with its numbers.

    Args:
        told: of a method, as `Checked` has it.
        found: the checks.
    """
    if not told["maps"][0].any():
        return "This map is zero everywhere: it names no pixel, and its curves are those of an order by chance."
    gone, chance_gone = area(told["deletion"]), area(found.deletion)
    back, chance_back = area(told["insertion"]), area(found.insertion)
    sooner_gone, sooner_back = gone < chance_gone - CLEAR, back > chance_back + CLEAR
    if sooner_gone and sooner_back:
        return "The answer hangs on what this map marks: it goes sooner, and comes back sooner, than by chance."
    if sooner_gone:
        return "Deleting what this map marks takes the answer sooner than chance; alone it brings it back no sooner."
    if sooner_back:
        return "What this map marks brings the answer back sooner than chance does; deleting it takes it no sooner."
    return "The answer hangs on what this map marks no more than on pixels taken by chance."


def depends(told: dict[str, Any]) -> str:
    """Whether a map depends on what the network learnt, in one sentence with its numbers.

    Args:
        told: of a method, as `Checked` has it.
    """
    if not told["maps"][0].any() or not told["spearman"]:
        return ""
    last, places = told["spearman"][-1], told["places"][-1]
    if last is None:
        return "With random weights nothing is left of it: it depends on what the network learnt."
    kept = f"rank correlation {_two(last)}"
    if last < SAME <= (places or 0.0):
        return (
            f"With random weights it marks much the same places (rank correlation {_two(places)}), with other signs "
            f"({_two(last)}): where it marks shows the image, only for and against what was learnt."
        )
    if last <= OTHER:
        return f"With random weights it is another map ({kept}): it depends on what the network learnt."
    if last < SAME:
        return f"With random weights a part of it stays ({kept}): that part shows the image, not what was learnt."
    follows = told["edges"] or 0.0
    edges = f", and it follows the edges of the image ({_two(follows)})" if follows >= SAME else ""
    return f"It hardly changes when the weights are random ({kept}){edges}: it shows the image, not what was learnt."


def _two(correlation: float) -> str:
    """A correlation with two digits and a minus as it is printed."""
    return f"{correlation:.2f}".replace("-", "\N{MINUS SIGN}")
