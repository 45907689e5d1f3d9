"""What is written behind the training: in order, waited for, and no error of it lost."""

import threading

import pytest

from core.training.behind import Behind


def test_a_job_runs_beside_its_caller_and_the_next_one_waits_for_it():
    order, may_end = [], threading.Event()

    def slow():
        may_end.wait(60)
        order.append("first")

    with Behind() as behind:
        behind.begin(slow)
        order.append("caller")
        may_end.set()
        behind.begin(lambda: order.append("second"))
    assert order == ["caller", "first", "second"]


def test_what_a_job_raises_is_told_once_to_whoever_needs_it():
    def fails():
        raise OSError("the disk")

    with Behind() as behind:
        behind.begin(fails)
        with pytest.raises(OSError, match="the disk"):
            behind.wait()
        behind.wait()
    with pytest.raises(OSError, match="the disk"), Behind() as behind:
        behind.begin(fails)


def test_the_first_error_is_the_one_that_is_told():
    def fails():
        raise OSError("the disk")

    with pytest.raises(ValueError, match="the network"), Behind() as behind:
        behind.begin(fails)
        raise ValueError("the network")
