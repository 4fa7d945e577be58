"""`Lookups` in SQL: counted by all processes together, one bearer's count after the other's.

Whoever asks first takes a row that stands for the client, the citizen and the certificate, in this order; who comes
with one of the same waits until that is committed, and then counts it in. Names, numbers and accounts are kept as
keyed hashes only. A new key changes nothing: what was counted under an older one goes on counting as long as that one
is there.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import attrs
from sqlalchemy import bindparam, delete, select

from cotransfer.adapters.crypto.hashing import keyed_hash
from cotransfer.adapters.sql.moments import micros, moment
from cotransfer.adapters.sql.store import SqlStore
from cotransfer.adapters.sql.tasks import touched
from cotransfer.adapters.sql.tongue import Prepared, Talk, Tongue
from cotransfer.adapters.sql.trust.tables import lookups
from cotransfer.domain.lookups import Allowed, LookupLimits, Question, Quota, Tally, Verdict, end_of_day, weigh
from cotransfer.ports.keys import KeyProvider, KeyUse, current

ROW = ("quota", "whose", "what", "until", "spent")
BEARER = ("quota", "whose")
COUNTED = (*BEARER, "what")
LOCK = "lock"
"""In the place of a quota: the row that is taken before anything is counted."""


@attrs.frozen
class _Hashed:
    """A question without anything personal: whose count each quota is, and what stands for the account."""

    bearers: Mapping[Quota, str]
    mark: str

    @classmethod
    def of(cls, question: Question, run: int, key: bytes) -> "_Hashed":
        citizen = question.citizen
        who = keyed_hash(key, "lookups.citizen", f"{citizen.document_type.value} {citizen.text}")
        stretch, beside = (
            keyed_hash(key, "lookups.stretch", f"{question.client} {one}") for one in question.stretches(run)
        )
        return cls(
            bearers={
                Quota.CITIZEN: who,
                Quota.MISS: who,
                Quota.CERTIFICATE: keyed_hash(key, "lookups.certificate", question.certificate.canonical),
                Quota.CLIENT: question.client,
                Quota.RATE: question.client,
                Quota.RUN: stretch,
                Quota.RUN_BESIDE: beside,
            },
            mark=keyed_hash(key, "lookups.account", f"{question.utility.text} {question.account.text}"),
        )


class SqlLookups:
    """The count in the store's database; `keys` holds those of the hashes."""

    def __init__(self, store: SqlStore, keys: KeyProvider) -> None:
        self._store = store
        self._keys = keys
        self._says = _Statements(store.tongue)

    async def ask(self, question: Question, limits: LookupLimits, *, at: datetime) -> Verdict:
        """Take the bearers' rows, look, and count what is allowed, in one transaction."""
        hashed = self._hashed(question, limits.run)
        return await self._store.write(lambda talk: self._ask(talk, hashed, limits, at))

    async def found(self, question: Question, *, at: datetime) -> None:
        """It is no miss."""
        # Stretches are not looked at here, so that the length of a run does not matter.
        hashed = self._hashed(question, 1)
        rows = [(Quota.MISS.value, one.bearers[Quota.MISS], one.mark) for one in hashed]
        await self._store.write(lambda talk: touched(talk, self._store.tongue.write(talk, self._says.delete, rows)))

    async def forget(self, at: datetime) -> int:
        """Drop what is over."""
        return await self._store.write(lambda talk: touched(talk, self._says.forget.run(talk, over=micros(at))))

    def _hashed(self, question: Question, run: int) -> tuple[_Hashed, ...]:
        """Under each key there is, the current one last; raises `KeyMissing` when there is none."""
        current(self._keys, KeyUse.INDEX)
        names = self._keys.names(KeyUse.INDEX)
        return tuple(_Hashed.of(question, run, self._keys.key(KeyUse.INDEX, name)) for name in names)

    def _ask(self, talk: Talk, hashed: Sequence[_Hashed], limits: LookupLimits, at: datetime) -> Verdict:
        tongue, newest = self._store.tongue, hashed[-1]
        # By the oldest key, which all processes still have while a new one is being spread.
        for quota in (Quota.CLIENT, Quota.CITIZEN, Quota.CERTIFICATE):
            taken = (LOCK, f"{quota.value} {hashed[0].bearers[quota]}", "", micros(end_of_day(at)), 0)
            tongue.write(talk, self._says.write, [taken])
        bearers = {(quota.value, whose): quota for one in hashed for quota, whose in one.bearers.items()}
        rows = self._says.look.run(talk, **tongue.listing(self._says.look, sorted(bearers))).fetchall()
        counted: dict[Quota, list[Tally]] = {quota: [] for quota in Quota}
        for tally in _tallies(rows):
            counted[tally.quota].append(tally)
        verdict = weigh(counted, {one.mark for one in hashed}, newest.mark, limits, at)
        if isinstance(verdict, Allowed) and verdict.news:
            news = [
                (one.quota.value, newest.bearers[one.quota], one.mark, micros(one.until), one.spent)
                for one in verdict.news
            ]
            tongue.write(talk, self._says.write, news)
        return verdict


def _tallies(rows: Sequence[Any]) -> Iterator[Tally]:
    for quota, mark, until, spent in rows:
        yield Tally(quota=Quota(quota), mark=mark, until=moment(until), spent=spent)


class _Statements:
    """Built once for an engine."""

    def __init__(self, tongue: Tongue) -> None:
        insert = tongue.insert(lookups, *ROW)
        self.write = Prepared(
            insert.on_conflict_do_update(
                index_elements=[lookups.c.quota, lookups.c.whose, lookups.c.what],
                set_={"until": insert.excluded.until, "spent": insert.excluded.spent},
            ),
            tongue.dialect,
            ROW,
        )
        bearers = tongue.listed(lookups, *BEARER)
        self.look = Prepared(
            select(lookups.c.quota, lookups.c.what, lookups.c.until, lookups.c.spent).where(
                lookups.c.quota == bearers.c.quota, lookups.c.whose == bearers.c.whose
            ),
            tongue.dialect,
            BEARER,
        )
        given = tongue.given(lookups, *COUNTED)
        self.delete = Prepared(
            delete(lookups).where(*(lookups.c[name] == given[name] for name in COUNTED)), tongue.dialect, COUNTED
        )
        self.forget = Prepared(delete(lookups).where(lookups.c.until <= bindparam("over")), tongue.dialect)
