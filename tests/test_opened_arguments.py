"""What a config of Keras says beside its layers is taken over or told: precision, the whole network, its image."""

import json

import keras

from core.experiment import Experiment
from core.experiment.opened import opened
from core.intake.models.graph import Call
from core.intake.models.reading import read_network
from core.intake.models.translation import translated


def again(experiment, document):
    """A config put into an experiment without layers."""
    return opened(read_network(document), experiment.edited(nodes=()))


def test_mixed_precision_is_taken_over_where_all_layers_agree_and_told_where_they_do_not():
    def built(*policies):
        layers = [keras.layers.Conv2D(2, 3, dtype=policies[0]), keras.layers.Flatten(dtype=policies[1]),
                  keras.layers.Dense(10, activation="softmax", dtype=policies[2])]  # fmt: skip
        return json.loads(keras.Sequential([keras.Input((8, 8, 1)), *layers]).to_json())

    mixed, full = "mixed_bfloat16", "float32"
    for last in (mixed, full):
        found = again(Experiment(), built(mixed, mixed, last))
        assert found.experiment.training.precision == mixed
        assert f"It computes in {mixed}, and Training does now" in found.understood
        assert found.left_out == ()
    found = again(Experiment(), built(full, mixed, full))
    assert found.experiment.training.precision == full
    assert "mixed precision can't be taken over" in found.left_out[0]
    assert "dtype=float16 can't be taken over" in again(Experiment(), built(full, "float16", full)).left_out[0]
    chosen = Experiment().edited(training=Experiment().training.edited(precision=mixed))
    found = again(chosen, built(full, full, full))
    assert found.experiment.training.precision == mixed
    assert any("It was made in float32" in one for one in found.understood)


def test_what_is_said_of_the_whole_network_and_its_image_is_told_too():
    frozen = keras.Sequential([keras.Input((8, 8, 1), batch_size=4), keras.layers.Flatten(), keras.layers.Dense(10)])
    frozen.compile(optimizer="adam", loss="mse")
    document = json.loads(frozen.to_json())
    document["config"]["trainable"] = False
    found = again(Experiment(), document)
    assert "batches of 4 can't be taken over" in " ".join(found.left_out)
    assert "trainable=False can't be taken over" in " ".join(found.left_out)
    assert any("compiled, with Adam" in one for one in found.understood)


def test_a_constraint_along_other_axes_than_those_of_a_unit_is_told():
    for axis, lacks in ((0, ("kernel_constraint=MaxNorm",)), ([0, 1, 2], ())):
        limit = {"class_name": "MaxNorm", "config": {"max_value": 2.0, "axis": axis}}
        config = {"filters": 2, "kernel_size": 3, "kernel_constraint": limit}
        assert translated(Call("a", "Conv2D", config, ("image",), "")).lacks == lacks
