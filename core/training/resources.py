"""How much of the machine a training takes."""

import psutil


class Resources:
    """Memory and processor time of this process."""

    def __init__(self) -> None:
        self._process = psutil.Process()
        self._process.cpu_percent()  # the first call only starts the clock

    def take(self) -> dict[str, float]:
        """`memory_mb` resident, and `cpu_percent` since the last call; 100 is one core."""
        with self._process.oneshot():
            return {
                "memory_mb": self._process.memory_info().rss / 2**20,
                "cpu_percent": self._process.cpu_percent(),
            }
