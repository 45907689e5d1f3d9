"""Parts of the command line; `core/__main__.py` joins them."""
