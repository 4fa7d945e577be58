"""What the value tests share: the fault of a refusal, a fixed day, right numbers. Never asks the code under test."""

import datetime
import re
from collections.abc import Callable

import pytest

from cotransfer.domain.faults import Fault, Invalid

TODAY = datetime.date(2026, 11, 23)
PERSON_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
NOT_TEXTS = (None, 5, 5.0, True, b"53", ["53"], {"a": 1})
EMPTIES = ("", " ", "\t\n", "　")


def fault_of(parse: Callable[[], object]) -> Fault:
    """The only fault of a refusal."""
    with pytest.raises(Invalid) as caught:
        parse()
    (fault,) = caught.value.faults
    return fault


def sample_in(fault: Fault) -> str:
    """The invented sample at the end of the sentence that says what a right one looks like."""
    found = re.search(r"(?:such as|reads like) ([^ ;]+?)[.;]?(?: |$)", fault.right)
    assert found, fault.right
    return found[1]


def with_person_check(first_17: str) -> str:
    """ISO 7064 MOD 11-2, by its definition: the weighted sum of all 18 leaves 1."""
    total = sum(int(digit) * weight for digit, weight in zip(first_17, PERSON_WEIGHTS, strict=True))
    return first_17 + next("0123456789X"[check] for check in range(11) if (total + check) % 11 == 1)


def with_credit_check(first_17: str) -> str:
    """GB 32100, by its definition: the sum weighted with powers of 3, check included, is a multiple of 31."""
    total = sum(CREDIT_ALPHABET.index(char) * 3**place for place, char in enumerate(first_17))
    return first_17 + next(char for check, char in enumerate(CREDIT_ALPHABET) if (total + check) % 31 == 0)


def with_licence_check(first_14: str) -> str:
    """GS 15, by the definition of ISO 7064 MOD 11,10: the carry, check included, leaves 1 modulo 10."""
    carry = 10
    for digit in first_14:
        carry = (carry + int(digit)) % 10
        carry = (carry if carry else 10) * 2 % 11
    return first_14 + str((11 - carry) % 10)
