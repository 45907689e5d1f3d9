"""Files on their way in take no more memory than is theirs, whatever their sender says; through the real server."""

import asyncio
import time
import urllib.request

import pytest
from browser import Server

from core import settings
from core.serving.upload_memory import UploadMemory
from tests.visitor import Visitor

MB = 100_000
"""A tenth of a megabyte: the server of these tests takes files of 20 MiB instead of 600."""
IN_ALL = 30


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """Waits a second for a closed tab to come back, which is two minutes otherwise."""
    place = tmp_path_factory.mktemp("uploads") / "workspace"
    options = ("--server.disconnectedSessionTTL", "1", "--server.maxUploadSize", "20")
    server = Server(place, False, options=options, KERNELSCOPE_UPLOAD_MB=str(IN_ALL))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def tab(server):
    visitors = []

    def come():
        visitors.append(Visitor(server.port))
        return visitors[-1]

    yield come
    for visitor in visitors:
        visitor.leave()


def held(server):
    """Bytes of uploads that Streamlit says it holds."""
    with urllib.request.urlopen(f"{server.url}/_stcore/metrics?families=cache_memory_bytes") as answer:
        lines = answer.read().decode().splitlines()
    return sum(int(line.split()[-1]) for line in lines if "UploadedFileManager" in line)


def wait_for(holds, seconds=60):
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.1)


@pytest.mark.parametrize("silent", [False, True])
def test_files_under_invented_ids_fill_a_tabs_share_and_no_more(server, tab, silent):
    """The attack: 950 MB more in the server (here a tenth), from one tab, in files that no page has asked for."""
    visitor = tab()
    answers = [visitor.send(f"invented-{number}", 60 * MB, silent=silent) for number in range(16)]
    statuses = [status for status, _ in answers]

    assert statuses == [204] * 3 + [413] * 13
    assert "MB of uploads" in answers[-1][1]
    assert "Traceback" not in answers[-1][1]
    wait_for(lambda: held(server) == 180 * MB)
    assert visitor.remove("invented-0") == 204
    assert visitor.send("after", 60 * MB, silent=silent)[0] == 204


def test_a_file_that_replaces_another_takes_its_place(server, tab):
    visitor = tab()

    assert [visitor.send("same", 90 * MB)[0] for _ in range(6)] == [204] * 6
    assert visitor.send("other", 90 * MB)[0] == 204
    assert visitor.send("third", 90 * MB)[0] == 413


def test_a_size_that_is_announced_is_enough_to_be_refused_and_too_little_to_be_believed(server, tab):
    visitor = tab()

    assert visitor.send("large", 205 * MB)[0] == 204
    assert visitor.send("small", 30 * MB)[0] == 413
    assert visitor.send("small", 30 * MB, silent=True)[0] == 413
    assert visitor.send("small", 1 * MB)[0] == 204


def test_all_tabs_share_one_budget_and_a_closed_tab_gives_its_part_back(server, tab):
    first, second, third = tab(), tab(), tab()
    assert first.send("a", 190 * MB)[0] == 204
    assert second.send("b", 90 * MB)[0] == 204
    status, sentence = third.send("c", 90 * MB)
    assert status == 413
    assert settings.UPLOADS.variable in sentence
    assert third.send("c", 10 * MB)[0] == 204
    first.leave()

    assert third.send("d", 90 * MB)[0] == 204


def test_a_tab_that_was_closed_is_forgotten_though_nobody_needs_the_room(server, tab):
    visitor = tab()
    assert visitor.send("a", 190 * MB)[0] == 204
    wait_for(lambda: held(server) >= 190 * MB)
    visitor.leave()

    wait_for(lambda: held(server) == 0)


def test_many_small_files_are_let_in_as_a_folder_sends_them(server, tab):
    visitor = tab()

    assert {visitor.send(f"picture-{number}", 2000)[0] for number in range(400)} == {204}
    wait_for(lambda: held(server) == 400 * 2000)


class Nothing:
    """Holds no files."""

    def sizes(self):
        return {}

    def closed(self):
        return set()

    def release(self, sessions):
        assert sessions == set()


def ask(app, path, bodies, told=b""):
    """The messages that come back for one PUT."""
    heard, left = [], list(bodies)

    async def receive():
        return {"type": "http.request", "body": left.pop(0), "more_body": bool(left)}

    async def send(message):
        heard.append(message)

    scope = {"type": "http", "method": "PUT", "path": path, "headers": [(b"content-length", told)] if told else []}
    asyncio.run(app(scope, receive, send))
    return heard, left


@pytest.mark.parametrize("told", [b"", b"5", b"nonsense", b"-1", b"9" * 400])
def test_bytes_are_counted_as_they_come(told):
    read = []

    async def app(scope, receive, send):
        while (await receive())["more_body"]:
            read.append(1)
        await send({"type": "http.response.start", "status": 204, "headers": []})

    guard = UploadMemory(app, Nothing(), of_session=100, in_all=1000, setting="X")
    heard, left = ask(guard, "/below/_stcore/upload_file/s/f", [bytes(30)] * 20, told)

    assert heard[0]["status"] == 413
    assert len(read) == 3
    assert left == []  # heard out, so that the sender hears us
    assert ask(guard, "/_stcore/upload_file/s/f", [bytes(30)] * 3)[0][0]["status"] == 204
