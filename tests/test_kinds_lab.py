"""The lab of the kinds of convolution: costs as Keras and plain counting have them, and the browser's beside ours."""

import random
from math import gcd

import numpy as np
import pytest
from browser import PATIENCE, no_accident, settled, silent
from playwright.sync_api import expect
from pydantic import ValidationError

from core.labs.kinds_lab import Kinds, mobilenet, shared_groups, spread, writers
from core.layers import Impossible
from pages.components.browser.component import scripts as scripts_of
from pages.components.labs.lab import parts

KINDS = ("standard", "grouped", "1x1", "depthwise", "separable", "transposed")
TIMES = 200
expect.set_options(timeout=PATIENCE)


def divisors(number):
    return [part for part in range(1, number + 1) if number % part == 0]


def random_sizes(rng, most_channels=48, longest=20):
    """Legal settings of the lab."""
    kernel, padding = rng.randint(1, 7), rng.choice(("valid", "same"))
    channels, filters = rng.randint(1, most_channels), rng.randint(1, most_channels)
    shortest = kernel if padding == "valid" else 1
    return Kinds(
        height=rng.randint(shortest, longest),
        width=rng.randint(shortest, longest),
        channels=channels,
        filters=filters,
        kernel_size=kernel,
        strides=rng.randint(1, 4),
        padding=padding,
        groups=rng.choice(divisors(gcd(channels, filters))),
        use_bias=rng.random() < 0.5,
    )


def keras_layer(layers, kind, sizes):
    """The layer of Keras that the kind names."""
    shared = {"strides": sizes.strides, "padding": sizes.padding, "use_bias": sizes.use_bias}
    side = 1 if kind == "1x1" else sizes.kernel_size
    if kind == "depthwise":
        return layers.DepthwiseConv2D(side, **shared)
    if kind == "grouped":
        return layers.Conv2D(sizes.filters, side, groups=sizes.groups, **shared)
    made = {"separable": layers.SeparableConv2D, "transposed": layers.Conv2DTranspose}.get(kind, layers.Conv2D)
    return made(sizes.filters, side, **shared)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_the_parameters_and_the_output_of_its_keras_layer(kind):
    from keras import layers

    rng = random.Random(KINDS.index(kind))
    for _ in range(TIMES):
        sizes = random_sizes(rng)
        layer, shape = keras_layer(layers, kind, sizes), (None, sizes.height, sizes.width, sizes.channels)
        layer.build(shape)

        cost = sizes.cost(kind)

        assert cost.parameters == layer.count_params(), sizes
        assert cost.output == tuple(layer.compute_output_shape(shape))[1:], sizes


def stops(size, kernel, stride, padding):
    """First cells of all windows on one side, by walking along it."""
    if padding == "same":
        return list(range(0, size, stride))
    return [start for start in range(0, size, stride) if start + kernel <= size]


