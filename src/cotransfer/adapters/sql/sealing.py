"""What a store seals with: data keys, each for one transfer or one day's answers, wrapped by keys of the provider.

A sealed value opens in its own place only: table, column, row, data key, and what the row says it is. Never writes a
data key down unwrapped, and never keeps more of them in memory than its limit.
"""

import functools
import secrets
from datetime import datetime

import attrs

from cotransfer.adapters.crypto.suites import Sealer, Suite, Tampered, derived
from cotransfer.adapters.sql.codec import UnreadableRow
from cotransfer.adapters.sql.moments import micros
from cotransfer.adapters.sql.tongue import Row
from cotransfer.ports.keys import KeyMissing, KeyProvider, KeyUse, current

DATA_KEYS_KEPT = 4_096
"""Data keys in memory, ready for use; the least recently used go first."""

ANSWERS = "answers-"
"""Before the number of the day, the data key of the answers that moved no transfer."""

DAY_MICROS = 86_400_000_000


class _NoKeys:
    """For a store that is opened for what needs no key; whatever does need one is told so."""

    def names(self, use: KeyUse) -> tuple[str, ...]:
        return ()

    def key(self, use: KeyUse, name: str) -> bytes:
        raise KeyMissing(use, f"The store was opened without keys, and this needs the {use.value} key {name}.")


@attrs.frozen
class Sealing:
    """The keys of a deployment, and the suite for what is sealed from now on."""

    keys: KeyProvider = attrs.field(factory=_NoKeys)
    suite: Suite = Suite.AES_256_GCM


@attrs.frozen
class Wrapped:
    """A data key as it is stored: which key wraps it, and what came of that."""

    key_id: str
    kek: str
    wrapped: bytes


@attrs.frozen
class DataKey:
    """A data key ready for use."""

    id: str
    sealer: Sealer = attrs.field(repr=False)

    def seal(self, clear: bytes, place: str) -> bytes:
        """`clear`, sealed for `place`: `table|column|row`."""
        return self.sealer.seal(clear, f"{place}|{self.id}".encode())

    def open(self, sealed: bytes, place: str, row: str) -> bytes:
        """Raises `UnreadableRow`, which names `row`, for what was changed or belongs elsewhere."""
        try:
            return self.sealer.open(sealed, f"{place}|{self.id}".encode())
        except Tampered:
            raise UnreadableRow(row, "it was changed, or was sealed for another place") from None


class Keyring:
    """The keys of one store, unwrapped as they are needed; any thread may use it."""

    def __init__(self, sealing: Sealing) -> None:
        self.sealing = sealing
        self._index: dict[str, bytes] = {}
        self._wrapper = functools.lru_cache(maxsize=64)(self._derived)
        # By the wrapped form: whatever wraps a data key anew, it is the same key; and nothing else opens to it.
        self.data_key = functools.lru_cache(maxsize=DATA_KEYS_KEPT)(self._unwrapped)

    def new(self, key_id: str) -> tuple[DataKey, Wrapped]:
        """A data key that nobody has yet, wrapped by the current key."""
        suite = self.sealing.suite
        key = secrets.token_bytes(suite.key_bytes)
        return DataKey(key_id, Sealer(suite, key)), self._wrap(key_id, bytes((suite.mark,)) + key)

    def wrapped_anew(self, old: Wrapped) -> Wrapped:
        """The same data key under the current wrapping key; raises `KeyMissing`, `UnreadableRow`."""
        return self._wrap(old.key_id, self._unwrap(old))

    def index_keys(self) -> dict[str, bytes]:
        """Every live index key: what is hashed under each of them is found while one follows the other.

        One that was removed is used on for as long as the process lives: else what ends meanwhile would give up its
        claims under the others only. Whether it may be missed is looked at when a process starts.
        """
        keys = self.sealing.keys
        current(keys, KeyUse.INDEX)
        live = {name: keys.key(KeyUse.INDEX, name) for name in keys.names(KeyUse.INDEX)}
        # A new table instead of a changed one: two threads may ask at once.
        self._index = {**self._index, **live}
        return self._index

    def _wrap(self, key_id: str, marked_key: bytes) -> Wrapped:
        kek = current(self.sealing.keys, KeyUse.WRAPPING)
        wrapper = self._wrapper(kek, self.sealing.suite)
        return Wrapped(key_id, kek, wrapper.seal(marked_key, _place(key_id, kek)))

    def _unwrap(self, wrapped: Wrapped) -> bytes:
        try:
            wrapper = self._wrapper(wrapped.kek, Suite.marked(wrapped.wrapped[0]))
            return wrapper.open(wrapped.wrapped, _place(wrapped.key_id, wrapped.kek))
        except (Tampered, IndexError):
            raise UnreadableRow(f"data_keys {wrapped.key_id}", "it was changed, or wrapped by another key") from None

    def _unwrapped(self, wrapped: Wrapped) -> DataKey:
        marked_key = self._unwrap(wrapped)
        return DataKey(wrapped.key_id, Sealer(Suite.marked(marked_key[0]), marked_key[1:]))

    def _derived(self, kek: str, suite: Suite) -> Sealer:
        return derived(self.sealing.keys.key(KeyUse.WRAPPING, kek), suite, b"wrapping")


def answers_key(at: datetime) -> str:
    """The data key of the answers given on the UTC day of `at`; SQL reckons the same in `statements`."""
    return f"{ANSWERS}{int(micros(at) / DAY_MICROS)}"


def data_key_row(wrapped: Wrapped, at: datetime) -> Row:
    """As it goes into the table."""
    return (wrapped.key_id, wrapped.kek, wrapped.wrapped, micros(at))


def _place(key_id: str, kek: str) -> bytes:
    return f"data_keys|wrapped|{key_id}|{kek}".encode()
