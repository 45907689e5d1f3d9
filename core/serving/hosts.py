"""Names under which this machine is asked for: its own, and those that were set.

A foreign page can give its own name our address (DNS rebinding) and then read us as if it were ours; so a name that is
not ours is refused. An address of ours can't be taken by anybody.
"""

import ipaddress
import re
import socket
from collections.abc import Callable, Iterable

import psutil

from core import settings

_SITE = re.compile(r"((?:https?://)?)([^/?#]+?)((?::[0-9]{1,5})?)(/.*)?", re.ASCII)
_HOST = re.compile(r"(?P<name>\[[0-9a-f:.]+\]|[0-9a-z_.-]+)(:[0-9]{1,5})?", re.ASCII)


class Hosts:
    """The names that are ours.

    Args:
        named: further ones: "lab.school.org", "*.school.org" for all below it, or "*" for any.
        machine: tells the machine's own; asked anew when an unknown name comes, as a laptop changes its network.
    """

    def __init__(self, named: Iterable[str] = (), machine: Callable[[], set[str]] | None = None) -> None:
        self._named = {name for name in map(written, named) if name}
        self._machine = machine or own_names
        self._own = self._machine()

    def allow(self, host: str) -> bool:
        """Whether a name, as it stands in the header Host or in an origin, is one of ours."""
        name = bare(host)
        if not name:
            return False
        return self._is_named(name) or self._is_own(name)

    def _is_named(self, name: str) -> bool:
        if name in self._named or "*" in self._named:
            return True
        return any(name.endswith(one[1:]) for one in self._named if one.startswith("*."))

    def _is_own(self, name: str) -> bool:
        if name not in self._own and not is_loopback(name):
            self._own = self._machine()
        return name in self._own or is_loopback(name)


def bare(host: str) -> str:
    """A host without its port, in one spelling ("[::1]:80" is "::1"); empty when it is none."""
    found = _HOST.fullmatch(host.strip().lower())
    return _spelled(found["name"].strip("[]").rstrip(".")) if found else ""


def written(name: str) -> str:
    """A name as somebody may write it into a setting: with or without http:// and a port, in any script."""
    name = name.strip().lower().removeprefix("https://").removeprefix("http://").partition("/")[0]
    if name == "*":
        return name
    star, rest = ("*.", name[2:]) if name.startswith("*.") else ("", name)
    try:
        rest = rest.encode("idna").decode() if not rest.isascii() else rest
    except UnicodeError:
        return ""
    rest = f"[{rest}]" if rest.count(":") > 1 and "[" not in rest else rest  # an IPv6 address without a port
    return star + bare(rest) if bare(rest) else ""


def origin(site: str) -> str:
    """A site as a header may name it, from how somebody wrote it: "https://한국.kr/a" is "https://xn--3e0b707e.kr".

    Empty when it is none.
    """
    if site in ("*", "'self'"):
        return site
    found = _SITE.fullmatch(site.strip().lower())
    name = written(found[2]) if found else ""
    return f"{found[1]}{name}{found[3]}" if name and ":" not in name else ""


def misread() -> list[str]:
    """A sentence for each name and each site that was set and is none."""
    return [
        f"{one.variable}: {ascii(word)} is no {kind} and was left out."
        for one, kind, read in ((settings.HOSTS, "name", written), (settings.FRAMES, "site", origin))
        for word in one.words()
        if not read(word)
    ]


def is_loopback(name: str) -> bool:
    """Whether a bare name leads from a machine to itself."""
    try:
        return name == "localhost" or ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def own_names() -> set[str]:
    """What this machine is called: its name, also as its neighbours say it, and the addresses of its interfaces."""
    name = socket.gethostname().lower().rstrip(".")
    names = {name, f"{name.partition('.')[0]}.local"} if name else set()
    return names | set(addresses())


def addresses() -> list[str]:
    """The addresses of this machine's interfaces, without the zone of the link-local ones."""
    kinds = (socket.AF_INET, socket.AF_INET6)
    found = (one for each in psutil.net_if_addrs().values() for one in each if one.family in kinds)
    return [_spelled(one.address.partition("%")[0]) for one in found]


def _spelled(name: str) -> str:
    """An address in its shortest spelling; a name as it is."""
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return name
    return str(getattr(address, "ipv4_mapped", None) or address)
