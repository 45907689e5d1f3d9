"""What the ready-made experiments are, in the order in which one meets them: groups, a line each, and their time."""

from dataclasses import dataclass

FIRST, LESSONS, TRANSFER, FAMOUS, LOOK, ADDED = (
    "First steps",
    "From the lessons",
    "On a base that has learnt already",
    "Famous networks, made small",
    "To look at",
    "Of this installation",
)


@dataclass(frozen=True)
class Beside:
    """Another value with which an experiment is trained as well, to see what it changes.

    Args:
        field: its path: "dataset.image_size".
        values: that it has in the runs, its own among them.
        words: of the button that starts them.
    """

    field: str
    values: tuple[int, ...]
    words: str


@dataclass(frozen=True)
class Told:
    """What people are told of a ready-made experiment before they take it.

    Args:
        group: under which heading it stands.
        words: what it is, in a line.
        minutes: that its training takes about, on a processor of two cores; 0 where it is there to be looked at.
        beside: what it is worth being trained with.
        keeps_own: whether it is for pictures of one's own, which stay where there are some.
    """

    group: str
    words: str
    minutes: float = 0
    beside: Beside | None = None
    keeps_own: bool = False

    def time(self) -> str:
        """How long its training takes, on two cores: "20 s"; empty where it is not known."""
        if not self.minutes:
            return ""
        return f"{self.minutes:.0f} min" if self.minutes >= 1 else f"{self.minutes * 60:.0f} s"


SHELF = {
    "digits-cnn": Told(FIRST, "Handwritten digits, 8x8 grey: two convolutions learn them in seconds.", 0.1),
    "digits-early-stopping": Told(FIRST, "The same, and it stops by itself when validation gets no better.", 0.2),
    "shapes-cnn": Told(FIRST, "Six kinds of coloured shapes, drawn on this machine.", 0.4),
    "fashion-dense": Told(FIRST, "Clothes, 28x28 grey, by a network without convolutions.", 0.6),
    "fashion-cnn": Told(FIRST, "Clothes by two convolutions: better, and slower.", 5),
    "digits-notes": Told(
        LESSONS, "Digits as in the notes: pixels 0..16, no activation, one picture of each class held out.", 0.2
    ),
    "horse-or-human-300": Told(
        LESSONS,
        "Two classes at 300x300: three convolutions leave 78 400 values for Dense 512. An epoch is 8 steps of 128, as "
        "in the lessons, and one of the 3 pictures that are left.",
        5,
    ),
    "horse-or-human-300-five": Told(
        LESSONS, "The same with five convolutions: 3 136 values are left, and the network is 24 times smaller.", 5
    ),
    "horse-or-human-150": Told(
        LESSONS,
        "The same three convolutions at 150x150: a quarter of the pixels, and of the time.",
        1,
        Beside("dataset.image_size", (150, 300), "Train it beside the 300 px one"),
    ),
    "rock-paper-scissors": Told(
        LESSONS, "Three classes of hands at 150x150: softmax, one-hot labels, and a test folder of its own.", 2
    ),
    "forgetting-digits": Told(
        LESSONS, "The digits 0 to 4, then 5 to 9 alone: watch the first five being forgotten, then try a remedy.", 0.2
    ),
    "new-classes-digits": Told(
        LESSONS, "Five digits, and later five more in the same network: old outputs keep their weights.", 0.2
    ),
    "transfer-own-images": Told(
        TRANSFER,
        "A small frozen base sees, one layer learns your classes, fifty pictures of each: Adam at 0.003, 20 epochs. "
        "Four changed versions of a picture are computed once, so it takes seconds. Your own pictures stay.",
        0.5,
        keeps_own=True,
    ),
    "transfer-fine-tune": Told(
        TRANSFER,
        "The same for 10 epochs; then the last third of the base learns, too, at a tenth of the rate.",
        1,
        keeps_own=True,
    ),
    "lenet-5": Told(FAMOUS, "LeCun's network of 1998, as it is taught today: tanh and average pooling.", 0.7),
    "digits-residual": Told(FAMOUS, "Two paths that meet again by Add, the idea of residual networks, on digits.", 0.3),
    "tiny-vgg": Told(FAMOUS, "The network of CNN Explainer: 19 920 parameters, ten filters a layer, 64x64.", 2),
    "vgg-small": Told(FAMOUS, "Pairs of 3x3 convolutions, then a pooling, three times over; then Dropout.", 0.5),
    "resnet-small": Told(FAMOUS, "Three residual blocks: each adds what it finds to what it was given.", 2),
    "inception-small": Told(FAMOUS, "Two inception blocks: kernels of 1x1, 3x3 and 5x5 side by side.", 1),
    "mobilenet-small": Told(FAMOUS, "Depthwise and 1x1 convolutions in place of full ones: little arithmetic.", 2),
    "mobilenet": Told(LOOK, "MobileNet for ImageNet (2017): 4 253 864 parameters, 569 million multiply-adds."),
    "mobilenet-v2": Told(
        LOOK, "MobileNetV2 at 160x160 (2018): inverted residuals, 2 257 984 parameters, and 1 281 for two classes."
    ),
}
"""By name; what stands first is shown first."""


def told(name: str) -> Told:
    """What is said of one; of those that a plug-in brings, that they come from there."""
    return SHELF.get(name, Told(ADDED, "Brought along by whoever runs this installation.", 0))
