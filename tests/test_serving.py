"""D01 to D06: headers, names, inner doors and crooked addresses, through the server that `streamlit run` starts."""

import asyncio
import http.client
import re
import socket
import subprocess
import sys
import tomllib

import pytest
from browser import Server

from core import child, settings
from core.serving import hosts
from core.serving.doors import Doors
from core.serving.headers import Headers
from core.serving.hosts import Hosts

NEVER = "evil.example"
KEY = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
       "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}  # fmt: skip


@pytest.fixture(scope="module")
def way_out():
    """All that the server asks of other hosts comes here; it had better be nothing."""
    with socket.create_server(("127.0.0.1", 0)) as line:
        line.setblocking(False)
        yield line
        with pytest.raises(BlockingIOError):
            line.accept()


@pytest.fixture(scope="module")
def server(tmp_path_factory, way_out):
    """Open to the whole network, as for a class."""
    proxy = f"http://127.0.0.1:{way_out.getsockname()[1]}"
    server = Server(
        tmp_path_factory.mktemp("serving") / "workspace",
        False,
        http_proxy=proxy,
        https_proxy=proxy,
        KERNELSCOPE_DISK_GB="0,5",
        options=("--server.address", "0.0.0.0"),
        KERNELSCOPE_HOSTS="lab.school.example, *.proxy.example",
    )
    server.start()
    yield server
    server.stop()


def asked(server, path, method="GET", place="127.0.0.1", body=None, **headers):
    """The answer to one request, and its text."""
    line = http.client.HTTPConnection(place, server.port, timeout=20)
    line.putrequest(method, path, skip_host="Host" in headers, skip_accept_encoding=True)
    for name, value in headers.items():
        line.putheader(name.replace("_", "-"), value)
    if body is not None:
        line.putheader("Content-Length", str(len(body)))
    line.endheaders(body)
    answer = line.getresponse()
    text = b"" if answer.status == 101 else answer.read()
    line.close()
    return answer, text.decode(errors="replace")


def neighbour():
    """An address of this machine by which others reach it."""
    found = [one for one in hosts.addresses() if ":" not in one and not hosts.is_loopback(one)]
    if not found:
        pytest.skip("this machine has no address but its own loopback")
    return found[0]


def script(server):
    """The address of a file that the page loads."""
    return re.search(r'src="\.(/static/js/[^"]+)"', asked(server, "/")[1]).group(1)


# ---- D01: what stands beside every answer

EVERYWHERE = ["/", "/runs", "/_stcore/health", "/_stcore/host-config", "/_stcore/metrics", "/media/none.png",
              "/component/none/x.js", "/_stcore/bidi-components/none/x.js", "/static/js/none.js", "/../x",
              "/favicon.png", "/_stcore/upload_file/a/b", "/auth/login"]  # fmt: skip


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "POST", "PUT", "DELETE"])
def test_every_answer_says_what_a_browser_may_load_and_who_may_show_it(server, method):
    for path in [*EVERYWHERE, script(server)]:
        answer, _ = asked(server, path, method)
        policy = answer.getheader("Content-Security-Policy") or ""
        rules = dict(rule.split(" ", 1) for rule in policy.split("; "))

        assert rules["default-src"] == "'self'", path
        assert rules["object-src"] == rules["frame-ancestors"] == "'none'"
        assert rules["img-src"] == "'self' data: blob:"
        assert "'unsafe" not in rules["script-src"]
        assert not re.search(r"\*|https?:", policy)
        assert answer.getheader("X-Content-Type-Options") == "nosniff"
        assert answer.getheader("Referrer-Policy") == "same-origin"
        assert answer.getheader("X-Frame-Options") == "DENY"
        assert answer.getheader("Cross-Origin-Opener-Policy") == "same-origin"
        assert "camera=(self)" in answer.getheader("Permissions-Policy")
        assert answer.getheader("Server") is None
        assert len(answer.headers.get_all("X-Content-Type-Options")) == 1


