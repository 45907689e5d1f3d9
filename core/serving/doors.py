"""Whom the server answers, and what it answers to others: a name that is not ours is refused, inner doors stay shut."""

import re
from urllib.parse import urlsplit

from core.serving.asgi import App, Receive, Scope, Send, header, refuse
from core.serving.hosts import Hosts, bare, is_loopback

INNER = "_stcore"
"""Below it lie the app's own doors."""
OPEN = frozenset({"health", "host-config", "stream", "upload_file", "bidi-components"})
"""Those that a browser needs; metrics, agents and whatever a later version brings are for this machine alone."""
POLICY_VIOLATION = 1008
_CROOKED = re.compile(r"(^|/)\.\.?(/|$)|//|[\\\x00-\x1f\x7f]|%(25)*(2e|2f|5c|00)", re.IGNORECASE)
"""What leads out of a folder, also when it was written twice in code; no address of ours has it."""


class Doors:
    """Lets an app answer those only who ask for it by a name of ours.

    Args:
        app: which.
        hosts: our names.
        setting: what to set so that a name becomes ours, said to those who are refused.
    """

    def __init__(self, app: App, hosts: Hosts, setting: str) -> None:
        self._app, self._hosts, self._setting = app, hosts, setting

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        refused = self._refusal(scope)
        if not refused:
            await self._app(_without_origin(scope), receive, send)
        elif scope["type"] == "websocket":
            await receive()  # the server's `websocket.connect`
            await send({"type": "websocket.close", "code": POLICY_VIOLATION, "reason": refused[1][:120]})
        else:
            await refuse(send, *refused)

    def _refusal(self, scope: Scope) -> tuple[int, str] | None:
        """Status and sentence for what is not answered."""
        hosts = header(scope, b"host")
        if len(hosts) != 1 or not self._hosts.allow(hosts[0]):
            return 403, self._foreign(", ".join(hosts))
        if _is_crooked(scope):
            return 400, "There is no such address."
        if scope["type"] == "websocket" and not self._is_from_us(scope, hosts[0]):
            return 403, f"Another page asked for this. If it is Kernelscope's own, add its name to {self._setting}."
        if _is_inner(scope["path"]) and not _is_local(scope, hosts[0]):
            return 403, "This is answered on the machine itself only."
        return None

    def _foreign(self, host: str) -> str:
        shown = "".join(sign for sign in host[:100] if sign.isascii() and sign.isprintable())
        return (
            f'This server does not answer to the name "{shown}". If it is meant to, whoever runs it adds that name to '
            f"{self._setting} and starts it again."
        )

    def _is_from_us(self, scope: Scope, host: str) -> bool:
        """Whether a script that wants to talk was loaded from here; what is no browser names no origin."""
        for origin in header(scope, b"origin"):
            place = _place(origin)
            if place != host and not self._hosts.allow(place):
                return False
        return True


def _without_origin(scope: Scope) -> Scope:
    """A request whose origin has been judged: Streamlit would ask a host on the internet for our address to do so.

    A tab that was loaded from the name that it asks keeps its origin, which Streamlit compares and no more.
    """
    hosts = header(scope, b"host")
    if scope["type"] == "websocket" and [_place(origin) for origin in header(scope, b"origin")] == hosts:
        return scope
    return {**scope, "headers": [pair for pair in scope["headers"] if pair[0] != b"origin"]}


def _place(origin: str) -> str:
    """The host and port of an origin; empty where it names none, as "null" and what can't be read."""
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return ""


def _is_crooked(scope: Scope) -> bool:
    """Whether a path, as it was sent or as it was read, tries to lead elsewhere."""
    sent = scope.get("raw_path") or b""
    return bool(_CROOKED.search(scope["path"]) or _CROOKED.search(sent.decode("latin-1")))


def _is_inner(path: str) -> bool:
    """Whether a path names a door that no browser needs."""
    steps = path.strip("/").split("/")
    return INNER in steps and ([*steps, ""][steps.index(INNER) + 1]) not in OPEN


def _is_local(scope: Scope, host: str) -> bool:
    """Whether the question came from this machine, and not through a proxy on it."""
    client = scope.get("client")
    return bool(client) and is_loopback(bare(client[0]) or client[0]) and is_loopback(bare(host))
