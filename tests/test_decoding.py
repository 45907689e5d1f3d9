"""Pictures are decoded apart: one that overruns costs its own answer only, and nobody else waits for it."""

import io
import threading
import zipfile
from pathlib import Path
from unittest import mock

import numpy as np
import pytest
from odd_images import encoded, jpeg_of_scans, photo_of_a_phone, png, scene, scene_jpeg
from PIL import Image
from saved import save_weights

from core import child
from core.build.model import build_model
from core.errors import UserError
from core.intake import decoder, decoding, images
from core.intake.decoding import Decoder, Decoders, decode_apart
from core.intake.images import MAX_PIXELS_WEBP, read_image
from core.intake.own_images import ingest_archive
from core.intake.pixels import LONGEST, network_input
from core.lens import asked_images, process
from core.lens.client import LensClient
from core.runs import states
from core.runs.recorder import Recorder
from core.workspace import current
from tests.pets import PETS, refusal
from tests.saved import here

# ---------------------------------------------------------------------------------------------- phones


@pytest.mark.parametrize(
    ("size", "options"),
    [((8000, 6000), {}), ((6144, 8160), {}), ((8000, 6000), {"progressive": True}), ((16_320, 12_240), {})],
)
def test_photos_of_phones_are_shrunk_while_they_are_decoded_and_stay_within_the_memory(size, options):
    data = photo_of_a_phone(*size, **options)
    limited = Decoder(seconds=60)
    try:
        image = limited.decode(data, LONGEST)
        peak = _peak_bytes(limited.warm().pid)
    finally:
        limited.close()
    assert (image.width, image.height, max(image.pixels.shape)) == (*size, LONGEST)
    assert peak is None or peak < decoder.MEMORY
    assert network_input(data, 8, 8, 1).shape == (8, 8, 1)


