"""Words from outside in a text that Streamlit reads as Markdown."""


def plain(text: str) -> str:
    """A name from outside without Markdown's meaning."""
    return "".join(f"\\{mark}" if mark in "\\`*_{}[]()<>#+-.!|$:~" else mark for mark in text)
