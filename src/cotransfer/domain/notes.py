"""What the audit trail remembers: every disclosure and every decision, without a personal value.

Says what happened; how entries are chained, gathered and proved is the store's and the sequencer's.
"""

from datetime import datetime

import attrs

from cotransfer.domain.datasets import Dataset, Operation
from cotransfer.domain.values import IdentityNumber, TransferId


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


@attrs.frozen(kw_only=True)
class Note:
    """One entry to be: `chain` is what it belongs to, a transfer's identifier or the name of something else.

    `subject` is whose data it is about; it is kept as a keyed hash beside the trail, never in it.
    """

    chain: str
    at: datetime
    what: Disclosure | Decision
    subject: IdentityNumber | None = None


def about_transfer(transfer: TransferId) -> str:
    """The chain of a transfer."""
    return transfer.text
