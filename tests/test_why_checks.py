"""What is counted of maps, against loops and SciPy; and the sentences that say what came out."""

import json
from types import SimpleNamespace

import numpy as np
import pytest
from scipy import ndimage, stats

from core.lens.faithfulness import area, blurred, deleted, inserted, ranking, stretched
from core.lens.likeness import edges, scaled, spearman, ssim
from core.lens.why import Explained
from core.lens.why_checks import Checked
from pages.components.browser.packet import Packet
from pages.components.understand import why, why_checks
from pages.components.understand.why_checks import depends, hangs


def noise(*shape, seed=0):
    return np.random.default_rng(seed).random(shape).astype(np.float32)


def test_correlation_of_ranks_is_scipys_also_where_values_are_equal():
    one = noise(9, 7)
    other = np.round(4 * (one + noise(9, 7, seed=1)))
    assert spearman(one, other) == pytest.approx(stats.spearmanr(one.ravel(), other.ravel())[0])
    assert spearman(one, -one) == pytest.approx(-1)
    assert spearman(one, np.ones_like(one)) is None


@pytest.mark.parametrize("shape", [(20, 13), (8, 8), (2, 2)])
def test_structural_similarity_is_its_formula_in_every_window(shape):
    one, other = noise(*shape), noise(*shape, seed=1)
    side, found = min(7, *shape), []
    for top in range(shape[0] - side + 1):
        for left in range(shape[1] - side + 1):
            x, y = (map_[top : top + side, left : left + side].astype(float).ravel() for map_ in (one, other))
            covariance = ((x - x.mean()) * (y - y.mean())).mean()
            above = (2 * x.mean() * y.mean() + 0.0001) * (2 * covariance + 0.0009)
            below = (x.mean() ** 2 + y.mean() ** 2 + 0.0001) * (x.var() + y.var() + 0.0009)
            found.append(above / below)
    assert ssim(one, other) == pytest.approx(np.mean(found), rel=1e-6)
    assert ssim(one, one) == pytest.approx(1)


def test_maps_are_scaled_by_their_largest_size_and_edges_are_sobels():
    np.testing.assert_allclose(scaled(np.array([[-4.0, 1], [0, 2]])), [[-1, 0.25], [0, 0.5]])
    assert not scaled(np.zeros((2, 2))).any()
    image = np.random.default_rng(0).integers(0, 256, (9, 7, 3), np.uint8)
    grey = image.astype(float).mean(-1)
    expected = np.hypot(*(ndimage.sobel(grey, axis, mode="nearest") for axis in (0, 1)))
    np.testing.assert_allclose(edges(image), expected)


def test_pixels_are_ranked_by_the_value_that_lies_over_them():
    map_ = np.array([[0.5, -2.0], [3.0, 1.0]])
    order = ranking(map_, 5, 4)
    assert sorted(order) == list(range(20))
    assert np.all(np.diff(stretched(map_, 5, 4).ravel()[order]) <= 0)
    assert set(order[:6]) == {
        8,
        9,
        12,
        13,
        16,
        17,
    }  # the lower left
    tied = ranking(np.zeros((1, 1)), 5, 4)
    assert sorted(tied) == list(range(20)) and tied.tolist() != list(range(20))


@pytest.mark.parametrize("steps", [1, 5, 28])
def test_pixels_are_deleted_and_inserted_one_after_another(steps):
    image = np.random.default_rng(0).integers(0, 256, (6, 5, 3), np.uint8)
    order = np.random.default_rng(1).permutation(30)
    border = [image[y, x] for y in range(6) for x in range(5) if y in (0, 5) or x in (0, 4)]
    cover = np.median([*border, image[0, 0], image[0, -1], image[-1, 0], image[-1, -1]], axis=0).astype(np.uint8)
    for way, begin, end in (
        (deleted, image.astype(float), np.broadcast_to(cover, image.shape)),
        (inserted, blurred(image), image),
    ):
        now, done, expected = begin.copy(), 0, [begin]
        for step in range(1, steps + 1):
            while done < round(step * 30 / steps):
                y, x = divmod(order[done], 5)
                now[y, x] = end[y, x]
                done += 1
            expected.append(now.copy())
        np.testing.assert_allclose(way(image, order, steps), expected, rtol=1e-5)


def test_the_blur_is_a_gaussian_and_leaves_a_plain_image_as_it_is():
    image = np.random.default_rng(0).integers(0, 256, (24, 16, 3), np.uint8)
    expected = ndimage.gaussian_filter(image.astype(np.float64), (3, 3, 0), mode="nearest", truncate=3.0)
    np.testing.assert_allclose(blurred(image), expected, rtol=1e-4)
    np.testing.assert_allclose(blurred(np.full((5, 5, 1), 77, np.uint8)), 77, rtol=1e-6)


def test_the_area_is_that_of_the_trapezoids():
    curve = noise(29)
    assert area(curve) == pytest.approx(np.trapezoid(curve, dx=1 / 28), rel=1e-6)
    assert area(np.ones(29)) == 1


