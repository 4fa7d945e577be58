"""What is brought to the desk, and what is taken from it."""

from collections.abc import Callable
from datetime import datetime

import attrs

from cotransfer.domain.commands import Command
from cotransfer.domain.consents import Consent
from cotransfer.domain.events import Event
from cotransfer.domain.notes import Note
from cotransfer.domain.states import State
from cotransfer.domain.values import TransferId, UtilityId
from cotransfer.ports.agenda import Lease
from cotransfer.ports.transfers import MessageKey, Seen


class MessageReused(Exception):
    """A message key came again with another content; nothing of it was done."""


@attrs.frozen
class Message:
    """The message that brought an errand: its key, and a digest of all that it asks.

    `former` are the digests of the same content that may have been stored before the digests' own key was changed.
    """

    key: MessageKey
    digest: bytes
    former: tuple[bytes, ...] = ()


@attrs.frozen
class Ruling:
    """What became of an errand `at` that instant: the state after it, and the events it caused (`()`: no news)."""

    transfer: TransferId
    state: State
    events: tuple[Event, ...]
    at: datetime


@attrs.frozen
class Reply:
    """What the caller gets after the commit: the ruling, and the answer that was stored with the message.

    `ruling` is None when nothing was decided: the answer of a query was kept, or the message had been answered before
    and this is that answer (`replayed`).
    """

    answer: bytes = attrs.field(repr=False)
    ruling: Ruling | None = None
    replayed: bool = False

    @property
    def decided(self) -> Ruling:
        """The ruling, for callers who sent no message: they are never answered from the store."""
        assert self.ruling is not None, "Nothing was decided: this is a stored answer."  # noqa: S101 - a caller's mistake
        return self.ruling


def replay(seen: Seen, message: Message) -> Reply:
    """The stored answer of a message that came again; raises `MessageReused` when it asks something else."""
    if seen.digest not in (message.digest, *message.former):
        raise MessageReused(message.key.key)
    return Reply(seen.answer, replayed=True)


def _no_answer(_: Ruling) -> bytes:
    return b""


def _no_notes(_: Ruling) -> tuple[Note, ...]:
    return ()


@attrs.frozen(kw_only=True)
class Errand:
    """Commands for one transfer, decided together and stored together.

    `answer` makes the answer that is stored with the message, before the commit: it must be pure. `finishes` is the
    claimed task that the errand completes. `by` is the utility that brings it: to a utility, the transfers of others
    are unknown. `noted` makes what goes into the audit trail with it; `consents` are given, or withdrawn.
    """

    transfer: TransferId
    commands: tuple[Command, ...]
    message: Message | None = None
    by: UtilityId | None = None
    finishes: Lease | None = None
    answer: Callable[[Ruling], bytes] = _no_answer
    noted: Callable[[Ruling], tuple[Note, ...]] = _no_notes
    consents: tuple[Consent, ...] = ()


@attrs.frozen
class Keeping:
    """What is to be stored without moving a transfer: a query's answer under its message, and what is noted of it.

    Without a message only the rest is stored: something is about to leave that nobody will ask for again by key.
    `consents` are given, or withdrawn.
    """

    message: Message | None
    answer: bytes = attrs.field(default=b"", repr=False)
    noted: tuple[Note, ...] = ()
    consents: tuple[tuple[TransferId, Consent], ...] = ()
