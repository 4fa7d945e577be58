"""What a utility finds on a reversal: that it takes it up, how it decides, and whether it was carried out.

A finding comes as the utility's message or is entered by the operator, in its name; it is the same either way.
"""

import enum
from typing import ClassVar

import attrs

from cotransfer.domain.reports import Grounds


class Stage(enum.IntEnum):
    """What a reversal waits for, in order."""

    TAKE_UP = 1
    DECIDE = 2
    CARRY_OUT = 3


@attrs.frozen
class TakenUp:
    """The utility has it under its own reference."""

    stage: ClassVar = Stage.TAKE_UP
    goes_on: ClassVar = True
    reference: str


@attrs.frozen
class Upheld:
    """The transfer was wrong: the account is to go back."""

    stage: ClassVar = Stage.DECIDE
    goes_on: ClassVar = True
    grounds: Grounds


@attrs.frozen
class Rejected:
    """The transfer stands."""

    stage: ClassVar = Stage.DECIDE
    goes_on: ClassVar = False
    grounds: Grounds


@attrs.frozen
class CarriedOut:
    """The account bears the name that it bore before the transfer."""

    stage: ClassVar = Stage.CARRY_OUT
    goes_on: ClassVar = False


@attrs.frozen
class NotCarriedOut:
    """Upheld, and yet the account could not be put back."""

    stage: ClassVar = Stage.CARRY_OUT
    goes_on: ClassVar = False
    grounds: Grounds


Finding = TakenUp | Upheld | Rejected | CarriedOut | NotCarriedOut
"""In the order of the stages."""
