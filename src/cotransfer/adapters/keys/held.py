"""Keys that are handed over once and held in memory: for tests, and for programs with a way of their own to keys.

Never writes one anywhere.
"""

from collections.abc import Mapping

from cotransfer.adapters.keys.making import checked, make_key
from cotransfer.ports.keys import KEY_NAME, KeyMissing, KeyUse


class HeldKeys:
    """A `KeyProvider` over a table of tables: by use, then by name."""

    def __init__(self, keys: Mapping[KeyUse, Mapping[str, bytes]]) -> None:
        """Raises `ValueError` for a name that is none, and `KeyMissing` for a key that is not of its use."""
        for of_use in keys.values():
            if not all(KEY_NAME.fullmatch(name) for name in of_use):
                raise ValueError(
                    "A key's name is 1 to 63 of a to z, digits, - and ., and begins with a letter or digit."
                )
        self._keys = {
            use: {name: checked(use, name, of_use[name]) for name in sorted(of_use)} for use, of_use in keys.items()
        }

    @classmethod
    def new(cls, *uses: KeyUse) -> "HeldKeys":
        """A new key called "1" of each of `uses`, of every use when none is named."""
        return cls({use: {"1": make_key(use)} for use in uses or KeyUse})

    def names(self, use: KeyUse) -> tuple[str, ...]:
        return tuple(self._keys.get(use, ()))

    def key(self, use: KeyUse, name: str) -> bytes:
        try:
            return self._keys[use][name]
        except KeyError:
            raise KeyMissing(
                use, f"The {use.value} key {name} was not handed over. Hand it over with the others."
            ) from None

    def __repr__(self) -> str:
        held = {use.value: list(names) for use, names in self._keys.items()}
        return f"HeldKeys({held})"
