"""What a config of Keras says beside its layers is taken over or told: precision, the whole network, its image."""

import inspect
import json

import keras

from core.augmentation import Augmentation
from core.experiment import Experiment
from core.experiment.opened import opened
from core.intake.models.graph import Call
from core.intake.models.precision import precision
from core.intake.models.reading import read_network
from core.intake.models.translation import translated
from core.layers import Layer
from core.spec import kinds


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


# ---------------------------------------------------------------------------------------------- every argument

OTHERS = {
    "padding": ("valid", "same", [[1, 2], [0, 3]]), "mode": ("horizontal", "vertical", "horizontal_and_vertical"),
    "interpolation": ("nearest", "bilinear", "bicubic", "lanczos3"), "data_format": ("channels_first",),
    "fill_mode": ("reflect", "constant", "wrap", "nearest"), "activation": ("linear", "tanh", "softmax", "exponential"),
    "dtype": ("mixed_bfloat16", "float16", "float64", "int8_from_float32"), "target_shape": ([2, -1],),
    "dims": ([3, 1, 2],), "axis": (1, 2, -2, [1, 2, 3]), "renorm_clipping": ({"rmax": 3.0},),
    "noise_shape": ([1, 1, 3],), "output_padding": (1, [1, 1]), "quantization_config": ({"class_name": "Int8"},),
    "value_range": ([0, 1],), "shared_axes": ([1], None, [1, 2, 3]), "lora_rank": (4,),
}  # fmt: skip
"""Values of arguments beside those that their kind suggests."""
INITIALIZERS = [
    keras.initializers.HeNormal(), keras.initializers.HeNormal(seed=3), keras.initializers.Ones(),
    keras.initializers.Zeros(), keras.initializers.RandomNormal(1.0, 0.05), keras.initializers.RandomNormal(),
    keras.initializers.VarianceScaling(2.0, "fan_in"), keras.initializers.VarianceScaling(3.0, "fan_out"),
    keras.initializers.Constant(0.5), keras.initializers.Orthogonal(0.5),
]  # fmt: skip


def other_values(name, value):
    """Values that Keras may have under this name instead."""
    if name.endswith("initializer"):
        return [keras.saving.serialize_keras_object(one) for one in INITIALIZERS]
    if name.endswith("regularizer"):
        return [
            keras.saving.serialize_keras_object(one(0.02)) for one in (keras.regularizers.L1, keras.regularizers.L2)
        ]
    if name.endswith("constraint"):
        return [keras.saving.serialize_keras_object(keras.constraints.MaxNorm(2.0, axis=0)),
                keras.saving.serialize_keras_object(keras.constraints.NonNeg())]  # fmt: skip
    if name in OTHERS:
        return OTHERS[name]
    if isinstance(value, bool):
        return (not value,)
    if isinstance(value, int | float):
        return (1, 2, 3, 0.25, 0.05, 5000)
    if isinstance(value, list):
        return ([1, 2], [2, 2], [3, 1], 2, [0.1, 0.2], [-0.3, 0.3])
    return (7, "other", True)


def config_of(built):
    return json.loads(json.dumps(keras.saving.serialize_keras_object(built)))["config"]


def built_again(spec):
    """What Keras writes of a layer of ours; of one that does not fit its own filters what it says itself."""
    if spec is None:
        return {}
    try:
        return config_of(spec.build())
    except ValueError:
        return spec.model_dump(mode="json")


def means(value, name=""):
    """A value in one form, however Keras writes it: numbers in pairs, objects by what they make."""
    if isinstance(value, dict) and name.endswith("initializer"):
        keras.utils.set_random_seed(1)
        return keras.saving.deserialize_keras_object(value)((3, 3, 4, 4)).numpy().tolist()
    if isinstance(value, dict):
        numbers = value.get("config", {})
        if numbers.get("axis") in ([], [0]):  # a Dense layer's units stand on the other of its two axes
            numbers = numbers | {"axis": 0}
        return value.get("class_name"), {k: round(v, 6) if isinstance(v, float) else v for k, v in numbers.items()}
    if name == "shared_axes":
        return value or []
    if name == "cropping" and isinstance(value, list) and isinstance(value[0], list):
        return means([means(side) for side in value])
    if isinstance(value, list) and len(value) == 2 and value[0] == value[1]:
        return means(value[0])
    if isinstance(value, list) and name.endswith("factor") and value[0] == -value[1]:
        return abs(value[1])
    return value


def test_every_argument_of_every_layer_is_said_here_or_changes_nothing_or_is_listed():
    silent, unsaid = [], []
    for kind in (*kinds(Layer).values(), *kinds(Augmentation).values()):
        if kind.__name__ != kind.keras.rpartition(".")[2]:
            continue  # a block, or the constant kernels of a Conv2D
        usual = config_of(kind().build())
        told = translated(Call("a", kind.__name__, usual, ("image",), ""))
        if told.lacks:
            silent.append((kind.__name__, told.lacks))
        for name, value in (usual | {"lora_rank": None, "not_known": None}).items():
            for other in other_values(name, value):
                if other == value or name == "name":
                    continue
                told = translated(Call("a", kind.__name__, usual | {name: other}, ("image",), ""))
                if name == "dtype":
                    policy, lacks = precision([Call("a", kind.__name__, {"dtype": other}, ("image",), "")], "")
                    is_said = policy == other or any(other in one for one in lacks)
                elif any(name in one for one in told.lacks) or (name == "data_format" and told.spec is None):
                    is_said = True
                else:
                    is_said = means(built_again(told.spec).get(name), name) == means(other, name)
                if not is_said:
                    silent.append((kind.__name__, name, other, told))
        made = getattr(keras.layers, kind.__name__)
        parameters = inspect.signature(made).parameters
        needed = {name for name, one in parameters.items() if one.default is inspect.Parameter.empty} & set(usual)
        bare = config_of(made(**{name: usual[name] for name in needed}))
        for name, parameter in parameters.items():
            if name in kind.options() and name != "pool_size":
                config = {key: value for key, value in usual.items() if key != name}
                told = translated(Call("a", kind.__name__, config, ("image",), ""))
                if parameter.default is inspect.Parameter.empty:
                    is_right = told.spec is None and told.lacks == (f"{name} is missing",)
                else:
                    is_right = any(name in one for one in told.lacks)  # Keras' own default can't be said here
                    is_right = is_right or means(built_again(told.spec).get(name), name) == means(bare[name], name)
                if not is_right:
                    unsaid.append((kind.__name__, name, told))
    assert [case[:-1] for case in silent] == []
    assert unsaid == []
