"""Decodes pictures, one after another, in a process of its own: `python -m core.intake.decoder`.

It holds Pillow and NumPy and nothing else, so that it starts quickly and may be ended at any time.
"""

import contextlib
import os
import sys
import traceback
from pathlib import Path
from typing import Any

import numpy as np

from core.child import Frame, receive, send
from core.errors import UserError
from core.intake.images import read_image

MEMORY = 300 << 20
"""Bytes that this process may have in memory, the libraries included."""


def main() -> None:
    """Answers until nobody asks any more."""
    out = os.fdopen(os.dup(1), "wb")
    sys.stdout = sys.stderr  # what a library prints must not mix with our frames
    limit_memory()
    send(out, {"ready": True})
    while frame := receive(sys.stdin.buffer):
        send(out, *_reply(*frame))


def limit_memory() -> None:
    """Caps what this process may have in memory where the system can (Windows cannot, macOS often will not)."""
    with contextlib.suppress(ImportError, OSError, ValueError, LookupError):
        import resource  # Unix only

        pages, page = Path("/proc/self/statm").read_text().split(), os.sysconf("SC_PAGE_SIZE")
        # The system counts addresses; libraries reserve many that they never use, and those are not held against it.
        unused = (int(pages[0]) - int(pages[1])) * page
        resource.setrlimit(resource.RLIMIT_AS, (unused + MEMORY, resource.getrlimit(resource.RLIMIT_AS)[1]))


def _reply(request: dict[str, Any], data: bytes) -> Frame:
    """The picture, or why there is none; asked without a name, so that the answer holds for every name."""
    try:
        image = read_image(data, "", request["longest"])
    except UserError as error:
        return {"error": {"what": error.what, "remedy": error.remedy, "code": error.code}}, b""
    # The border of the process: a decoder may fail in ways of its own, and its insides are for the log.
    except Exception:
        traceback.print_exc()
        return {"error": FAULT}, b""
    facts = {name: value for name, value in vars(image).items() if name != "pixels"}
    return {"image": facts, "shape": image.pixels.shape}, np.ascontiguousarray(image.pixels).tobytes()


FAULT = {
    "what": " could not be decoded because of a fault of ours.",
    "remedy": "Save it again in a picture viewer, or choose another one.",
    "code": "IMG_FAILED",
}

if __name__ == "__main__":
    main()
