"""What a script says where pictures are mixed: labels in shares, judged by the larger one."""

from core.experiment import Experiment

ACCURACY = '''def accuracy(told, answered):
    """As Keras' own, but a mixed picture counts as the class of its larger share."""
    return keras.ops.cast(keras.ops.equal(told > 0.5, answered > 0.5), "float32")


'''


def is_binary(experiment: Experiment) -> bool:
    """Whether labels are one number each, which is a share where pictures are mixed."""
    return experiment.mixes and experiment.loss(experiment.dataset.facts()) == "binary_crossentropy"


def metric(experiment: Experiment) -> str:
    """What `compile` is told to measure: Keras' accuracy of one unit takes labels for whole numbers."""
    return "accuracy" if is_binary(experiment) else '"accuracy"'


def changed(experiment: Experiment) -> str:
    """The lines of the generator that change a batch."""
    mixing = ", ".join(dict.fromkeys(change.keras for change in experiment.applied if change.mixes))
    return f"""            pictures, answers = images[part].astype("float32"), targets[part]
            for change in augmentation:
                if isinstance(change, ({mixing},)):  # labels are mixed in the shares of the pictures
                    mixed = change({{"images": pictures, "labels": answers}}, training=True)
                    pictures, answers = mixed["images"], mixed["labels"]
                else:
                    pictures = change(pictures, training=True)
"""


def weights(experiment: Experiment) -> str:
    """How much each picture of a batch counts: as what it is mixed of."""
    shares = "np.asarray(answers)"
    if is_binary(experiment):
        shares = "np.hstack([1 - np.asarray(answers), np.asarray(answers)])"
    return f"{shares} @ np.array([class_weight[c] for c in range(len(class_names))])"
