"""The plot that the labs share: its numbers are round, whole, and inside its picture."""

import pytest

from pages.components.browser.component import scripts as scripts_of
from pages.components.browser.component import styles

FILES = ("browser/signed", "labs/arithmetic", "labs/tools", "labs/cells", "labs/sheet", "labs/lab", "browser/plot")
AXES = [
    ({"low": 0, "high": 300}, {"low": 0.01, "high": 1, "log": True}),
    ({"low": 0, "high": 100_000}, {"low": 0, "high": 14_368_912}),
    ({"low": -0.02, "high": 0.09}, {"low": -0.07, "high": 0.05}),
    ({"low": 1e-12, "high": 1e9, "log": True}, {"low": -2000, "high": -1000}),
]

DRAW = """axes => axes.map(([x, y]) => {
  const plot = new Plot({ label: "a plot", x: { ...x, label: "epoch" }, y: { ...y, label: "loss" }, width: 240 });
  document.body.append(plot.node);
  plot.frame();
  const [title] = [...plot.node.querySelectorAll("text")].filter(node => node.textContent === "loss");
  const named = title.getBBox(), boxes = [...plot.node.querySelectorAll("text")].map(node => ({
    text: node.textContent, left: node.getBBox().x, right: node.getBBox().x + node.getBBox().width,
    meets: node !== title && node.getBBox().y < named.y + named.height && node.getBBox().x < named.x + named.width,
  }));
  return { boxes, ticks: plot.ticks(plot.y, 6) };
})"""


@pytest.mark.browser
def test_numbers_beside_the_axes_are_round_and_never_cut_off(browser):
    scripts = scripts_of(*FILES)
    page = browser.new_page()
    style = styles("browser/plot")
    page.set_content(f"<style>{style}</style>")
    found = page.evaluate(f"axes => {{ {scripts}; return ({DRAW})(axes); }}", AXES)
    page.close()

    for one in found:
        assert all(box["left"] >= 0 and box["right"] <= 240 for box in one["boxes"]), one["boxes"]
        assert not any(box["meets"] for box in one["boxes"])
    assert found[2]["ticks"] == [-0.06, -0.04, -0.02, 0, 0.02, 0.04]
