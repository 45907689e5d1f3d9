"""The server around the pages: what `streamlit run` serves, behind our doors and with our headers."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import streamlit as st
from streamlit import config, file_util
from streamlit.runtime import Runtime
from streamlit.runtime.uploaded_file_manager import UploadedFileRec
from streamlit.web.server import server_util

from core import settings
from core.serving.asgi import App
from core.serving.doors import Doors
from core.serving.headers import Headers
from core.serving.hosts import Hosts, addresses, is_loopback, misread
from core.serving.upload_memory import UploadMemory

MEBI = 1024 * 1024
FRAMING = 1.1
"""What a tab may hold for each byte that an uploader takes: a form has borders, and a second, smaller file has room."""
EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104


def guarded(app: st.App) -> App:
    """The app behind its doors: no foreign names, no inner doors, no more uploads than there is memory for them."""
    page = (Path(file_util.get_static_dir()) / "index.html").read_text(encoding="utf-8")
    uploads = UploadMemory(
        app,
        StreamlitsFiles(),
        int(config.get_option("server.maxUploadSize") * MEBI * FRAMING),
        settings.UPLOADS.value(),
        settings.UPLOADS.variable,
        config.get_option("server.disconnectedSessionTTL"),
    )
    return Headers(Doors(uploads, Hosts(named()), settings.HOSTS.variable), page, settings.FRAMES.words())


def named() -> list[str]:
    """Names that were given to this server, beside those that the machine has by itself."""
    chosen = [config.get_option(name) for name in ("server.address", "browser.serverAddress")]
    return [*settings.HOSTS.words(), *config.get_option("server.allowedHosts"), *filter(None, chosen)]


class StreamlitsFiles:
    """The uploaded files that Streamlit holds for its sessions."""

    def sizes(self) -> dict[str, dict[str, int]]:
        """Bytes of each, by its session and its own id."""
        return {session: {file: len(one.data) for file, one in list(files.items())} for session, files in self._kept()}

    def closed(self) -> set[str]:
        """Sessions without a tab."""
        return {session for session, _ in self._kept() if not Runtime.instance().is_active_session(session)}

    def release(self, sessions: set[str]) -> None:
        """Lets go of all files of some sessions."""
        for session in sessions:
            Runtime.instance().uploaded_file_mgr.remove_session_files(session)

    def _kept(self) -> list[tuple[str, dict[str, UploadedFileRec]]]:
        return list(Runtime.instance().uploaded_file_mgr.file_storage.items())


@asynccontextmanager
async def opening(_: st.App) -> AsyncIterator[None]:
    """Says where the server is found; Streamlit's own greeting asks another host for our address."""
    address = config.get_option("server.address")
    shown = ["localhost", *(one for one in addresses() if not is_loopback(one))] if address in EVERYWHERE else [address]
    print("\n  Kernelscope is open at\n")
    for place in shown:
        print(f"    {server_util.get_url(f'[{place}]' if ':' in place else place)}")
    for sentence in [*settings.misread(), *misread()]:
        print(f"\n  {sentence}")
    print("\n  Ctrl-C ends it; trainings go on.\n", flush=True)
    yield
