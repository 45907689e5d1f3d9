"""Runs: everything about trainings, each in a directory of its own, and the only owner of the names in it.

`layout` names the files, `states`, `records` and `checkpoints` read them, `run` is one run, `recorder` the pen of its
worker, `queue` who waits; `collection` makes, finds, deletes and restores runs.
"""
