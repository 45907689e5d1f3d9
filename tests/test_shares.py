"""A share in percent is never rounded to all or to none of what is not: in Python and in the browser the same."""

import numpy as np
import pytest

from core.datasets import ImageData
from core.datasets.statistics import imbalance
from core.words import percent
from pages.components.browser.component import scripts

SHARES = {
    1.0: "100 %", 0.0: "0 %", 0.5: "50 %", 0.994: "99 %", 0.996: "99.6 %", 0.9996: "99.96 %", 2891 / 2892: "99.97 %",
    1 - 1e-9: "more than 99.9999 %", 0.004: "0.4 %", 1e-5: "0.001 %", 1e-9: "less than 0.0001 %",
}  # fmt: skip


@pytest.mark.parametrize(("share", "words"), SHARES.items())
def test_all_and_none_are_said_of_all_and_none_only(share, words):
    assert percent(share) == words


def test_every_number_that_is_one_of_many_is_told_from_all_of_them():
    for whole in range(2, 20_001, 7):
        assert percent((whole - 1) / whole) != "100 %" and percent(1 / whole) != "0 %"
    assert percent(3 / 3) == "100 %" and percent(0.25, 1) == "25.0 %"


def test_a_class_baseline_is_no_hundred_percent_while_another_class_is_there():
    """2 000 cats and one dog: always answering cat is wrong for the dog."""
    labels = np.array([0] * 2000 + [1])
    positions, none = np.arange(len(labels)), np.array([], np.int64)
    data = ImageData(np.zeros((len(labels), 1, 1, 1), np.uint8), labels, positions, none, none, ("cat", "dog"))

    assert "right for 99.95 % of the training pictures" in imbalance(data)


@pytest.fixture
def counted(browser):
    """What our scripts make of some values in the browser."""
    page = browser.new_page()

    def evaluate(code, formula, values):
        run = f"([code, values]) => new Function('values', code + '; return values.map({formula})')(values)"
        return page.evaluate(run, [code.replace("export default", "const page ="), values])

    yield evaluate
    page.close()


@pytest.mark.browser
def test_the_browser_says_the_same(counted):
    told = counted(scripts(), "one => percentText(one)", list(SHARES))

    assert [words.replace("\u202f", " ") for words in told] == list(SHARES.values())


@pytest.mark.browser
def test_pictures_of_the_wall_are_as_large_as_lets_enough_of_them_stand_side_by_side(counted):
    cases = [(side, room, count) for side in (8, 28, 32, 64, 65, 96, 150) for room, count in ((470, 5), (350, 4))]
    zooms = counted(scripts("data/sheet", "data/wall"), "one => zoomFor(...one)", cases)

    for (side, room, count), zoom in zip(cases, zooms, strict=True):
        tile, wanted = side * zoom, room // count - 4
        assert tile <= wanted and count * (tile + 4) <= room
        if side <= wanted:
            assert zoom == int(zoom) >= 1 and tile + side > wanted, "pixels stay squares, and no larger ones have room"
        else:
            assert tile == pytest.approx(wanted), "a photo fills its place"
    assert counted(scripts("data/sheet", "data/wall"), "one => zoomFor(...one)", [[24, 100, 5]]) == [2], (
        "never a tile of 24 px"
    )
