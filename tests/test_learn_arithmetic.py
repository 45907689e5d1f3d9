"""The labs' arithmetic against NumPy, SciPy and Keras, and the browser's side of it against ours."""

import numpy as np
import pytest
from scipy import ndimage, signal

from core.labs.convolution import convolve_1d, convolve_2d, depthwise, separable, transposed
from core.labs.pooling import pool_2d
from core.labs.sliding import bordered, slide
from pages.components.browser.component import scripts as scripts_of

MODES = ("full", "same", "valid")


def image(rng, low=1, high=12, channels=4):
    return rng.normal(size=(*rng.integers(low, high, 2), rng.integers(1, channels)))


@pytest.mark.parametrize("mode", MODES)
def test_a_line_is_convolved_as_by_numpy(mode):
    rng = np.random.default_rng(0)
    for _ in range(170):
        line, kernel = rng.normal(size=rng.integers(1, 20)), rng.normal(size=rng.integers(1, 10))

        assert np.allclose(convolve_1d(line, kernel, mode), np.convolve(line, kernel, mode))


def test_without_the_flip_a_line_gives_what_a_layer_of_keras_gives():
    from keras import ops

    rng = np.random.default_rng(1)
    for _ in range(60):
        line, kernel = rng.normal(size=rng.integers(9, 20)), rng.normal(size=rng.integers(1, 9))
        for mode in ("same", "valid"):
            theirs = ops.conv(line[None, :, None], kernel[:, None, None], 1, mode)

            assert np.allclose(convolve_1d(line, kernel, mode, flip=False), np.array(theirs)[0, :, 0])


def test_the_odd_cell_is_dropped_at_the_end_by_a_convolution_and_at_the_start_by_a_layer():
    assert convolve_1d([1, 2, 3], [1, 10], "same").tolist() == [1, 12, 23]
    assert convolve_1d([1, 2, 3], [10, 1], "same", flip=False).tolist() == [12, 23, 30]