@pytest.mark.parametrize("kind", KINDS)
def test_multiply_adds_are_what_counting_them_one_output_at_a_time_gives(kind):
    rng = random.Random(7)
    for _ in range(TIMES):
        sizes = random_sizes(rng, most_channels=6, longest=9)
        side = 1 if kind == "1x1" else sizes.kernel_size
        down, across = (stops(size, side, sizes.strides, sizes.padding) for size in (sizes.height, sizes.width))
        places, cells = len(down) * len(across), side * side
        reads = np.ones((sizes.channels, sizes.filters), bool)  # which input channel each output channel reads
        if kind == "grouped":
            parts = [np.repeat(np.arange(sizes.groups), n // sizes.groups) for n in reads.shape]
            reads = parts[0][:, None] == parts[1][None, :]
        counted = {
            "depthwise": places * sizes.channels * cells,
            "separable": places * (sizes.channels * cells + int(reads.sum())),
            "transposed": sizes.height * sizes.width * int(reads.sum()) * cells,
        }.get(kind, places * int(reads.sum()) * cells)

        assert sizes.cost(kind).multiply_adds == counted, sizes


def test_separable_costs_one_part_in_the_filters_and_one_in_the_cells_of_the_standard_kind():
    rng = random.Random(3)
    for _ in range(TIMES):
        sizes = random_sizes(rng).edited(use_bias=False)
        separable, standard = sizes.cost("separable"), sizes.cost("standard")
        share = 1 / sizes.filters + 1 / sizes.kernel_size**2

        assert separable.multiply_adds / standard.multiply_adds == pytest.approx(share, rel=1e-12)
        assert separable.parameters / standard.parameters == pytest.approx(share, rel=1e-12)


def test_a_transposed_convolution_writes_each_cell_as_often_as_keras_does():
    import keras

    rng = random.Random(5)
    for _ in range(25):
        size, kernel, stride, padding = (
            rng.randint(1, 8),
            rng.randint(1, 6),
            rng.randint(1, 4),
            rng.choice(["valid", "same"]),
        )
        layer = keras.layers.Conv2DTranspose(1, kernel, stride, padding, use_bias=False, kernel_initializer="ones")
        theirs = np.asarray(layer(np.ones((1, size, size, 1), np.float32)))[0, :, :, 0]

        ours = writers(size, kernel, stride, padding)

        assert len(ours) == spread(size, kernel, stride, padding) == len(theirs)
        assert np.array_equal(np.outer(ours, ours), theirs), (size, kernel, stride, padding)


def test_mobilenet_is_the_keras_one_layer_by_layer():
    import keras

    model = keras.applications.MobileNet(weights=None)
    kinds = (keras.layers.Conv2D, keras.layers.DepthwiseConv2D)
    theirs = []  # parameters of every convolution with its normalization, and the shape that leaves it
    for layer in model.layers:
        if isinstance(layer, kinds):
            theirs.append([layer.count_params(), tuple(layer.output.shape)[1:]])
        elif layer.count_params():
            theirs[-1][0] += layer.count_params()
    ours = [[step.cost.parameters, step.cost.output] for row in mobilenet() for step in row.steps]

    assert len(ours) == 28
    assert ours == theirs
    assert sum(count for count, _ in ours) == model.count_params() == 4_253_864
    fixed = sum(step.non_trainable for row in mobilenet() for step in row.steps)
    assert fixed == sum(int(np.prod(weight.shape)) for weight in model.non_trainable_weights) == 21_888


def test_mobilenet_costs_what_its_authors_say():
    rows = [row.to_json() for row in mobilenet()]

    assert round(sum(row["multiply_adds"] for row in rows) / 1e6) == 569  # Howard et al. 2017, table 4
    assert 4866 <= sum(row["standard_multiply_adds"] for row in rows) / 1e6 < 4868
    assert round(sum(row["standard_parameters"] for row in rows) / 1e6, 1) == 29.3


def test_groups_that_do_not_divide_fall_back_to_the_next_that_do():
    assert shared_groups(16, 32, 4) == 4
    assert shared_groups(16, 32, 5) == 4
    assert shared_groups(7, 9, 512) == 1
    assert Kinds(channels=12, filters=18, groups=4).cost("grouped") == Kinds(channels=12, filters=18, groups=3).cost(
        "grouped"
    )


def test_what_can_not_be_is_refused():
    with pytest.raises(Impossible, match="does not fit"):
        Kinds(height=4, kernel_size=5, padding="valid").cost("standard")
    with pytest.raises(ValidationError):
        Kinds(strides=0)


# ---- in the browser


@pytest.fixture
def lab(browser, labs):
    page = browser.new_page(viewport={"width": 1440, "height": 1000})
    page.set_default_timeout(PATIENCE)
    page.goto(f"{labs.url}/kinds-of-convolution")
    settled(page)
    page.locator(".wiring").wait_for()
    yield page
    no_accident(page)
    page.close()


def typed(page, **values):
    for name, value in values.items():
        page.get_by_label(f"{name.replace('_', ' ').capitalize()}, typed").fill(str(value))


@pytest.mark.browser
def test_the_browser_counts_as_core_does(browser):
    page = browser.new_page()
    scripts = scripts_of(*parts("kinds"))
    page.evaluate(
        f"{scripts.replace('export default', 'void')}; window.answers = {{ costOf, writers, costQuestion }}; 0"
    )
    rng = random.Random(11)
    cases = [random_sizes(rng) for _ in range(TIMES)]
    asked = [sizes.model_dump(mode="json") for sizes in cases]

    theirs = page.evaluate(
        """([cases, kinds]) => cases.map(sizes => kinds.map(kind => {
        const { output, parameters, multiply_adds } = answers.costOf(kind, sizes);
        return [output, parameters, multiply_adds];
    }))""",
        [asked, KINDS],
    )
    questions = page.evaluate(
        "([count]) => Array.from({ length: count }, () => "
        "answers.costQuestion((low, high) => low + Math.floor(Math.random() * (high - low + 1))))",
        [TIMES],
    )
    spread_out = page.evaluate(
        "cases => cases.map(s => answers.writers(s.height, s.kernel_size, s.strides, s.padding))", asked
    )
    page.close()

    ours = [[sizes.cost(kind) for kind in KINDS] for sizes in cases]
    assert theirs == [[[list(c.output), c.parameters, c.multiply_adds] for c in costs] for costs in ours]
    for question in questions:
        kind = question["settings"].pop("shown")
        assert question["answer"] == Kinds(**question["settings"]).cost(kind).parameters, question["words"]
        assert eval(question["because"].replace("·", "*")) == question["answer"]
    assert spread_out == [writers(s.height, s.kernel_size, s.strides, s.padding) for s in cases]


@pytest.mark.browser
def test_an_output_channel_lights_what_it_reads_without_asking_the_server(lab):
    lab.sent = []
    lab.on("websocket", lambda socket: socket.on("framesent", lambda frame: lab.sent.append(frame)))
    lab.reload()  # so that the socket is heard from its beginning
    settled(lab)
    lab.get_by_role("radio", name="grouped").click()
    expect(lab.locator(".said")).to_contain_text("4 groups apart: 2 input channels feed 4 output channels")
    told = silent(lab)  # the address has followed the click
    lab.locator(".area").nth(8 + 5).hover()

    expect(lab.locator(".said")).to_have_text(
        "Output channel 5 reads input channels 2 to 3 through 3×3×2 weights: 18 of 288 parameters, 6.25 %."
    )
    assert lab.locator(".slice.lit").count() == 2
    assert lab.locator(".channel.lit").count() == 3
    lab.mouse.move(2, 2)
    lab.locator(".wiring").focus()
    lab.keyboard.press("ArrowDown")
    lab.keyboard.press("ArrowLeft")
    expect(lab.locator(".said")).to_contain_text("Input channel 0 feeds output channels 0 to 3")
    assert silent(lab) == told


@pytest.mark.browser
def test_the_tasks_see_that_they_are_done_and_wrong_input_is_explained(lab):
    done = lab.locator(".tasks li.done")
    expect(done).to_have_count(0)
    typed(lab, groups=8)
    expect(done).to_have_count(0)
    for name in ("channels_in", "channels_out", "groups"):
        typed(lab, **{name: 12})
    expect(done).to_have_count(1)
    typed(lab, channels_in=8, channels_out=16)
    typed(lab, groups=7)
    expect(lab.locator(".side > .complaint")).to_contain_text("7 groups do not divide 8 and 16 channels alike")
    typed(lab, strides=0)
    expect(lab.locator(".side")).to_contain_text("Type a whole number from 1 to 8.")
    typed(lab, kernel_size=1, strides=2)
    expect(done).to_have_count(1)
    typed(lab, kernel_size=2, channels_out=1)
    expect(done).to_have_count(2)
    typed(lab, channels_out=16)
    lab.get_by_role("radio", name="transposed").click()
    typed(lab, kernel_size=3, height=7, width=7)
    expect(lab.locator(".spread")).to_contain_text("a checkerboard")
    expect(done).to_have_count(2)
    typed(lab, kernel_size=2)
    expect(done).to_have_count(3)
    lab.get_by_role("radio", name="standard").click()
    lab.get_by_role("radio", name="valid").click()
    typed(lab, kernel_size=9)
    expect(lab.locator(".said")).to_contain_text("A kernel of 9×9 does not fit an input of 7×7")
    lab.locator(".checks summary").click()
    expect(lab.locator(".checks .right")).to_have_count(len(Kinds.checks()))
