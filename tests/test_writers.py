"""Whatever changes the disk is written in `core/workspace.py`, where the fault tests put a crash at each operation."""

import ast

import pytest
from test_architecture import CORE, PAGES, ROOT, named

ALLOWED = {
    "core/claims.py": "opens folders to hold them; nothing in them changes",
    "core/deep.py": "removes folders for the one writer, which has announced it",
    "core/workspace.py": "the one writer",
    "core/export/networks.py": "Keras, TensorFlow and ONNX write their files by themselves, into a staged folder",
    "core/command/console.py": "what is exported or opened goes where the user asks; and the null device is opened",
    "core/training/worker.py": "tells the system whom to end first when memory runs out; nothing lies on a disk",
}
METHODS = {"write_bytes", "write_text", "mkdir", "rename", "rmdir", "unlink", "touch", "symlink_to", "hardlink_to",
           "chmod", "tofile", "extract", "extractall"}  # fmt: skip
MODULES = {
    "os": {"remove", "unlink", "rename", "renames", "replace", "makedirs", "mkdir", "rmdir", "removedirs", "link",
           "symlink", "truncate", "utime", "chmod", "mkfifo", "open"},
    "shutil": {"rmtree", "move", "copy", "copy2", "copyfile", "copytree", "make_archive", "unpack_archive"},
    "lib": {"open_memmap"}, "format": {"open_memmap"},
    "np": {"save", "savez", "savez_compressed", "savetxt", "memmap"}, "zipfile": {"ZipFile"},
}  # fmt: skip
"""What is called on a module: np.lib.format.open_memmap by the last name before it."""
OPENED = ("io.BytesIO", "workspace.new_file", "workspace.hashed_file")
"""What makes a file that a library may write into."""


def writes(tree):
    """Each call that changes a disk: (line, source)."""
    files = set(_names_of(tree))
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _changes(node, files):
            yield node.lineno, ast.unparse(node)


def _names_of(tree):
    """Names of what is in memory, or was opened by the workspace."""
    for node in ast.walk(tree):
        if isinstance(node, ast.withitem) and node.optional_vars is not None:
            source, names = node.context_expr, [node.optional_vars]
        elif isinstance(node, ast.Assign):
            source, names = node.value, [one for target in node.targets for one in ast.walk(target)]
        else:
            continue
        if any(f"{call}(" in ast.unparse(source) for call in OPENED):
            yield from (name.id for name in names if isinstance(name, ast.Name))


def _changes(call, files):
    """Whether a call changes a disk."""
    if isinstance(call.func, ast.Name):
        return call.func.id == "open" and _mode(call, 1)
    if not isinstance(call.func, ast.Attribute):
        return False
    owner, name = ast.unparse(call.func.value), call.func.attr
    first = call.args[0] if call.args else None
    if isinstance(first, ast.Name) and first.id in files or first is not None and ast.unparse(first) == "io.BytesIO()":
        return False
    if owner.startswith("workspace"):
        return False
    if name == "open":
        return _mode(call, 1 if owner in ("gzip", "io", "zipfile") else 0) or owner == "os"
    if owner == "zipfile":
        return name == "ZipFile" and _mode(call, 1)
    if name in MODULES.get(owner.rpartition(".")[2], ()):
        return True
    if name == "replace":  # of a path; that of a text takes two
        return len(call.args) == 1 and not call.keywords
    if name == "save":  # of an image; our own `save`s take no path
        is_image = owner.startswith("Image.") or owner == "picture"
        return is_image or any(word.arg == "format" for word in call.keywords)
    return name in METHODS or owner == "tempfile"


def _mode(call, place):
    """Whether it opens for writing."""
    told = [word.value for word in call.keywords if word.arg == "mode"] + call.args[place : place + 1]
    texts = [part.value for mode in told for part in ast.walk(mode) if isinstance(part, ast.Constant)]
    unknown = place and any(isinstance(mode, ast.Name) for mode in told)
    return unknown or any(isinstance(text, str) and len(text) < 4 and set(text) & set("wax+") for text in texts)


@pytest.mark.parametrize("path", [path for path in CORE + PAGES if named(path) not in ALLOWED], ids=named)
def test_nothing_changes_the_disk_but_the_workspace(path):
    assert list(writes(ast.parse(path.read_text(encoding="utf-8")))) == []


@pytest.mark.parametrize("name", ALLOWED)
def test_who_is_allowed_to_write_does(name):
    assert list(writes(ast.parse((ROOT / name).read_text(encoding="utf-8"))))


@pytest.mark.parametrize(
    "source",
    [
        "open('a', 'w')", "path.open('ab')",
        "path.open(mode='r+')", "path.open('wb' if too_long else 'ab')", "open('a', mode)", "Path('a').write_text('x')",
        "path.mkdir()", "a.rename(b)", "a.replace(b)", "shutil.rmtree(a)", "os.replace(a, b)", "np.save(path, array)",
        "np.lib.format.open_memmap(path, 'w+')", "zipfile.ZipFile(path, 'w')", "Image.fromarray(a).save(path)",
        "tempfile.mkdtemp()", "path.touch()", "os.utime(path)",
    ],
)  # fmt: skip
def test_every_way_of_writing_is_seen(source):
    assert list(writes(ast.parse(source)))


@pytest.mark.parametrize(
    "source",
    [
        "path.open('rb')", "open('a')", "'a'.replace('b', 'c')", "zipfile.ZipFile(path)", "gzip.open(path)",
        "buffer = io.BytesIO()\nnp.savez(buffer, *arrays)",
        "with workspace.new_file(path) as file:\n    Image.fromarray(a).save(file, format='PNG')",
    ],
)  # fmt: skip
def test_reading_and_writing_to_memory_are_not_taken_for_it(source):
    assert not list(writes(ast.parse(source)))
