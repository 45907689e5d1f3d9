"""Runs: everything about trainings, each in a directory of its own, and the only owner of the names in it.

`layout` names the files, `states`, `records` and `checkpoints` read them, `run` is one run, `recorder` the pen of its
worker, `queue` who waits; `collection` makes, finds, deletes and restores runs. `overview` and `live` read all of them,
and what one measures, once for all who look: `following` takes of a growing file only what is new.
"""