def test_a_school_may_show_it_in_a_frame_and_a_secure_line_stays_one():
    framed, alone = Headers(None, "", ["https://moodle.school.example"]), Headers(None)
    policy = framed.of({"headers": [], "scheme": "https"})

    assert b"frame-ancestors https://moodle.school.example" in policy[b"content-security-policy"]
    assert b"x-frame-options" not in policy
    assert b"max-age=" in policy[b"strict-transport-security"]
    assert b"strict-transport-security" not in alone.of({"headers": [], "scheme": "http"})


@pytest.mark.parametrize(
    ("written", "said"),
    [("https://한국.kr", "https://xn--3e0b707e.kr"), ("https://Moodle.School.example:8443/course", "https://moodle.school.example:8443"),
     ("*.school.example", "*.school.example"), ("*", "*")],
)  # fmt: skip
def test_a_site_of_any_script_may_show_it(written, said):
    policy = Headers(None, "", [written]).of({"headers": []})[b"content-security-policy"]

    assert policy.endswith(f"frame-ancestors {said}".encode())


@pytest.mark.parametrize("written", ["https://a;script-src", "https://\udcff", "http://[::1]", "https://", "a..학"])
def test_what_is_no_site_is_left_out_and_said(monkeypatch, written):
    monkeypatch.setattr(settings.Setting, "text", lambda one: written if one is settings.FRAMES else "")

    assert Headers(None, "", [written]).of({"headers": []}) == Headers(None).of({"headers": []})
    assert hosts.misread() == [f"KERNELSCOPE_FRAMES: {ascii(written)} is no site and was left out."]


def test_a_name_can_not_write_into_the_policy():
    policy = Headers(None).of({"headers": [(b"host", b"x; script-src *")]})[b"content-security-policy"]

    assert b"script-src *" not in policy


# ---- D02: no address leads out of the app's folders

STEPS = ["../", "..%2f", "%2e%2e/", "%2e%2e%2f", "%252e%252e/", "..%252f", "..%5c", "..\\", "....//", "..%c0%af",
         "%00../", ".%00./", "//evil.example/", "%5c%5c?%5c", "\\\\?\\C:\\", "..;/"]  # fmt: skip
BELOW = ["/", "/media/", "/component/x/", "/static/", "/_stcore/bidi-components/x/", "/static/js/"]


