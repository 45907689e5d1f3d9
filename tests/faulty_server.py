"""Streamlit with pages that fail: `python -m tests.faulty_server run streamlit_app.py`."""

from streamlit.navigation.page import StreamlitPage
from streamlit.web.cli import main

from core.errors import UserError

SECRET = "/home/teacher/marks.csv could not be read"
RUN = StreamlitPage.run
REFUSAL = UserError("The disk is full.", "Free some *space* and try again.", "DISK_FULL")


def fail(page):
    """Stands in for a page's script; the frame is one too, in Streamlit's eyes."""
    if page.title == "streamlit app":
        return RUN(page)
    if page.title == "Runs":
        raise REFUSAL
    raise RuntimeError(SECRET)


if __name__ == "__main__":
    StreamlitPage.run = fail
    main()
