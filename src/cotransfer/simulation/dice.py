"""Chance out of a seed, told by name: the n-th draw of a name is the same whatever else is drawn.

So a fault that is left out shifts no other one. Never depends on the hash seed of Python, nor on an order.
"""

import zlib
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")

_WORD = (1 << 64) - 1


class Dice:
    """One for a schedule."""

    def __init__(self, seed: int) -> None:
        self._seed = _mixed(seed & _WORD)
        self._names: dict[str, int] = {}

    def word(self, name: str, nth: int = 0) -> int:
        """64 bits."""
        named = self._names.get(name)
        if named is None:
            named = self._names[name] = self._seed ^ zlib.crc32(name.encode()) << 32
        return _mixed(named ^ nth)

    def unit(self, name: str, nth: int = 0) -> float:
        """In [0, 1)."""
        return (self.word(name, nth) >> 11) / (1 << 53)

    def between(self, low: float, high: float, name: str, nth: int = 0) -> float:
        """In [low, high)."""
        return low + (high - low) * self.unit(name, nth)

    def odds(self, chance: float, name: str, nth: int = 0) -> bool:
        """True with that chance."""
        return self.unit(name, nth) < chance

    def pick(self, some: Sequence[T], name: str, nth: int = 0) -> T:
        """One of `some`."""
        return some[int(self.unit(name, nth) * len(some))]


def _mixed(word: int) -> int:
    """SplitMix64's finaliser."""
    word = (word + 0x9E3779B97F4A7C15) & _WORD
    word = (word ^ (word >> 30)) * 0xBF58476D1CE4E5B9 & _WORD
    word = (word ^ (word >> 27)) * 0x94D049BB133111EB & _WORD
    return word ^ (word >> 31)