def told(deletion=0.5, insertion=0.5, spearman=(0.9, 0.0), places=None, follows=0.1, empty=False):
    curve = lambda level: np.full(5, level, np.float32)  # noqa: E731
    return {
        "maps": (np.zeros((2, 2)) if empty else np.ones((2, 2)),),
        "deletion": curve(deletion),
        "insertion": curve(insertion),
        "spearman": spearman,
        "places": places or spearman,
        "edges": follows,
    }


CHANCE = SimpleNamespace(deletion=np.full(5, 0.5), insertion=np.full(5, 0.5))


@pytest.mark.parametrize(
    ("deletion", "insertion", "begins"),
    [
        (0.3, 0.7, "The answer hangs on what this map marks: it goes sooner, and comes back sooner"),
        (0.3, 0.5, "Deleting what this map marks takes the answer sooner"),
        (0.5, 0.7, "What this map marks brings the answer back sooner"),
        (0.49, 0.51, "The answer hangs on what this map marks no more than"),
        (0.7, 0.3, "The answer hangs on what this map marks no more than"),
    ],
)
def test_a_sentence_says_whether_the_answer_hangs_on_what_a_map_marks(deletion, insertion, begins):
    assert hangs(told(deletion, insertion), CHANCE).startswith(begins)
    assert hangs(told(deletion, insertion, empty=True), CHANCE).startswith("This map is zero everywhere")


def test_a_sentence_says_whether_a_map_depends_on_what_was_learnt():
    same = depends(told(spearman=(0.95, 0.81), follows=0.62))
    assert "hardly changes when the weights are random (rank correlation 0.81)" in same
    assert "it follows the edges of the image (0.62)" in same
    assert "edges" not in depends(told(spearman=(0.81,), follows=0.2))
    assert "a part of it stays (rank correlation 0.30)" in depends(told(spearman=(0.30,)))
    assert "it is another map (rank correlation \N{MINUS SIGN}0.05): it depends on" in depends(
        told(spearman=(0.9, -0.05))
    )
    signs = depends(told(spearman=(0.1,), places=(0.97,)))
    assert "much the same places (rank correlation 0.97), with other signs (0.10)" in signs
    assert "nothing is left of it" in depends(told(spearman=(0.9, None)))
    assert depends(told(empty=True)) == depends(told(spearman=())) == ""


LOOKING = SimpleNamespace(
    key=lambda name: name,
    outline=SimpleNamespace(
        facts=SimpleNamespace(class_names=("ring", "star")), layers_with_maps=(), trace=SimpleNamespace(rows=())
    ),
    chosen=SimpleNamespace(names=("Dataset number 7",)),
)


def read(packet):
    """A packet taken apart: its header, and all its numbers."""
    length = int.from_bytes(packet[:4], "little")
    return json.loads(packet[4 : 4 + length]), np.frombuffer(packet[4 + length :], np.float32)


def test_the_maps_of_two_classes_travel_with_the_words_of_their_methods():
    maps = {"Saliency": noise(4, 4), "Occlusion": noise(4, 4, seed=1) - 0.5}
    sides = (
        {"index": 1, "against": 0, "score": 2.5, "maps": maps},
        {"index": 0, "against": None, "score": -1, "maps": maps},
    )
    image, packet = np.arange(16, dtype=np.uint8).reshape(4, 4, 1), Packet()
    found = Explained(image, np.array([0.076, 0.924]), sides, "margin", "0", "", ("SmoothGrad",))
    header, numbers = read(packet.seal(why.header_of(found, LOOKING, packet)))

    assert [(side["title"], side["share"], side["of"]) for side in header["sides"]] == [
        ("star rather than ring", "92.4 %", "difference of the logits"),
        ("ring", "7.60 %", "logit"),
    ]
    place = header["sides"][1]["maps"]["Occlusion"]["values"]
    np.testing.assert_array_equal(numbers[place : place + 16], maps["Occlusion"].ravel())
    np.testing.assert_array_equal(numbers[: 16 * 3 : 3], image.ravel())
    missing = {method["name"]: method["missing"] for method in header["methods"]}
    assert missing["Saliency"] == "" and "see below" in missing["SmoothGrad"]
    assert "no layer of this network gives maps" in missing["Grad-CAM"]
    assert "relu" in missing["Guided back-propagation"]


def test_what_the_checks_found_travels_with_its_areas_and_sentences(monkeypatch):
    sent = {}
    monkeypatch.setattr(why_checks, "_checks", lambda key, data: sent.update(key=key, data=data))
    one = told(0.3, 0.7) | {"kind": "Saliency", "maps": (noise(3, 3), noise(3, 3, seed=1)), "ssim": (0.4,)}
    one |= {"spearman": (0.1,), "places": (0.1,)}
    found = Checked(1, (one,), CHANCE.deletion, CHANCE.insertion, ("conv2d_1",), np.zeros((6, 6, 1), np.uint8))
    why_checks.draw(found, LOOKING)
    header, numbers = read(sent["data"])

    assert (sent["key"], header["name"], header["cuts"]) == ("why-checks", "star", ["conv2d_1"])
    (method,) = header["methods"]
    assert method["words"] == f"{hangs(one, found)} {depends(one)}"
    assert method["deletion"]["area"] == pytest.approx(0.3) and header["chance"]["insertion"]["area"] == 0.5
    start = method["maps"][1]["values"]
    np.testing.assert_array_equal(numbers[start : start + 9], one["maps"][1].ravel())
