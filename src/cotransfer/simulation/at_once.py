"""Runs a coroutine that has nothing to wait for. Never lets one wait."""

from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


def at_once(work: Coroutine[Any, Any, T]) -> T:
    """What it returns. Raises `RuntimeError` when it would have waited."""
    try:
        work.send(None)
    except StopIteration as done:
        value: T = done.value
        return value
    work.close()
    raise RuntimeError("It waits, and may not.")
