"""The statements of reconciliation, once for both engines. Never builds SQL from a value."""

from typing import Any

import attrs
from sqlalchemy import BigInteger, Integer, Text, and_, bindparam, case, delete, null, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from cotransfer.adapters.sql.codec import ERASED
from cotransfer.adapters.sql.tables import reconciliation_findings, reconciliation_rounds, transfers
from cotransfer.adapters.sql.tongue import Prepared, Tongue

FINDING = (
    "utility", "transfer", "divergence", "here", "there", "turn", "remedy", "done", "first_seen", "last_seen",
    "closed_at",
)  # fmt: skip
_INSERT: Any = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
_round, _finding = reconciliation_rounds.c, reconciliation_findings.c
_AT = bindparam("at", type_=BigInteger)
_UNTIL = bindparam("until", type_=BigInteger)
_OF_ROUND = and_(_round.utility == bindparam("of_utility"), _round.name == bindparam("of_name"))
_HELD = and_(_OF_ROUND, _round.lease == bindparam("token"), _round.ended_at.is_(None))


@attrs.define
class Statements:
    """Built once for an engine."""

    tongue: Tongue
    tracked: Prepared = attrs.field(init=False)
    begin: Prepared = attrs.field(init=False)
    hold: Prepared = attrs.field(init=False)
    keep: Prepared = attrs.field(init=False)
    end: Prepared = attrs.field(init=False)
    close: Prepared = attrs.field(init=False)
    rounds: Prepared = attrs.field(init=False)
    findings: dict[tuple[bool, bool], Prepared] = attrs.field(init=False)
    forget: tuple[Prepared, ...] = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.tracked = self._prepared(_tracked())
        self.begin = self._prepared(_begin(_INSERT[self.tongue.dialect.name]))
        self.hold = self._prepared(
            update(reconciliation_rounds).values(lease_until=_UNTIL).where(_HELD).returning(_round.name)
        )
        self.keep = Prepared(self._keep(), self.tongue.dialect, FINDING)
        self.end = self._prepared(_end())
        self.close = self._prepared(_close())
        names = ("utility", "name", "began_at", "attempts", "ended_at", "compared", "party", "what")
        self.rounds = self._prepared(
            select(*(_round[name] for name in names))
            .order_by(_round.began_at.desc(), _round.utility, _round.name)
            .limit(bindparam("limit"))
        )
        self.findings = {
            (of_one, lasting): self._prepared(_findings(of_one=of_one, lasting=lasting))
            for of_one in (False, True)
            for lasting in (False, True)
        }
        before = bindparam("before", type_=BigInteger)
        self.forget = (
            self._prepared(delete(reconciliation_rounds).where(_round.ended_at < before)),
            self._prepared(delete(reconciliation_findings).where(_finding.closed_at < before)),
        )

    def _keep(self) -> Any:
        insert = self.tongue.insert(reconciliation_findings, *FINDING)
        new = insert.excluded
        told = {name: new[name] for name in FINDING[2:] if name != "first_seen"}
        first = case((_finding.closed_at.is_(None), _finding.first_seen), else_=new.first_seen)
        keys = [_finding.utility, _finding.transfer]
        return insert.on_conflict_do_update(index_elements=keys, set_={**told, "first_seen": first})

    def _prepared(self, statement: Any) -> Prepared:
        return Prepared(statement, self.tongue.dialect)


def _tracked() -> Any:
    row = transfers.c
    recent = row.updated_at >= bindparam("since", type_=BigInteger)
    return (
        select(row.id)
        .where(row.utility == bindparam("of_utility"), row.format != ERASED, or_(row.is_open, recent))
        .where(row.id > bindparam("after"), row.id <= bindparam("until"))
        .order_by(row.id)
        .limit(bindparam("limit"))
    )


def _begin(inserting: Any) -> Any:
    new = inserting(reconciliation_rounds).values(
        utility=bindparam("of_utility"),
        name=bindparam("of_name"),
        began_at=_AT,
        attempts=1,
        lease=bindparam("token"),
        lease_until=_UNTIL,
        compared=0,
    )
    afresh = dict.fromkeys(("ended_at", "party", "what", "again_at"), null())
    given_up = and_(_round.ended_at.is_(None), _round.lease_until <= _AT)
    free = or_(given_up, and_(_round.again_at.is_not(None), _round.again_at <= _AT))
    return new.on_conflict_do_update(
        index_elements=[_round.utility, _round.name],
        set_={
            **afresh,
            "began_at": new.excluded.began_at,
            "lease": new.excluded.lease,
            "lease_until": new.excluded.lease_until,
            "compared": 0,
            "attempts": _round.attempts + 1,
        },
        where=and_(free, _round.attempts < bindparam("tries", type_=Integer)),
    ).returning(_round.name)


def _end() -> Any:
    return (
        update(reconciliation_rounds)
        .values(
            ended_at=_AT,
            compared=bindparam("number", type_=BigInteger),
            party=bindparam("whose", type_=Text),
            what=bindparam("why", type_=Text),
            again_at=bindparam("again", type_=BigInteger),
        )
        .where(_HELD)
        .returning(_round.began_at)
    )


def _close() -> Any:
    unseen = _finding.last_seen < bindparam("began", type_=BigInteger)
    return (
        update(reconciliation_findings)
        .values(closed_at=_AT)
        .where(_finding.utility == bindparam("of_utility"), _finding.closed_at.is_(None), unseen)
    )


def _findings(*, of_one: bool, lasting: bool) -> Any:
    of_utility = (_finding.utility == bindparam("of_utility"),) if of_one else ()
    still = (_finding.closed_at.is_(None),) if lasting else ()
    return (
        select(*(_finding[name] for name in FINDING))
        .where(*of_utility, *still)
        .order_by(
            case((_finding.closed_at.is_(None), 0), else_=1),
            _finding.last_seen.desc(),
            _finding.utility,
            _finding.transfer,
        )
        .limit(bindparam("limit"))
    )