@pytest.mark.parametrize("below", BELOW)
def test_no_address_leads_to_a_file_of_the_machine(server, below):
    _, front = asked(server, "/")
    for step in STEPS:
        for target in ("etc/passwd", "streamlit_app.py", ".streamlit/config.toml", "Windows/win.ini"):
            raw = f"{below}{step * 8}{target}"
            with socket.create_connection(("127.0.0.1", server.port), 20) as line:
                line.sendall(f"GET {raw} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
                answer = line.makefile("rb").read().decode(errors="replace")
            status, text = int(answer.split()[1]), answer.partition("\r\n\r\n")[2]

            assert status != 200 or text == front, raw
            assert "root:" not in text
            assert "set_page_config" not in text


# ---- D03: who may ask

OURS = ["localhost", "127.0.0.1", "127.0.0.1:8501", "[::1]:80", "LOCALHOST.", "lab.school.example", "a.proxy.example",
        "a.b.proxy.example:443"]  # fmt: skip
FOREIGN = [NEVER, "localhost.evil.example", "evil.example:8501", "127.0.0.1.evil.example", "proxy.example",
           "notproxy.example", "127.0.0.1@evil.example", "lab.school.example.evil", "203.0.113.9", "[2001:db8::1]",
           "", "a b", "localhost:", "localhost, evil.example"]  # fmt: skip


@pytest.mark.parametrize("host", OURS)
def test_our_names_are_answered(server, host):
    assert asked(server, "/", Host=host)[0].status == 200
    assert asked(server, "/_stcore/stream", **KEY, Host=host, Origin=f"http://{host}")[0].status == 101


@pytest.mark.parametrize("host", FOREIGN)
def test_foreign_names_are_refused_everywhere(server, host):
    for path in ("/", "/_stcore/health", "/media/x", script(server)):
        answer, text = asked(server, path, Host=host)

        assert answer.status in (400, 403), path
        assert answer.status == 400 or "KERNELSCOPE_HOSTS" in text
    assert asked(server, "/_stcore/stream", **KEY, Host=host)[0].status in (400, 403)
    assert asked(server, "/_stcore/upload_file/a/b", "PUT", body=b"x", Host=host)[0].status in (400, 403)


def test_a_foreign_page_can_not_talk_to_the_app(server):
    for origin in (f"http://{NEVER}", "http://203.0.113.9:8501", "null", "file://", "http://["):
        assert asked(server, "/_stcore/stream", **KEY, Origin=origin)[0].status == 403
    assert asked(server, "/_stcore/stream", **KEY)[0].status == 101  # no browser


def test_a_proxy_that_asks_by_another_name_may_be_ours(server):
    behind = {**KEY, "Host": f"127.0.0.1:{server.port}", "Origin": "https://lab.school.example"}

    assert asked(server, "/_stcore/stream", **behind)[0].status == 101


def test_the_server_asks_no_other_host_for_anything_not_even_when_a_foreign_page_asks(server, way_out):
    """Streamlit looks for its own address on the internet to judge an origin, and everybody waits for that."""
    for path in ("/_stcore/health", "/_stcore/host-config", "/media/none.png"):
        for method in ("GET", "OPTIONS"):
            answer, _ = asked(server, path, method, Origin=f"http://{NEVER}")
            assert answer.getheader("Access-Control-Allow-Origin") in (None, f"http://localhost:{server.port}")
    asked(server, "/_stcore/stream", **KEY, Origin=f"http://{NEVER}")

    with pytest.raises(BlockingIOError):
        way_out.accept()


def test_a_setting_that_is_no_number_is_said_when_the_server_starts(server):
    log = (server.home.parent / "server.log").read_text()

    assert "KERNELSCOPE_DISK_GB=0,5 is no amount (a number with a point is: 0.5); 10 is used." in log


def test_an_upload_without_its_token_is_refused(server):
    assert asked(server, "/_stcore/upload_file/a/b", "PUT", body=b"x")[0].status == 403


def test_a_class_reaches_its_teachers_machine_by_its_address_without_any_setting(server):
    place = neighbour()
    name = socket.gethostname()

    assert asked(server, "/", place=place)[0].status == 200
    assert asked(server, "/_stcore/stream", place=place, **KEY, Origin=f"http://{place}:{server.port}")[0].status == 101
    for called in (name, f"{name}.local", f"{name.upper()}:{server.port}"):
        assert asked(server, "/", place=place, Host=called)[0].status == 200
    assert f"http://{place}:{server.port}" in (server.home.parent / "server.log").read_text()


def test_a_laptop_that_changed_its_network_is_found_by_its_new_address():
    now = {"192.168.0.7"}
    known = Hosts(machine=lambda: set(now))
    assert known.allow("192.168.0.7:8501")
    now.clear()
    now.add("10.0.0.4")

    assert known.allow("10.0.0.4")
    assert not known.allow("192.168.0.7.evil.example")


@pytest.mark.parametrize(
    ("written", "host"),
    [("https://lab.example/app", "lab.example"), ("Lab.Example:8443", "lab.example:80"),
     ("schüle.example", "xn--schle-mva.example"), ("fe80::1", "[fe80::1]:8501"), ("*", NEVER)],
)  # fmt: skip
def test_a_name_in_the_setting_may_be_written_in_many_ways(written, host):
    assert Hosts([written], machine=set).allow(host)
    assert not Hosts([], machine=set).allow(host)


# ---- D05: the configuration

COMMITTED = {
    "client": {"showErrorDetails": "none", "showErrorLinks": False, "toolbarMode": "viewer"},
    "browser": {"gatherUsageStats": False},
    "server": {"address": "127.0.0.1", "enableXsrfProtection": True, "enableCORS": True, "maxUploadSize": 600,
               "maxMessageSize": 50, "enableAgentApi": False, "enableStaticServing": False,
               "fileWatcherType": "none", "headless": True},
}  # fmt: skip


def test_the_configuration_that_streamlit_reads_is_the_one_we_mean():
    done = subprocess.run(
        [sys.executable, "-m", "streamlit", "config", "show"],
        cwd=child.ROOT, env=child.environment(), capture_output=True, text=True, timeout=200, check=True,
    )  # fmt: skip
    shown, section = {}, ""
    for line in re.sub(r"\x1b\[[0-9;]*m", "", done.stdout).splitlines():
        if begun := re.fullmatch(r"\[(.+)\]", line):
            section = begun[1]
        elif told := re.fullmatch(r"(?:# )?(\w+ = [^\[]+)", line):
            shown.setdefault(section, {}).update(tomllib.loads(told[1]))

    for section, values in COMMITTED.items():
        assert {name: shown[section].get(name) for name in values} == values


# ---- D06: inner doors

INNER = ["/_stcore/metrics", "/_stcore/metrics?families=x", "/_stcore/script-health-check",
         "/_stcore/agent/openapi.json", "/_stcore/agent/mcp", "/_stcore/whatever/comes", "/_stcore"]  # fmt: skip


@pytest.mark.parametrize("path", INNER)
def test_inner_doors_are_shut_to_others(server, path):
    place = neighbour()

    assert asked(server, path, place=place)[0].status == 403
    assert asked(server, path, place=place, Host="localhost")[0].status == 403  # whoever lies about the name
    assert asked(server, path, Host="lab.school.example")[0].status == 403  # through a proxy on this machine
    assert asked(server, path, Host="localhost", X_Forwarded_For="203.0.113.9")[0].status == 403
    assert asked(server, path)[0].status != 403


@pytest.mark.parametrize("path", ["/_stcore/health", "/_stcore/host-config"])
def test_what_a_browser_needs_is_open_to_others(server, path):
    assert asked(server, path, place=neighbour())[0].status == 200


def test_doors_are_found_below_a_path_of_the_school_too():
    answered = []

    async def app(scope, receive, send):
        answered.append(scope["path"])

    async def heard(message):
        answered.append(message.get("status"))

    doors = Doors(app, Hosts(["school.example"]), settings.HOSTS.variable)
    for path in ("/ks/_stcore/metrics", "/ks/_stcore/health"):
        scope = {"type": "http", "path": path, "headers": [(b"host", b"school.example")], "client": ("127.0.0.1", 1)}
        asyncio.run(doors(scope, None, heard))

    assert answered == [403, None, "/ks/_stcore/health"]


# ---- the settings of the environment


def test_readme_has_a_line_for_every_setting():
    assert settings.table() in (child.ROOT / "README.md").read_text(encoding="utf-8")


def test_every_setting_that_the_code_reads_is_declared():
    declared = {one.variable for one in settings.ALL}
    for path in [*(child.ROOT / "core").rglob("*.py"), *(child.ROOT / "pages").rglob("*.py")]:
        read = set(re.findall(r"KERNELSCOPE_[A-Z_]+", path.read_text(encoding="utf-8")))

        assert read <= declared | {"KERNELSCOPE_TOY_SECONDS"}, path


@pytest.mark.parametrize("text", ["", "much", "nan", "inf", "-1", "1,5", "1e400", "f" * 80])
def test_an_amount_that_is_none_counts_as_not_set(monkeypatch, text):
    monkeypatch.setenv(settings.DISK.variable, text)

    assert settings.DISK.value() == 10_000_000_000
    assert not settings.DISK.is_understood()


@pytest.mark.parametrize("text", ["0.5", "-0.5", "1.5", "-1"])
def test_days_are_whole_and_what_is_cut_is_said(monkeypatch, text):
    monkeypatch.setenv(settings.TRASH_DAYS.variable, text)

    assert settings.TRASH_DAYS.value() == 60
    assert settings.misread() == [f"{settings.TRASH_DAYS.variable}={text} is no whole number; 60 is used."]


@pytest.mark.parametrize("text", ["1e-9", "-0.0000001"])
def test_an_amount_of_less_than_a_byte_counts_as_not_set(monkeypatch, text):
    monkeypatch.setenv(settings.UPLOADS.variable, text)

    assert settings.UPLOADS.value() == 1_000_000_000
    assert len(settings.misread()) == 1


def test_an_amount_may_be_a_part_of_its_unit_and_nothing(monkeypatch):
    monkeypatch.setenv(settings.DISK.variable, "0.5")
    assert settings.DISK.value() == 500_000_000
    monkeypatch.setenv(settings.DISK.variable, "0")
    assert settings.DISK.value() == 0
