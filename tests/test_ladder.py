"""The columns of the list: shares that make up the whole, memory at the batch, blocks as the sum of their layers."""

import pytest

from core.experiment import Experiment
from core.experiment.network import trace
from core.experiment.presets import load_preset
from core.layers.convolution import Conv2D
from core.layers.dense import Dense
from core.layers.pooling import MaxPooling2D
from core.layers.reshaping import Flatten
from core.layers.residual import ResidualBlock
from core.words import THIN_SPACE, in_bytes
from pages.components.network import field_view, ladder


def of(batch, precision="float32"):
    """How it is trained: so many pictures a step, in a precision."""
    return Experiment().training.edited(batch_size=batch, precision=precision)


def traced(experiment):
    return experiment.trace(experiment.dataset.facts())


@pytest.mark.parametrize("preset", ["digits-cnn", "digits-residual"])
def test_the_shares_of_all_rows_make_up_the_whole(preset):
    network = traced(load_preset(preset))
    rows = [ladder.Ladder(network, of(32)).columns(row) for row in network.rows]

    for name in ladder.SHARES:
        assert sum(row["shares"][name] for row in rows) == pytest.approx(1)


def test_the_horse_network_has_78_400_values_at_flatten_and_its_memory_is_that_of_the_batch():
    pairs = [layer for filters in (16, 32, 64) for layer in (Conv2D(filters=filters), MaxPooling2D())]
    network = trace((300, 300, 3), [*pairs, Flatten(), Dense(units=512)], Dense(units=1, activation="sigmoid"))
    flat, dense = network.rows[6], network.rows[7]

    assert flat.output_shape == (35 * 35 * 64,) == (78_400,)
    assert dense.parameters == 78_400 * 512 + 512
    columns = ladder.Ladder(network, of(128)).columns(flat)
    assert columns["memory"] == f"40.1{THIN_SPACE}MB"  # 78 400 x 128 x 4 bytes
    assert columns["memoryTitle"].startswith("128 × 78400 values of 4 bytes")
    half = ladder.Ladder(network, of(128, "mixed_bfloat16")).columns(flat)
    assert half["memory"] == f"20.1{THIN_SPACE}MB"
    assert half["memoryTitle"].startswith("128 × 78400 values of 2 bytes")
    assert (
        "values of 4 bytes" in ladder.Ladder(network, of(128, "mixed_float16")).columns(network.rows[-1])["memoryTitle"]
    )
    assert ladder.Ladder(network, of(128)).columns(dense)["shareTitles"]["parameters"] == "99.9 % of all parameters"


def test_a_folded_block_costs_what_its_layers_cost():
    network = traced(Experiment(layers=(Conv2D(), ResidualBlock(), Flatten())))
    block = network.folded().rows[1]
    inner = network.inside(block.id)
    columns = ladder.Ladder(network, of(32)).columns(block)

    assert len(inner) > 3
    assert columns["shares"]["parameters"] == sum(row.parameters for row in inner) / network.parameters
    assert columns["memoryTitle"].startswith(f"What its {len(inner)} layers give for a batch of 32")


def test_what_cannot_be_has_no_columns():
    network = traced(Experiment(layers=(Flatten(), Conv2D())))
    assert ladder.Ladder(network, of(32)).columns(network.rows[1]) == {}


def test_the_words_under_the_picture_say_how_much_is_seen():
    network = traced(load_preset("fashion-cnn"))
    told = [field_view.words(row, 28, 28) for row in network.rows]

    assert told[0] == "One value sees 3×3 px of 28×28."
    assert told[-1] == "Each value sees all 28×28 px."
    assert [row.receptive_field for row in network.rows[:4]] == [3, 4, 8, 10]


@pytest.mark.parametrize(("count", "told"), [(768, "768 B"), (1280, "1.28 kB"), (2**21, "2.1 MB"), (0, "0 B")])
def test_bytes_have_a_space_before_their_unit_whatever_its_size(count, told):
    assert in_bytes(count).replace(THIN_SPACE, " ") == told
