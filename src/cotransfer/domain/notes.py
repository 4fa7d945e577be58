"""What the audit trail remembers: every disclosure and every decision, without a personal value.

Says what happened; how entries are chained, gathered and proved is the store's and the sequencer's. What is not a
stable word, or looks like somebody's number, is no word of a note: `ValueError`, as it is made.
"""

import re
from datetime import datetime

import attrs

from cotransfer.domain.datasets import FIELDS, Dataset, Operation
from cotransfer.domain.values import IdentityNumber, TransferId

_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/#=+-]{0,127}")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_NUMBER = re.compile(r"(?<![0-9A-Za-z])(?:\d{15}|\d{17}[\dXx]|(?:86)?1[3-9]\d{9})(?![0-9A-Za-z])")
"""Of a citizen, old and new, and of a mobile telephone."""


def _check(*words: str | None) -> None:
    for word in words:
        if word is not None and (not _WORD.fullmatch(word) or _NUMBER.search(_UUID.sub("", word))):
            raise ValueError("A note holds stable words only: ASCII without blanks, at most 128, nobody's number.")


@attrs.frozen(kw_only=True)
class Disclosure:
    """Data that left us: which fields of which table, to whom, by which exchange, for what, on what basis.

    `fields` are names out of `datasets.FIELDS`; `grant` and `consent` are references, None where none was needed.
    """

    to: str
    operation: Operation
    dataset: Dataset
    fields: tuple[str, ...]
    purpose: str
    grant: str | None = None
    consent: str | None = None
    count: int = 1

    def __attrs_post_init__(self) -> None:
        _check(self.to, self.purpose, self.grant, self.consent)
        if not set(self.fields) <= set(FIELDS[self.dataset]):
            raise ValueError("A disclosure names fields of its dataset, and nothing else.")


@attrs.frozen(kw_only=True)
class Decision:
    """Something decided that bears on a transfer, on who may see what, or on keys.

    `what` is a stable word such as "transfer.pre_review_passed", "grant.suspended", "client.barred"; `who` is a party,
    a client's identifier or an operator's; `about` names a thing (a grant, a receiver, a key), `why` is a stable code.
    No word of any of them is personal, and none is free text.
    """

    what: str
    who: str
    about: str | None = None
    why: str | None = None

    def __attrs_post_init__(self) -> None:
        _check(self.what, self.who, self.about, self.why)


@attrs.frozen(kw_only=True)
class Note:
    """One entry to be: `chain` is what it belongs to, a transfer's identifier or the name of something else.

    `subject` is whose data it is about; it is kept as a keyed hash beside the trail, never in it. A chain with a
    subject is about nobody else: who may see one entry of it may see them all.
    """

    chain: str
    at: datetime
    what: Disclosure | Decision
    subject: IdentityNumber | None = None

    def __attrs_post_init__(self) -> None:
        _check(self.chain)


def about_transfer(transfer: TransferId) -> str:
    """The chain of a transfer."""
    return transfer.text
