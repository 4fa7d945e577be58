"""Where a reversal can stand: one class per state. The transfer it is about stays completed in every one of them.

An open state says which stage it waits for; a closed one has nothing left to wait for.
"""

from typing import ClassVar

import attrs

from cotransfer.domain.reports import Grounds
from cotransfer.domain.reversals.case import File
from cotransfer.domain.reversals.findings import Stage


@attrs.frozen
class NotOpened:
    """Nobody has questioned the transfer yet, under this number."""

    code: ClassVar = "not_opened"


@attrs.frozen
class Opened:
    """已提出: stored with us; the utility has not said that it has it."""

    code: ClassVar = "opened"
    waits_for: ClassVar = Stage.TAKE_UP
    file: File


@attrs.frozen
class InDecision:
    """审查中: the utility has it."""

    code: ClassVar = "in_decision"
    waits_for: ClassVar = Stage.DECIDE
    file: File


@attrs.frozen
class CarryingOut:
    """更正中: upheld; the utility is putting the account back."""

    code: ClassVar = "carrying_out"
    waits_for: ClassVar = Stage.CARRY_OUT
    file: File
    grounds: Grounds


@attrs.frozen
class Reversed:
    """已更正: the account bears its former name again."""

    code: ClassVar = "reversed"
    ended_at: ClassVar = Stage.CARRY_OUT
    file: File


@attrs.frozen
class NotReversed:
    """未能更正: upheld, and could not be carried out."""

    code: ClassVar = "not_reversed"
    ended_at: ClassVar = Stage.CARRY_OUT
    file: File
    grounds: Grounds


@attrs.frozen
class ReversalRejected:
    """不予更正: the transfer stands."""

    code: ClassVar = "rejected"
    ended_at: ClassVar = Stage.DECIDE
    file: File
    grounds: Grounds


@attrs.frozen
class ReversalWithdrawn:
    """已撤回: by whoever had opened it, before it was decided."""

    code: ClassVar = "withdrawn"
    ended_at: ClassVar = Stage.DECIDE
    file: File


Undecided = Opened | InDecision
OpenReversal = Undecided | CarryingOut
ClosedReversal = Reversed | NotReversed | ReversalRejected | ReversalWithdrawn
ReversalState = NotOpened | OpenReversal | ClosedReversal
