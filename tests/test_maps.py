"""How the numbers of a network come to the browser: as many maps as it takes in at once, full or in two bytes each."""

import json
from types import SimpleNamespace

import numpy as np
import pytest

from core.datasets.shapes import Shapes
from core.experiment import Experiment
from core.layers.mobilenet_v2 import MobileNetV2
from core.layers.pooling import GlobalAveragePooling2D
from core.lens.feature_maps import BUDGET, FeatureMaps
from core.lens.outline import Outline
from pages.components.browser.packet import STEPS, Packet


def sizes(lens, maps):
    parts = lens._parts(maps)
    return {name: maps[name][..., part].size for name, part in parts.items()}


def test_many_and_large_maps_are_cut_to_what_a_browser_takes_in_at_once():
    shapes = {"a": (150, 150, 64), "b": (150, 150, 256), "c": (90_000,)}
    shown = sizes(FeatureMaps(), {name: np.zeros(shape, np.float32) for name, shape in shapes.items()})

    assert sum(shown.values()) <= BUDGET
    assert shown["a"] == shown["b"] > 150 * 150
    assert shown["c"] == FeatureMaps().values


def test_twelve_layers_of_64_maps_of_64_px_are_shown_whole():
    maps = {str(i): np.zeros((64, 64, 64), np.float32) for i in range(12)}
    assert set(sizes(FeatureMaps(), maps).values()) == {64 * 64 * 64}


@pytest.mark.parametrize(
    ("begin", "part"), [(0, (0, 64)), (64, (64, 128)), (70, (64, 128)), (999, (128, 150)), (-3, (0, 64))]
)
def test_other_maps_than_the_first_are_whole_pages(begin, part):
    found = FeatureMaps(pages=(("a", begin),))._parts({"a": np.zeros((4, 4, 150)), "b": np.zeros((4, 4, 150))})

    assert (found["a"].start, found["a"].stop) == part
    assert found["b"].start == 0


def test_of_a_long_base_one_stage_is_shown_and_what_it_reads():
    layers = (MobileNetV2(alpha=0.35, weights=None), GlobalAveragePooling2D())
    outline = Outline.of(Experiment(dataset=Shapes(image_size=96, count=40), layers=layers))
    network = SimpleNamespace(outline=outline, rows=outline.trace.rows)
    by_id = {row.id: row.name for row in network.rows}

    def stages_shown(**how):
        folded = FeatureMaps(**how)._folded(network)
        shown = [row for row in network.rows if row.name not in folded]
        read = {by_id[one] for row in shown for one in row.inputs if one in by_id}
        assert not {by_id[one] for row in shown if outline.stages.get(row.name) == how.get("stage")
                    for one in row.inputs if one in by_id} & folded  # fmt: skip
        return {outline.stages.get(row.name, "") for row in shown if row.name not in read} - {""}, len(shown)

    assert len(network.rows) > 150
    kept, count = stages_shown()
    assert kept <= {"block_16"} and count < 30
    kept, count = stages_shown(stage="block_3")
    assert kept <= {"block_3", "block_16"} and count < 30
    assert FeatureMaps(stage="nonsense")._folded(network) == FeatureMaps()._folded(network)


def read(sealed):
    """A packet's header and all its numbers."""
    length = int.from_bytes(sealed[:4], "little")
    assert (4 + length) % 4 == 0
    return json.loads(sealed[4 : 4 + length]), np.frombuffer(sealed[4 + length :], "<f4")


def test_a_packet_gives_its_numbers_back():
    packet = Packet()
    first, second = np.arange(6, dtype=np.uint8).reshape(2, 3), np.array([-1.5, 2.25], np.float32)
    places = packet.put(first), packet.put(second)
    sealed = packet.seal({"words": "ü"})
    header, numbers = read(sealed)

    assert header["words"] == "ü"
    np.testing.assert_array_equal(numbers[places[0] : places[0] + 6], first.ravel())
    np.testing.assert_array_equal(numbers[places[1] :], second)
    assert packet.seal({"words": "ü"}) == sealed
    assert packet.seal({"words": "u"}) != sealed


def test_numbers_in_two_bytes_are_told_to_half_a_step_of_their_own_map():
    maps = np.random.default_rng(0).normal(size=(5, 3, 7)).astype(np.float32)
    maps[1] *= 1e4
    maps[2] = 0.25  # all alike
    packet = Packet()
    places = packet.put_short(maps)
    _, numbers = read(packet.seal({}))
    steps = numbers[places["short"] :].view(np.uint16)[: maps.size].reshape(5, -1)
    least, step = numbers[places["ends"] :][:10].reshape(5, 2).T[..., None]

    ranges = np.ptp(maps.reshape(5, -1), axis=1, keepdims=True)
    assert (abs(least + step * steps - maps.reshape(5, -1)) <= 0.51 * ranges / STEPS + 1e-6 * abs(least)).all()
    np.testing.assert_array_equal((least + step * steps)[2], 0.25)
