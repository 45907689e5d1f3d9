"""What is called how in a workspace and in the directory of a run; nobody else spells these names."""

RUNS, QUEUE, TRASH = "runs", "queue", "trash"
"""Folders of a workspace."""

EXPERIMENT, STATUS, METRICS, CHECKPOINTS = "experiment.json", "status.json", "metrics.jsonl", "checkpoints"
INTENT, NOTES, LOCK, LOG = "intent.json", "notes.json", "run.lock", "log.txt"
TURN = "intent.lock"
FORMAT = "format.json"
GLIMPSE = "glimpse.json"
PREDICTIONS = "predictions.bin"
"""Parts of a run; the last but one is what its worker saw within an epoch, the latest only, the last what it answered
to the validation images after every epoch."""

WEIGHTS, STATE, MANIFEST = "weights.npz", "state.npz", "manifest.json"
"""Parts of a checkpoint."""

FROZEN = "frozen.npz"
"""Beside the checkpoints: the weights that training does not change, once for all of them."""
