"""A change in the list of layers of a large network, beside the same in a small one, until it is painted."""

import shutil
import statistics
import time

from benchmarks import Row, Setting, in_turns
from benchmarks.watching import server
from core.advice import advice_on
from core.experiment import Experiment, branches, memory, stack
from core.experiment.node import Node
from core.experiment.reading import read_experiment
from core.figures.rails import rails
from core.layers.activation import Activation
from core.layers.convolution import Conv2D
from core.layers.joining import Add
from core.layers.pooling import GlobalAveragePooling2D
from core.layers.regularization import BatchNormalization

LARGE, SMALL = 150, 10
"""Nodes."""
ASKED_MS = 150
EDITS = 10
EDIT = """row => new Promise(painted => {
    const list = row.parentElement, begun = performance.now();
    const look = new MutationObserver(() => {
        if (list.classList.contains("pending")) return;
        look.disconnect();
        requestAnimationFrame(() => setTimeout(() => painted(performance.now() - begun)));
    });
    look.observe(list, { attributes: true, childList: true });
    row.focus();
    row.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowDown", altKey: true, bubbles: true }));
})"""
"""Moves a row down by its key and waits until the server's answer is painted; ms."""


def measure(setting: Setting) -> list[Row]:
    """An edit of 150 nodes over one of 10: what it takes the processor to answer, and milliseconds on a page."""
    sizes = {"large": LARGE, "small": SMALL}
    answers = {name: lambda size=size: _answer(residual_network(size)) for name, size in sizes.items()}
    rows = [_row("what is answered to", in_turns(setting.size(20, 2), **answers), "of the processor's time")]
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if not chromium:
        return [*rows, Row("an edit on a page", note="needs Chromium")]
    from playwright.sync_api import sync_playwright

    with server() as address, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        pages = {name: _opened(browser, address, size) for name, size in sizes.items()}
        edits = {name: lambda page=page: _edit(page, setting.size(EDITS, 2)) for name, page in pages.items()}
        costs = in_turns(setting.repeats, **edits)
        browser.close()
    return [*rows, _row("from key to paint:", costs, "from key to paint")]


def _row(what: str, costs: dict[str, list[float]], unit: str) -> Row:
    """A line of the table from milliseconds in both networks."""
    ratios = tuple(large / small for large, small in zip(costs["large"], costs["small"], strict=True))
    large, small = (statistics.median(costs[name]) for name in ("large", "small"))
    note = f"{large:.0f} ms {unit} (asked: {ASKED_MS} in all), {small:.0f} ms with {SMALL} nodes"
    return Row(f"{what} an edit of {LARGE} nodes over {SMALL}", ratios, None, None, note)


def _answer(experiment: Experiment) -> float:
    """Milliseconds of the processor for all that the server works out once a layer has moved; nothing is drawn."""
    facts = experiment.dataset.facts()
    first = experiment.nodes[0].edited(comment=str(time.perf_counter_ns()))  # else the answer would be remembered
    begun = time.process_time()
    changed = experiment.edited(nodes=stack.moved((first, *experiment.nodes[1:]), experiment.nodes[2].id, 3))
    changed = read_experiment(changed.to_json())
    changed.to_link()
    traced = changed.trace(facts)
    folded = traced.folded()
    memory.obstacles(changed)
    advice_on(changed, facts, traced)
    rails([row.id for row in folded.rows], {row.id: row.inputs for row in folded.rows})
    branches.partners(folded, changed.nodes[3].id)
    return 1000.0 * (time.process_time() - begun)


def residual_network(size: int) -> Experiment:
    """A network of residual blocks: convolution, batch normalization, activation, convolution and a join each.

    Args:
        size: nodes, 7 at least.
    """

    def conv(id: str) -> Node:
        return Node(id=id, layer=Conv2D(padding="same", activation="linear"))

    nodes = [conv("stem")]
    while len(nodes) < size - 1:
        block, entry = len(nodes), nodes[-1].id
        nodes += [
            conv(f"first_{block}"),
            Node(id=f"norm_{block}", layer=BatchNormalization()),
            Node(id=f"relu_{block}", layer=Activation()),
            conv(f"second_{block}"),
            Node(id=f"sum_{block}", layer=Add(), inputs=(entry, f"second_{block}")),
        ]
    return Experiment(nodes=[*nodes[: size - 1], Node(id="mean", layer=GlobalAveragePooling2D())])


def _opened(browser: object, address: str, size: int) -> object:
    """The Network page with a network in it."""
    page = browser.new_page(viewport={"width": 1440, "height": 1100})
    page.goto(f"{address}/network?e={residual_network(size).to_link()}")
    page.locator(".layer").nth(size - 1).wait_for()
    page.wait_for_timeout(1000)
    return page


def _edit(page: object, count: int) -> float:
    """The median of some edits: the second layer is moved down, which brings the third one to its place."""
    return statistics.median(page.locator(".layer").nth(2).evaluate(EDIT) for _ in range(count))
