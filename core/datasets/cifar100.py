"""CIFAR-100: the hundred fine classes, as Keras gives them."""

from typing import ClassVar

from core.datasets import keras_datasets


class CIFAR100(keras_datasets._KerasDataset):
    """60 000 colour photos of 32x32 pixels in a hundred kinds of things: CIFAR-10's harder sister, 600 of each."""

    module: ClassVar[str] = "cifar100"
    rank: ClassVar[int] = 13
    megabytes: ClassVar[int] = 169
    origin: ClassVar[str] = "www.cs.toronto.edu"
    kept: ClassVar[tuple[str, ...]] = ("cifar-100-python-target_archive",)
    shape: ClassVar[tuple[int, int, int]] = (32, 32, 3)
    counts: ClassVar[tuple[int, int]] = (50_000, 10_000)
    names: ClassVar[tuple[str, ...]] = (
        "apple", "aquarium fish", "baby", "bear", "beaver", "bed", "bee", "beetle", "bicycle", "bottle",
        "bowl", "boy", "bridge", "bus", "butterfly", "camel", "can", "castle", "caterpillar", "cattle",
        "chair", "chimpanzee", "clock", "cloud", "cockroach", "couch", "crab", "crocodile", "cup", "dinosaur",
        "dolphin", "elephant", "flatfish", "forest", "fox", "girl", "hamster", "house", "kangaroo", "keyboard",
        "lamp", "lawn mower", "leopard", "lion", "lizard", "lobster", "man", "maple tree", "motorcycle", "mountain",
        "mouse", "mushroom", "oak tree", "orange", "orchid", "otter", "palm tree", "pear", "pickup truck", "pine tree",
        "plain", "plate", "poppy", "porcupine", "possum", "rabbit", "raccoon", "ray", "road", "rocket",
        "rose", "sea", "seal", "shark", "shrew", "skunk", "skyscraper", "snail", "snake", "spider",
        "squirrel", "streetcar", "sunflower", "sweet pepper", "table", "tank", "telephone", "television", "tiger",
        "tractor",
        "train", "trout", "tulip", "turtle", "wardrobe", "whale", "willow tree", "wolf", "woman", "worm",
    )  # fmt: skip

    @classmethod
    def title(cls) -> str:
        return "CIFAR-100"
