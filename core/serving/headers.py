"""What the server says beside each answer, so that a browser loads and runs nothing but the app's own.

Names and values after the OWASP Secure Headers Project and the W3C's Content Security Policy Level 3.
"""

import base64
import hashlib
import re
from collections.abc import Iterable

from core.serving.asgi import App, Message, Receive, Scope, Send, header
from core.serving.hosts import origin

_INLINE = re.compile(r"<script>(.*?)</script>", re.DOTALL)
_PLAIN = re.compile(r"[0-9a-z.-]+(:[0-9]{1,5})?", re.IGNORECASE | re.ASCII)
POWERS = {"camera": "(self)"} | dict.fromkeys(
    ["accelerometer", "display-capture", "geolocation", "gyroscope", "hid", "magnetometer", "microphone",
     "midi", "payment", "serial", "usb"],
    "()",
)  # fmt: skip
"""What a page may ask of the device: photographs are taken, and nothing else."""
YEAR = 31_536_000


class Headers:
    """Adds headers to every answer of an app.

    Args:
        app: which.
        page: the HTML that the app sends; its own inline scripts run, no others do.
        frames: addresses of pages that may show the app inside of them; none means nobody.
            What is no site is passed over.
    """

    def __init__(self, app: App, page: str = "", frames: Iterable[str] = ()) -> None:
        self._app = app
        self._scripts = " ".join(_sum(script) for script in _INLINE.findall(page))
        self._frames = " ".join(filter(None, map(origin, frames)))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            _be_nameless(send)
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        ours = self.of(scope)

        async def say(message: Message) -> None:
            if message["type"] == "http.response.start":
                theirs = [pair for pair in message.get("headers", []) if pair[0].lower() not in ours]
                message = {**message, "headers": [*theirs, *ours.items()]}
            await send(message)

        await self._app(scope, receive, say)

    def of(self, scope: Scope) -> dict[bytes, bytes]:
        """The headers for the answer to one request, by their lower-case names."""
        found = {
            "content-security-policy": self._policy(next(iter(header(scope, b"host")), "")),
            "cross-origin-opener-policy": "same-origin",
            "cross-origin-resource-policy": "same-origin",
            "permissions-policy": ", ".join(f"{name}={who}" for name, who in POWERS.items()),
            "referrer-policy": "same-origin",
            "x-content-type-options": "nosniff",
        }
        if not self._frames:
            found["x-frame-options"] = "DENY"
        if scope.get("scheme") == "https":
            found["strict-transport-security"] = f"max-age={YEAR}"
        return {name.encode(): value.encode("latin-1") for name, value in found.items()}

    def _policy(self, host: str) -> str:
        """The Content Security Policy; `host` because older Safaris don't count a WebSocket among 'self'."""
        sockets = f" ws://{host} wss://{host}" if _PLAIN.fullmatch(host) else ""
        rules = {
            "default-src": "'self'",
            # Streamlit hands each component its script as a blob.
            "script-src": f"'self' blob: {self._scripts}".strip(),
            # Streamlit, Plotly and the components write their styles as they go.
            "style-src": "'self' 'unsafe-inline'",
            "img-src": "'self' data: blob:",
            "media-src": "'self' data: blob:",
            "font-src": "'self' data:",
            "worker-src": "'self' blob:",
            # A photograph is fetched out of the data: address that the camera's canvas gives.
            "connect-src": f"'self' data: blob:{sockets}",
            "frame-src": "'self'",
            "object-src": "'none'",
            "base-uri": "'self'",
            "form-action": "'self'",
            "frame-ancestors": self._frames or "'none'",
        }
        return "; ".join(f"{name} {value}" for name, value in rules.items())


def _sum(script: str) -> str:
    """How a policy names an inline script: by the sum of its text."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


def _be_nameless(send: Send) -> None:
    """Lets Uvicorn not name itself in each answer: `streamlit run` keeps its setting for that to itself."""
    settings = getattr(getattr(send, "__self__", None), "config", None)
    if hasattr(settings, "encoded_headers"):
        settings.encoded_headers = [pair for pair in settings.encoded_headers if pair[0] != b"server"]