def test_pictures_are_convolved_as_by_keras():
    from keras import ops

    rng = np.random.default_rng(2)
    for _ in range(300):
        groups, side = int(rng.integers(1, 4)), int(rng.integers(1, 5))
        picture = rng.normal(size=(*rng.integers(9, 16, 2), groups * rng.integers(1, 3)))
        kernels = rng.normal(size=(side, side, picture.shape[2] // groups, groups * rng.integers(1, 3)))
        stride = int(rng.integers(1, 4))
        dilation, padding = int(rng.integers(1, 3)) if stride == 1 else 1, str(rng.choice(["valid", "same"]))
        bias = rng.normal(size=kernels.shape[3])
        ours = convolve_2d(
            picture, kernels, stride=stride, dilation=dilation, padding=padding, bias=bias, groups=groups
        )

        theirs = np.array(ops.conv(picture[None], kernels, stride, padding, dilation_rate=dilation))[0] + bias
        assert ours.shape == theirs.shape
        assert np.allclose(ours, theirs)


@pytest.mark.parametrize("fill", ["zero", "reflect", "wrap"])
def test_borders_of_every_kind_are_those_of_scipy(fill):
    rng, words = np.random.default_rng(3), {"zero": "constant", "reflect": "mirror", "wrap": "wrap"}
    for _ in range(70):
        picture, side = image(rng, 6, 14, 2), int(rng.choice([1, 3, 5]))
        kernel = rng.normal(size=(side, side))
        ours = convolve_2d(picture, kernel[:, :, None, None], padding="same", fill=fill)

        assert np.allclose(ours[..., 0], ndimage.correlate(picture[..., 0], kernel, mode=words[fill]))


def test_a_border_of_any_width_and_the_full_one_are_those_of_scipy():
    rng = np.random.default_rng(4)
    for _ in range(100):
        picture, side, cells = image(rng, 4, 12, 2), int(rng.integers(1, 5)), int(rng.integers(0, 6))
        kernel = rng.normal(size=(side, side))
        wide = np.pad(picture[..., 0], cells)
        ours, full = (convolve_2d(picture, kernel[:, :, None, None], padding=how)[..., 0] for how in (cells, "full"))

        assert np.allclose(ours, signal.correlate2d(wide, kernel, "valid"))
        assert np.allclose(full, signal.correlate2d(picture[..., 0], kernel, "full"))


def test_depthwise_separable_and_transposed_are_those_of_keras():
    from keras import ops

    rng = np.random.default_rng(5)
    for _ in range(100):
        picture, side, stride = image(rng, 6, 12), int(rng.integers(1, 5)), int(rng.integers(1, 3))
        padding, channels = str(rng.choice(["valid", "same"])), picture.shape[2]
        each = rng.normal(size=(side, side, channels, rng.integers(1, 3)))
        mixing = rng.normal(size=(1, 1, channels * each.shape[3], rng.integers(1, 4)))
        spread = rng.normal(size=(side, side, rng.integers(1, 4), channels))
        how = {"stride": stride, "padding": padding}
        pairs = (
            (depthwise(picture, each, **how), ops.depthwise_conv(picture[None], each, stride, padding)),
            (separable(picture, each, mixing, **how), ops.separable_conv(picture[None], each, mixing, stride, padding)),
            (transposed(picture, spread, **how), ops.conv_transpose(picture[None], spread, stride, padding)),
        )

        for ours, theirs in pairs:
            assert ours.shape == theirs.shape[1:]
            assert np.allclose(ours, np.array(theirs)[0])


def test_a_kernel_that_does_not_fit_gives_an_empty_map():
    assert convolve_2d(np.zeros((2, 5, 1)), np.zeros((3, 3, 1, 2))).shape == (0, 3, 2)
    assert slide(2, 3).out == 0


# ---- the browser's side


def case(rng):
    """A picture, a kernel, and every choice of how one slides over the other."""
    picture = image(rng, 1, 14, 4)
    side, pool = int(rng.integers(1, 6)), int(rng.integers(1, min(*picture.shape[:2], 4) + 1))
    padding = rng.choice(["valid", "same", "number"])
    return {
        "picture": picture.tolist(),
        "kernel": rng.normal(size=(side, side, picture.shape[2])).tolist(),
        "stride": int(rng.integers(1, 4)),
        "dilation": int(rng.integers(1, 4)),
        "padding": int(rng.integers(0, 6)) if padding == "number" else str(padding),
        "fill": str(rng.choice(["zero", "reflect", "wrap"])),
        "bias": float(rng.normal()),
        "line": rng.normal(size=rng.integers(1, 20)).tolist(),
        "weights": rng.normal(size=rng.integers(1, 10)).tolist(),
        "mode": str(rng.choice(MODES)),
        "flip": bool(rng.integers(0, 2)),
        "pool": {"size": pool, "stride": int(rng.integers(1, 4)), "padding": str(rng.choice(["valid", "same"]))},
        "kind": str(rng.choice(["max", "mean"])),
    }


ANSWER = """c => {
  const height = c.picture.length, width = c.picture[0].length, channels = c.picture[0][0].length;
  const size = c.kernel.length, each = Array.from({ length: channels }, (_, k) => k);
  const planes = each.map(k => Float64Array.from(c.picture.flat().map(cell => cell[k])));
  const kernel = { size, planes: each.map(k => c.kernel.flat().map(cell => cell[k])) };
  const border = bordered(planes[0], height, width, slide(height, size, c), slide(width, size, c), c.fill);
  const map = convolve2d({ height, width, planes }, kernel, c);
  const pooled = pool2d(planes[0], height, width, { ...c.pool, kind: c.kind });
  return {
    border: [...border.values],
    line: [...convolve1d(c.line, c.weights, c.mode, c.flip).values],
    map: [map.height, map.width, [...map.values]],
    pooled: [pooled.height, pooled.width, [...pooled.values]],
  };
}"""


def expected(one):
    """The same in NumPy."""
    picture, kernel = np.array(one["picture"]), np.array(one["kernel"])
    how = {name: one[name] for name in ("stride", "dilation", "padding")}
    slides = [slide(side, len(kernel), **how) for side in picture.shape[:2]]
    return {
        "border": bordered(picture[..., :1], *slides, one["fill"]).ravel(),
        "map": convolve_2d(picture, kernel[..., None], fill=one["fill"], bias=one["bias"], **how)[..., 0],
        "line": convolve_1d(np.array(one["line"]), np.array(one["weights"]), one["mode"], one["flip"]),
        "pooled": pool_2d(picture[..., :1], kind={"mean": "average"}.get(one["kind"], "max"), **one["pool"])[..., 0],
    }


@pytest.mark.browser
def test_the_browser_computes_the_same_over_400_random_cases(browser):
    rng = np.random.default_rng(6)
    cases = [case(rng) for _ in range(400)]
    script = scripts_of("labs/arithmetic")
    page = browser.new_page()
    found = page.evaluate(f"cases => {{ {script}\nreturn cases.map({ANSWER}); }}", cases)
    page.close()

    for one, theirs in zip(cases, found, strict=True):
        ours = expected(one)
        for name in ("border", "line"):
            assert np.allclose(theirs[name], ours[name]), (name, one)
        for name in ("map", "pooled"):
            height, width, values = theirs[name]
            if ours[name].size or values:
                assert (height, width) == ours[name].shape, (name, one)
            assert np.allclose(np.ravel(values), ours[name].ravel()), (name, one)
