"""The words of ASGI, the way in which a Python server talks to an app, as far as we speak it."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
"""What answers: a scope says what is asked, messages come by `receive` and go by `send`."""


def header(scope: Scope, name: bytes) -> list[str]:
    """All values of one header of a request, by its lower-case name."""
    return [value.decode("latin-1") for key, value in scope.get("headers", []) if key == name]


async def refuse(send: Send, status: int, sentence: str) -> None:
    """Answers an HTTP request with a sentence."""
    body = f"{sentence}\n".encode()
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
