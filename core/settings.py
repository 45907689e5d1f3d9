"""What can be set from outside, by variables of the environment: declared once; README and Storage derive theirs."""

import os
import re
from dataclasses import dataclass

PREFIX = "KERNELSCOPE_"


@dataclass(frozen=True)
class Setting:
    """One variable.

    Args:
        name: without the prefix, such as "HOSTS".
        default: what holds where it is not set, as it is written there.
        sentence: what it does, with its unit.
    """

    name: str
    default: str
    sentence: str

    @property
    def variable(self) -> str:
        """Its whole name."""
        return PREFIX + self.name

    def text(self) -> str:
        """What was set; empty where nothing was."""
        return os.environ.get(self.variable, "").strip()

    def words(self) -> list[str]:
        """What was set, as a list: commas and spaces part its words."""
        return re.split(r"[,\s]+", self.text()) if self.text() else []


@dataclass(frozen=True)
class Amount(Setting):
    """A number of some unit; what is no number, below nought, or less than a byte, counts as not set.

    What is counted has no parts: half a day would be none, and what may be restored for that long would go at once.

    Args:
        unit: its bytes; 1 for what is counted.
    """

    unit: int = 1

    def value(self) -> int:
        """What holds now, in bytes or in ones."""
        return self._read(self.text()) if self.is_understood() else self._read(self.default)

    def is_understood(self) -> bool:
        """Whether what was set can be used; nothing can't."""
        return self._read(self.text()) >= 0

    def _read(self, text: str) -> int:
        try:
            number = float(text)
            amount = int(number * self.unit)
        except (ValueError, OverflowError):
            return -1
        is_cut = amount != number if self.unit == 1 else number > 0 == amount
        return -1 if number < 0 or is_cut else amount


MB, GB = 1_000_000, 1_000_000_000

HOME = Setting("HOME", "`workspace/`", "Folder in which all that you make lies: runs, uploaded images, prepared data.")
DISK = Amount("DISK_GB", "10", "GB of prepared data; the least recently used goes, and is made again when wanted.", GB)
FEATURES = Amount(
    "FEATURES_GB",
    "5",
    "GB of features that frozen layers made of images; the least recently used go, and are made again when wanted.",
    GB,
)
IMAGES = Amount("IMAGES_GB", "20", "GB of uploaded images; when they are full, an upload is refused.", GB)
RUNS = Amount("RUNS_GB", "20", "GB of runs; when they are full, none is started. No finished run goes by itself.", GB)
TRASH = Amount(
    "TRASH_GB",
    "5",
    "GB of deleted runs and uploads; beyond them the oldest go for ever, those of the last hour beyond twice as many.",
    GB,
)
TRASH_DAYS = Amount("TRASH_DAYS", "60", "Days for which what was deleted can be restored at the longest.")
UPLOADS = Amount("UPLOAD_MB", "1000", "MB of memory for files on their way in, those of all tabs together.", MB)
SLOTS = Setting("SLOTS", "half the cores", "How many runs are trained at once; more wait in a queue.")
MEMORY = Setting("MEMORY_GB", "a share of the machine's", "GB of memory that one run may take.")
STANDBY = Setting("STANDBY", "1", "0 saves the 1.3 GB of two processes that wait with TensorFlow imported.")
HOSTS = Setting("HOSTS", "this machine's names", "Further names of the server, as behind a proxy: `lab.school.org`.")
FRAMES = Setting("FRAMES", "nobody", "Sites that may show Kernelscope in a frame: `https://moodle.school.org`.")
FOLDERS = Setting(
    "FOLDERS", "none", "Folders of the server, parted by commas; every folder in them is offered on the Data page."
)
PLUGINS = Setting("PLUGINS", "none", "Folders with layers, datasets, lenses ... of your own; see `core/plugins.py`.")
SMALL_STEP = Amount(
    "SMALL_STEP", "32000000", "Multiply-adds of a training step up to which each of its operations is left to one core."
)

ALL = (
    *(HOME, DISK, FEATURES, IMAGES, RUNS, TRASH, TRASH_DAYS, UPLOADS),
    *(SLOTS, MEMORY, STANDBY, HOSTS, FRAMES, FOLDERS, PLUGINS, SMALL_STEP),
)


def misread() -> list[str]:
    """A sentence for each that was set to what it can't be."""
    return [
        f"{one.variable}={one.text()} is no {_kind(one)}; {one.default} is used."
        for one in ALL
        if isinstance(one, Amount) and one.text() and not one.is_understood()
    ]


def _kind(one: Amount) -> str:
    return "whole number" if one.unit == 1 else "amount (a number with a point is: 0.5)"


def table() -> str:
    """All of them as the Markdown table that stands in README."""
    rows = [f"| `{one.variable}` | {one.default} | {one.sentence} |" for one in ALL]
    return "\n".join(["| variable | unless set | what it does |", "|---|---|---|", *rows])
