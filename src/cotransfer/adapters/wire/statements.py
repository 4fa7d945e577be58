"""How a utility's statement is spelled on the wire: which applications stand where. Nothing personal is in one."""

from datetime import datetime

import attrs

from cotransfer.adapters.wire.fields import CURSOR, MOMENT, STAGE, TRANSFER
from cotransfer.adapters.wire.forms import many, nullable
from cotransfer.adapters.wire.messages import field, message, optional
from cotransfer.domain.statements import Stated
from cotransfer.ports.utility import Page

PAGE_LIMIT = 500
"""Applications on one page."""


@attrs.frozen
class StatementQuery:
    """Which applications are wanted, and where the statement goes on; None: from its beginning."""

    changed_since: datetime
    cursor: str | None


STATEMENT_QUERY = message(StatementQuery, field("changed_since", MOMENT), optional("cursor", CURSOR))
STATED = message(Stated, field("transfer", TRANSFER), field("stage", STAGE), field("since", MOMENT))
STATEMENT = message(
    Page, field("applications", many(STATED, at_most=PAGE_LIMIT), of="stated"), field("next", nullable(CURSOR))
)