def _peak_bytes(pid):
    """The most that a process has ever had in memory; None where the system does not say."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return None
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))


@pytest.mark.parametrize("format", ["PNG", "WEBP"])
def test_the_largest_picture_of_each_kind_fits_the_memory(format):
    side = {"PNG": 5000, "WEBP": int(MAX_PIXELS_WEBP**0.5)}[format]
    image = Image.new("RGBA" if format == "PNG" else "RGB", (side, side), (9, 9, 9))
    data = encoded(image, format, **({"compress_level": 1} if format == "PNG" else {"method": 0}))
    limited = Decoder(seconds=60)
    try:
        assert limited.decode(data, LONGEST).width == side
        peak = _peak_bytes(limited.warm().pid)
    finally:
        limited.close()
    assert peak is None or peak < decoder.MEMORY


def test_what_needs_more_memory_than_there_is_is_refused_with_a_sentence(monkeypatch):
    def full(*given):
        raise MemoryError

    monkeypatch.setattr(images, "upright_rgb", full)
    error = refusal(lambda: read_image(scene_jpeg(), "x.jpg", LONGEST))
    assert (error.code, error.what) == ("IMG_NEEDS_MEMORY", "x.jpg needs too much memory to be decoded.")


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="this system can't bound the memory of a process")
def test_the_memory_of_the_decoder_is_bounded():
    data = encoded(Image.new("RGBA", (4000, 4000), (9, 9, 9, 200)), "WEBP", method=0)
    limited = Decoder(seconds=60)
    try:
        assert refusal(lambda: limited.decode(data, LONGEST)).code == "IMG_NEEDS_MEMORY"
        assert _peak_bytes(limited.warm().pid) < decoder.MEMORY
        assert limited.decode(scene_jpeg(), LONGEST).width == 40
    finally:
        limited.close()


# ---------------------------------------------------------------------------------------------- a process of its own


@pytest.fixture
def pool():
    found = Decoders()
    yield found
    found.close()


def test_a_picture_decoded_apart_is_the_one_decoded_here(pool):
    data = encoded(scene(900, 700), "JPEG")
    apart, ours = pool.decode(data, "a.jpg"), read_image(data, "a.jpg", LONGEST)
    np.testing.assert_array_equal(apart.pixels, ours.pixels)
    assert (apart.width, apart.height, apart.format, apart.is_animated) == (900, 700, "JPEG", False)


def test_a_refusal_names_the_file_as_it_is_called_now(pool):
    for name in ("cat.png", "dog.png"):
        error = refusal(lambda name=name: pool.decode(b"words", name))
        assert (error.code, error.what) == ("IMG_NOT_AN_IMAGE", f"{name} is not a picture we can read.")
    assert refusal(lambda: pool.decode(b"", "none.png")).code == "IMG_EMPTY"


def test_a_picture_that_overruns_is_ended_and_the_next_one_is_decoded():
    slow = Decoder(seconds=0.0)
    try:
        slow.warm()
        error = refusal(lambda: slow.decode(scene_jpeg(), LONGEST))
        assert (error.code, error.what) == ("IMG_TOO_SLOW", " took longer than 0 s to decode and was stopped.")
        assert not slow.is_warm()
        slow._seconds = 60.0
        assert slow.decode(scene_jpeg(), LONGEST).width == 40
    finally:
        slow.close()


def test_a_picture_that_ends_its_process_costs_one_answer(monkeypatch):
    mortal = Decoder(seconds=60)
    mortal.warm()
    try:
        with monkeypatch.context() as patch:
            patch.setattr(child, "send", lambda *given: mortal._process.kill())
            assert refusal(lambda: mortal.decode(scene_jpeg(), LONGEST)).code == "IMG_CRASHED"
        assert mortal.decode(scene_jpeg(), LONGEST).width == 40
    finally:
        mortal.close()


def test_a_process_that_has_answered_is_not_ended_by_a_late_timer(monkeypatch):
    timers, kills = [], []
    monkeypatch.setattr(child.threading, "Timer", lambda seconds, ring: timers.append(ring) or mock.Mock())
    process = mock.Mock(stdout=io.BytesIO(b'{"answer": 1, "bytes": 0}\n'), kill=lambda: kills.append(1))
    assert child.exchange(process, 60.0)[0]["answer"] == 1
    timers[0]()
    assert kills == []


def test_a_decoder_that_does_not_start_is_said():
    broken = Decoder(module="core.no_such_module")
    assert refusal(lambda: broken.decode(scene_jpeg(), LONGEST)).code == "IMG_NO_DECODER"
    assert not broken.is_warm()


def test_a_fault_of_ours_is_a_sentence_and_no_traceback(monkeypatch, capsys):
    monkeypatch.setattr(decoder, "read_image", lambda *given: 1 / 0)
    answer, data = decoder._reply({"longest": 8}, scene_jpeg())
    assert (answer["error"]["code"], data) == ("IMG_FAILED", b"")
    assert "ZeroDivisionError" in capsys.readouterr().err


class Counting:
    """Stands for a decoder: counts what it is asked, and refuses or answers."""

    def __init__(self, error=None):
        self.asked, self.error = 0, error

    def decode(self, data, longest):
        self.asked += 1
        if self.error:
            raise self.error
        return read_image(data, "", longest)

    def is_warm(self):
        return True

    def close(self):
        pass


@pytest.fixture
def counted(monkeypatch):
    """Decoders of which each is a `Counting`."""

    def make(error=None):
        counting = Counting(error)
        monkeypatch.setattr(decoding, "Decoder", lambda seconds: counting)
        return Decoders(count=1), counting

    return make


def test_refusals_are_remembered_by_content_for_a_while(counted, monkeypatch):
    pool, counting = counted(UserError(" took too long.", "Shrink it.", "IMG_TOO_SLOW"))
    for name in ("a", "a", "b"):
        assert refusal(lambda name=name: pool.decode(b"slow", name)).what == f"{name} took too long."
    assert counting.asked == 1
    refusal(lambda: pool.decode(b"another", "a"))
    assert counting.asked == 2
    monkeypatch.setattr(decoding, "FORGET_SECONDS", 0.0)
    refusal(lambda: pool.decode(b"slow", "a"))
    assert counting.asked == 3


def test_what_is_remembered_is_bounded(counted, monkeypatch):
    monkeypatch.setattr(decoding, "REFUSALS", 3)
    pool, counting = counted(UserError(" took too long.", "Shrink it.", "IMG_TOO_SLOW"))
    for n in range(5):
        refusal(lambda n=n: pool.decode(b"%d" % n, "a"))
    refusal(lambda: pool.decode(b"4", "a"))
    assert (counting.asked, len(pool._refusals)) == (5, 3)
    pool, counting = counted()
    for n in range(30):
        pool.decode(encoded(Image.new("L", (n + 1, 1))), "a")
    pool.decode(encoded(Image.new("L", (30, 1))), "a")
    assert (counting.asked, len(pool._pictures)) == (30, decoding.PICTURES)


@pytest.mark.parametrize("code", [decoding.NO_DECODER, "IMG_CRASHED"])
def test_a_refusal_that_may_not_be_the_pictures_fault_is_not_remembered(counted, code):
    pool, counting = counted(UserError(" can't be decoded.", "Try again.", code))
    for _ in range(2):
        refusal(lambda: pool.decode(b"x", "a"))
    assert counting.asked == 2


# ---------------------------------------------------------------------------------------------- nobody waits


@pytest.fixture
def asked_run(small):
    run = here().create(small)
    with Recorder(run) as record:
        save_weights(record, 1, build_model(small, small.dataset.facts()))
        record.status(state=states.FINISHED, epoch=1, epochs=1)
    return run


def test_a_question_about_the_network_is_answered_while_a_slow_picture_is_decoded(asked_run, monkeypatch):
    begun, released, answers = threading.Event(), threading.Event(), []

    def held(data, name):
        begun.set()
        assert released.wait(120)
        return decode_apart(data, name)

    monkeypatch.setattr(asked_images, "decode_apart", held)
    client = LensClient(current())
    upload = [("slow.jpg", scene_jpeg())]
    slow = threading.Thread(target=lambda: answers.append(client.ask("predict", upload, run=asked_run.id)))
    try:
        slow.start()
        assert begun.wait(60)
        assert client.ask("kernels", run=asked_run.id)["result"].layers
        assert not answers
        released.set()
        slow.join(120)
        assert answers[0]["pictures"][0]["words"] == "40×30 px"
    finally:
        released.set()
        client.close()


def test_slow_pictures_hold_no_quick_one_however_many_they_are(monkeypatch):
    begun, released = threading.Semaphore(0), threading.Event()

    class Held(Counting):
        def decode(self, data, longest):
            if data.startswith(b"slow"):
                begun.release()
                assert released.wait(60)
            return read_image(scene_jpeg(), "", longest)

    monkeypatch.setattr(decoding, "Decoder", lambda seconds: Held())
    monkeypatch.setattr(decoding, "is_quick", lambda data: data == b"quick")
    pool, answers = Decoders(count=2), []
    slow = [threading.Thread(target=lambda n=n: answers.append(pool.decode(b"slow %d" % n, "slow"))) for n in range(5)]
    quick = threading.Thread(target=lambda: answers.append(pool.decode(b"quick", "quick")))
    try:
        for thread in slow:
            thread.start()
        assert begun.acquire(timeout=60) and begun.acquire(timeout=60)
        quick.start()
        quick.join(60)
        assert len(answers) == 1
    finally:
        released.set()
        for thread in slow:
            thread.join(60)
    assert [one.width for one in answers] == [40] * 6


def test_quick_pictures_of_two_tabs_are_decoded_side_by_side(monkeypatch):
    meeting = threading.Barrier(2, timeout=60)

    class Met(Counting):
        def decode(self, data, longest):
            meeting.wait()
            return read_image(scene_jpeg(), "", longest)

    monkeypatch.setattr(decoding, "Decoder", lambda seconds: Met())
    pool, answers = Decoders(count=2), []
    tabs = [threading.Thread(target=lambda n=n: answers.append(pool.decode(b"%d" % n, "a"))) for n in range(2)]
    for tab in tabs:
        tab.start()
    for tab in tabs:
        tab.join(60)
    assert len(answers) == 2


def test_the_lens_process_opens_no_file_of_pictures(asked_run, monkeypatch):
    told, pixels = asked_images.decoded([("a.jpg", scene_jpeg()), ("b.txt", b"words")])
    monkeypatch.setattr(Image, "open", lambda *given, **options: pytest.fail("it opened a file"))
    answer = process.ask({"question": "predict", "run": asked_run.id, "uploads": told}, pixels)
    assert [one["row"] for one in answer["pictures"]] == [0, None]
    assert answer["pictures"][1]["error"] == "b.txt is not a picture we can read. Use PNG, JPEG, WebP, BMP or GIF."


def test_pictures_for_which_no_time_is_left_are_named(monkeypatch):
    monkeypatch.setattr(asked_images, "SECONDS", -1.0)
    told, pixels = asked_images.decoded([("late.png", scene_jpeg())])
    assert told == [
        {
            "name": "late.png",
            "error": {
                "what": "late.png was left out, as its turn did not come within -1 s.",
                "remedy": "Bring fewer at once.",
                "code": "IMG_NO_TIME_LEFT",
            },
        }
    ]
    assert pixels == b""


def test_a_slow_picture_in_a_zip_costs_that_picture(tmp_path, monkeypatch):
    large = photo_of_a_phone(8000, 6000)
    entries = PETS | {"cat/slow.jpg": large, "dog/scans.jpg": jpeg_of_scans(500), "dog/high.png": png(1, 24_900_000)}
    with zipfile.ZipFile(tmp_path / "pets.zip", "w") as file:
        for name, data in entries.items():
            file.writestr(name, data)
    impatient = Decoders(count=1, seconds=0.0)

    def slow(data, name, longest):
        return (impatient.decode if name == "slow.jpg" else decode_apart)(data, name, longest)

    monkeypatch.setattr(decoding, "decode_apart", slow)
    try:
        result = ingest_archive(tmp_path / "pets.zip", tmp_path / "home", "Pets")
    finally:
        impatient.close()
    assert sum(result.counts["train"].values()) == len(PETS)
    assert {one.name: one.reason for one in result.skipped} == {
        "cat/slow.jpg": "slow.jpg took longer than 0 s to decode and was stopped.",
        "dog/scans.jpg": "scans.jpg is a JPEG of more than 100 scans.",
        "dog/high.png": "high.png has a side of 24,900,000 pixels; the limit is 30,000.",
    }


def test_a_large_photo_in_a_zip_is_stored_shrunk(tmp_path):
    with zipfile.ZipFile(tmp_path / "pets.zip", "w") as file:
        for name, data in (PETS | {"cat/phone.jpg": photo_of_a_phone(8000, 6000)}).items():
            file.writestr(name, data)
    result = ingest_archive(tmp_path / "pets.zip", tmp_path / "home", "Pets")
    assert (result.skipped, result.counts["train"]["cat"]) == ((), 4)


def test_bytes_of_an_upload_never_reach_the_lens(monkeypatch):
    secret = scene_jpeg()
    told, pixels = asked_images.decoded([("a.jpg", secret), ("b.txt", b"words")])
    assert secret not in pixels
    assert [set(one) for one in told] == [{"name", "shape", "width", "height", "is_animated"}, {"name", "error"}]
    assert io.BytesIO(pixels).read(3) == read_image(secret, "", LONGEST).pixels.tobytes()[:3]
