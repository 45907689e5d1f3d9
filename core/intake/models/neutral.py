"""What Keras means where a config says nothing, and the arguments that change nothing: the rest is told to the user."""

from typing import Any

UNSAID: dict[str, dict[str, Any]] = {
    "Conv2DTranspose": {"strides": 1, "padding": "valid"},
    "HandMadeConv2D": {"padding": "valid"},
    "Cropping2D": {"cropping": 0},
    "PReLU": {"shared_axes": ()},
    "Rescaling": {"offset": 0.0},
    "GroupNormalization": {"groups": 32},
    "RandomFlip": {"mode": "horizontal_and_vertical"},
    "RandomRotation": {"fill_mode": "reflect"},
    "RandomTranslation": {"fill_mode": "reflect"},
    "RandomZoom": {"fill_mode": "reflect"},
    "RandomShear": {"fill_mode": "reflect", "x_factor": 0.0},
    "RandomErasing": {"factor": [0.0, 1.0]},
    "RandomGaussianBlur": {"factor": [0.0, 1.0], "kernel_size": 3},
}
"""Arguments that Keras takes where a config leaves them out, of those that have another default here."""
BENT = {"activation": "linear"}
"""The same of every layer with weights."""
NEEDED = {"filters", "kernel_size", "units", "rate", "stddev", "height", "width", "target_shape", "dims"}
"""Arguments without which Keras builds nothing; of single kinds those of NEEDED_OF too."""
NEEDED_OF = {
    "Activation": {"activation"},
    "Rescaling": {"scale"},
    "Normalization": {"mean", "variance"},
    "RandomRotation": {"factor"},
    "RandomBrightness": {"factor"},
    "RandomContrast": {"factor"},
    "RandomHue": {"factor"},
    "RandomSaturation": {"factor"},
    "RandomTranslation": {"height_factor", "width_factor"},
    "RandomZoom": {"height_factor"},
}
ELSEWHERE = {"name", "dtype", "data_format", "batch_shape", "batch_input_shape", "build_config"}
"""Arguments that are looked at where the whole network is read."""
NEUTRAL: dict[str, tuple[Any, ...]] = {
    "trainable": (True,),
    "groups": (1,),
    "dilation_rate": (1,),
    "depth_multiplier": (1,),
    "center": (True,),
    "scale": (True,),
    "use_bias": (True,),
    "negative_slope": (0,),
    "alpha": (0,),
    "threshold": (0,),
    "fill_value": (0,),
    "interpolation": ("bilinear",),
    "fill_mode": ("constant",),
    "value_range": ((0, 255),),
    "activation": ("linear",),
    "count_include_pad": (True,),
    "fused": (True, False),
    "renorm_momentum": (0.99,),
}
"""Values of arguments that we have no word for, with which they change nothing."""
NEUTRAL |= dict.fromkeys(
    (
        "keepdims",
        "synchronized",
        "renorm",
        "rms_scaling",
        "invert",
        "antialias",
        "crop_to_aspect_ratio",
        "pad_to_aspect_ratio",
    ),
    (False,),
)
LAST = "axis"
"""The argument that names the axis of the maps: the last one, however it is counted."""
ONES = ("gamma_initializer", "moving_variance_initializer")
"""Weights that begin with ones where nobody says anything; others begin with zeros."""
INITIALIZERS: dict[str, dict[str, float]] = {
    "RandomNormal": {"mean": 0.0, "stddev": 0.05},
    "TruncatedNormal": {"mean": 0.0, "stddev": 0.05},
    "RandomUniform": {"minval": -0.05, "maxval": 0.05},
    "Orthogonal": {"gain": 1.0},
}
"""Numbers of an initializer with which its name alone says the same; of others there are none."""
VARIANCES = {(1, "fan_avg"): "glorot", (2, "fan_in"): "he", (1, "fan_in"): "lecun"}
"""VarianceScaling under the names of those who proposed its numbers: (scale, mode) -> who."""
DISTRIBUTIONS = {"truncated_normal": "normal", "normal": "normal", "uniform": "uniform"}


def needed(kind: str) -> set[str]:
    """Arguments that a config of this kind must say, as far as the kind has them."""
    return NEEDED | NEEDED_OF.get(kind, set())


def changes_nothing(name: str, value: Any, rank: int | None) -> bool:
    """Whether an argument that we have no word for says what goes without saying.

    Args:
        name: of the argument.
        value: in its shortest form.
        rank: axes of what the layer reads, the batch's too; None where the config does not say.
    """
    if name in ELSEWHERE or value is None or value in ((), {}):
        return True
    if name.endswith("initializer"):
        return _class(value) == ("Ones" if name in ONES else "Zeros")
    if name == LAST:
        return value == -1 or (rank is not None and value == rank - 1) or (rank is None and value == 3)
    return value in NEUTRAL.get(name, ())


def initializer(kind: str, config: dict[str, Any]) -> str:
    """The name in Keras' spelling that says the same as an object with its numbers; empty where none does.

    Args:
        kind: its class.
        config: its numbers, its seed apart.
    """
    told = {name: value for name, value in config.items() if value is not None}
    if kind == "VarianceScaling" and set(told) <= {"scale", "mode", "distribution"}:
        who = VARIANCES.get((told.get("scale", 1), told.get("mode", "fan_in")))
        how = DISTRIBUTIONS.get(told.get("distribution", "truncated_normal"))
        return f"{who}_{how}" if who and how else ""
    usual = INITIALIZERS.get(kind, {})
    return kind if {**usual, **told} == usual else ""


def _class(value: Any) -> str:
    """The class of an object of Keras; old versions write its name alone."""
    told = value.get("class_name") if isinstance(value, dict) else value
    return {"zeros": "Zeros", "ones": "Ones"}.get(told, told) if isinstance(told, str) else ""
