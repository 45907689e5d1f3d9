"""The Explorer on 12 layers of 64 maps: what opening it sends, and the frames a second in which it follows the pointer.

Beside it the plain ways: every number in four bytes, and everything drawn anew at each move.
"""

import shutil
import statistics
from typing import Any

from benchmarks import Row, Setting
from benchmarks.watching import server
from core.build.model import build_model
from core.build.weights import changing, named
from core.datasets.shapes import Shapes
from core.experiment import Experiment
from core.layers.convolution import Conv2D
from core.layers.pooling import GlobalAveragePooling2D
from core.runs import states
from core.runs.collection import Runs
from core.runs.recorder import CheckpointData, Recorder
from core.runs.run import Run
from core.workspace import current

LAYERS, MAPS, SIDE = 12, 64, 64
MOST_BYTES, FRAMES = 8_000_000, 30.0
SECONDS = 4.0
"""For which the pointer moves."""
PATIENCE = 120_000
"""ms"""

COUNT = """said => {
  window.counted = { frames: 0, told: 0, begun: performance.now() };
  let last = said.textContent;
  const mine = window.counted;
  const look = () => {
    if (mine !== window.counted) return;
    mine.frames++;
    if (said.textContent !== last) mine.told++;
    last = said.textContent;
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}"""
"""Counts frames, and those in which another value is told."""
COUNTED = """() => {
  const took = (performance.now() - window.counted.begun) / 1000;
  return [window.counted.frames / took, window.counted.told / took];
}"""
REDRAWN = """async (host, seconds) => {
  const scales = [...host.querySelectorAll(".scales input")].slice(0, 2), begun = performance.now();
  let frames = 0;
  while (performance.now() - begun < 1000 * seconds) {
    scales[++frames % 2].click();
    await new Promise(painted => requestAnimationFrame(() => setTimeout(painted)));
  }
  return 1000 * frames / (performance.now() - begun);
}"""
"""Frames a second when everything is drawn anew for each, as another scale of colours does."""


def measure(setting: Setting) -> list[Row]:
    """Bytes over those allowed, frames a second over those asked, and both against the plain ways."""
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if not chromium:
        return [Row("the Explorer in a page", note="needs Chromium")]
    from playwright.sync_api import sync_playwright

    layers = setting.size(LAYERS, 2)
    run = _run(layers)
    with server() as address, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1440, "height": 1000})
        page.set_default_timeout(PATIENCE)
        sent = _open(page, f"{address}/look-inside?run={run.id}")
        seconds = setting.size(SECONDS, 1)
        followed = [_followed(page, layers, seconds) for _ in range(setting.repeats)]
        redrawn = [page.locator(".inside").evaluate(REDRAWN, seconds) for _ in range(setting.repeats)]
        browser.close()
    return [*_bytes(sent, layers), *_frames(followed, redrawn)]


def _run(layers: int) -> Run:
    """A finished run with fresh weights: they send and draw alike."""
    experiment = Experiment(
        dataset=Shapes(count=40, image_size=SIDE, classes=3),
        layers=(*(Conv2D(filters=MAPS, padding="same") for _ in range(layers)), GlobalAveragePooling2D()),
    )
    run = Runs(current()).create(experiment)
    weights = named(changing(build_model(experiment, experiment.dataset.facts())))
    with Recorder(run) as record:
        record.append("saved", epoch=1)
        record.checkpoint(CheckpointData(1, 0, 1, weights, [], {}, None))
        record.status(state=states.FINISHED, epoch=1, epochs=1)
    return run


def _open(page: Any, address: str) -> list[int]:
    """Opens the page; the bytes of every message that came until all maps stood there."""
    sent: list[int] = []
    page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: sent.append(len(frame))))
    page.goto(address)
    page.locator(".tile[role=button]").first.wait_for()
    page.wait_for_timeout(3000)
    return sent


def _followed(page: Any, layers: int, seconds: float) -> list[float]:
    """Frames a second, and those that told another value, while the pointer goes over maps of the last layers."""
    page.locator(f".tile[data-layer='{layers}']").first.scroll_into_view_if_needed()
    boxes = [box for one in page.locator(f".tile[data-layer='{layers}']").all()[:8] if (box := one.bounding_box())]
    page.locator(".inside .said").evaluate(COUNT)
    for box in boxes * 50:
        for step in range(8):
            page.mouse.move(box["x"] + (0.1 + 0.1 * step) * box["width"], box["y"] + 0.1 * (step + 1) * box["height"])
        if page.evaluate("() => performance.now() - window.counted.begun") > 1000 * seconds:
            break
    return page.evaluate(COUNTED)


def _bytes(sent: list[int], layers: int) -> list[Row]:
    packet = max(sent)
    plain = 4 * (layers * MAPS * SIDE * SIDE + (layers - 1) * MAPS * MAPS * 9)
    note = f"{packet / 1e6:.2f} MB for the Explorer, {sum(sent) / 1e6:.2f} MB for the page; {plain / 1e6:.1f} MB plain"
    return [
        Row(f"opening {layers} layers of {MAPS} maps: bytes over {MOST_BYTES / 1e6:g} MB", (packet / MOST_BYTES,),
            at_most=1.0, note=note),
        Row("all numbers in four bytes over what is sent", (plain / packet,), note=note),
    ]  # fmt: skip


def _frames(followed: list[list[float]], redrawn: list[float]) -> list[Row]:
    frames, told = (statistics.median(side) for side in zip(*followed, strict=True))
    note = f"{frames:.0f} frames/s, {told:.0f} told another value; {statistics.median(redrawn):.1f} drawing all anew"
    return [
        Row("following the pointer: frames/s over the asked 30", tuple(one[0] / FRAMES for one in followed), 1.0,
            note=note),
        Row("following the pointer over drawing all anew: frames/s",
            tuple(one[0] / other for one, other in zip(followed, redrawn, strict=True)), note=note),
    ]  # fmt: skip
