"""The slider over the saved epochs in a browser: keys, film, the newest epoch of a run that trains, one place kept."""

import re

import numpy as np
import pytest
from browser import PATIENCE, Server, go, no_accident, settled
from playwright.sync_api import expect

from core.layers.convolution import Conv2D
from core.layers.reshaping import Flatten
from core.runs import states
from core.runs.recorder import CheckpointData, Recorder
from tests.saved import here

pytestmark = pytest.mark.browser
expect.set_options(timeout=PATIENCE)
SCORES = dict.fromkeys(("loss", "accuracy", "val_loss"), 0.5)


def save(record, run, epoch):
    """An epoch whose kernels are all a tenth of its number."""
    head = run.experiment.trace(run.experiment.dataset.facts()).rows[-1].name
    shapes = {"conv2d_1/kernel": (3, 3, 1, 2), "conv2d_1/bias": (2,), f"{head}/kernel": (72, 10), f"{head}/bias": (10,)}
    weights = ((name, np.full(shape, epoch / 10, np.float32)) for name, shape in shapes.items())
    record.append("epoch", epoch=epoch, step=epoch, val_accuracy=epoch / 10, answers=[], confidence=[], **SCORES)
    record.append("saved", epoch=epoch)
    record.checkpoint(CheckpointData(epoch, 0, epoch, weights, [], {}))
    record.status(state=states.RUNNING, epoch=epoch, epochs=9, best_epoch=epoch)


def test_one_slider_follows_a_run_that_trains_keeps_its_place_and_plays(browser, tmp_path, monkeypatch, small):
    server = Server(tmp_path / "workspace")
    server.start()
    monkeypatch.setenv("KERNELSCOPE_HOME", str(server.home))
    run = here().create(small.edited(layers=(Conv2D(filters=2), Flatten())))
    page = browser.new_page(viewport={"width": 1300, "height": 900})
    page.set_default_timeout(PATIENCE)
    try:
        with Recorder(run) as record:
            for epoch in range(1, 5):
                save(record, run, epoch)
            page.goto(f"{server.url}/look-inside?run={run.id}")
            slider, newest = page.get_by_role("slider", name="After epoch"), page.get_by_role("button", name="Newest")
            kernels = page.locator(".kernels .heading").first
            expect(slider).to_have_attribute("aria-valuenow", "4")
            expect(newest).to_have_attribute("aria-pressed", "true")
            expect(kernels).to_contain_text(re.compile(r"0\.4"))
            save(record, run, 5)
            expect(slider).to_have_attribute("aria-valuenow", "5")
            expect(kernels).to_contain_text(re.compile(r"0\.5"))

            slider.focus()
            for key in ("Home", "ArrowRight", "ArrowRight", "End", "ArrowLeft", "ArrowLeft", "ArrowLeft", "ArrowRight"):
                page.keyboard.press(key)
            expect(slider).to_have_attribute("aria-valuenow", "3")
            expect(slider).to_have_attribute("aria-valuetext", re.compile("epoch 3, validation accuracy 30"))
            expect(kernels).to_contain_text(re.compile(r"0\.3"))
            expect(newest).to_have_attribute("aria-pressed", "false")
            save(record, run, 6)
            expect(slider).to_have_attribute("aria-valuemax", "6")
            expect(slider).to_have_attribute("aria-valuenow", "3")
            record.status(state=states.FINISHED, epoch=6, epochs=6, best_epoch=6)
        expect(newest).to_be_hidden()
        settled(page)
        go(page, "Mistakes")
        expect(slider).to_have_attribute("aria-valuenow", "3")
        go(page, "Look inside")
        expect(kernels).to_contain_text(re.compile(r"0\.3"))
        page.get_by_role("button", name="Play").click()
        expect(page.get_by_role("button", name="Pause")).to_be_visible()
        expect(slider).to_have_attribute("aria-valuenow", "6")
        expect(page.get_by_role("button", name="Play")).to_be_visible()
        expect(kernels).to_contain_text(re.compile(r"0\.6"))
        box = slider.bounding_box()
        page.mouse.move(box["x"] + box["width"] - 14, box["y"] + box["height"] / 2)
        page.mouse.down()
        page.mouse.move(box["x"] + 14, box["y"] + box["height"] / 2, steps=12)
        page.mouse.up()
        expect(slider).to_have_attribute("aria-valuenow", "1")
        expect(kernels).to_contain_text(re.compile(r"0\.1"))
        slider.press("End")
        expect(page.locator("div.here")).to_contain_text("6 (best and last)")
        page.set_viewport_size({"width": 390, "height": 844})
        speed = page.get_by_role("group", name="Saved epochs").get_by_label("Epochs per second")
        expect(slider).to_be_visible()
        right = speed.bounding_box()["x"] + speed.bounding_box()["width"]
        assert page.locator("div.here").bounding_box()["x"] > right
        explorer = page.locator(".inside").first
        explorer.locator(".stage").evaluate("stage => stage.scrollIntoView()")
        assert explorer.locator(".stage").bounding_box()["y"] < 10
        head = page.get_by_test_id("stHeader").bounding_box()["height"]
        assert explorer.locator(".said").bounding_box()["y"] == pytest.approx(head, abs=1)  # stays in sight
        no_accident(page)
    finally:
        page.close()
        server.stop()
