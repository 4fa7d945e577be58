"""The one gate through which data leave: a grant for it, a consent to it, a quota left, and a line in the audit trail.

Whatever passes has been judged and written down before it leaves; what cannot be written down does not leave (the
scheme's §2: every connected system has a data-sharing authorization). Never sees a value: only names of fields.
"""

import contextlib
from collections.abc import Callable, Collection, Iterator
from datetime import datetime

import attrs

from cotransfer.app.desk import Desk
from cotransfer.app.disclosures import lookup_chain
from cotransfer.app.matter import Matter
from cotransfer.app.spending import Granted, Spending, together
from cotransfer.domain.consents import Consent, binding
from cotransfer.domain.datasets import FIELDS, GIVES, Dataset, Operation
from cotransfer.domain.grants import Grant, NotGranted, Permit, WhyNot, permit
from cotransfer.domain.notes import Disclosure, Note
from cotransfer.domain.parties import Party
from cotransfer.domain.refusals import Refused, Why
from cotransfer.ports.clock import Clock
from cotransfer.ports.consents import Consents
from cotransfer.ports.errors import Unavailable
from cotransfer.ports.identifiers import Identifiers

CONSENTED = frozenset(
    {
        Operation.SUBMIT_APPLICATION,
        Operation.SHOW_CERTIFICATE_STATUS,
        Operation.SHOW_IDENTITY,
        Operation.SEND_NOTICE,
        Operation.SEND_SMS,
    }
)
"""What gives a citizen's data to another handler, and so wants their consent (PIPL art. 23)."""

WHOLE = frozenset({Operation.SUBMIT_APPLICATION})
"""What goes with every field that it gives, or never: with one that is not granted there is nothing to agree to."""


@attrs.frozen
class Judgement:
    """What may leave: which fields, on which grants, by which consent where one is wanted."""

    fields: frozenset[str]
    grants: tuple[Grant, ...]
    consent: Consent | None


@attrs.frozen
class Clearance:
    """What may leave: the fields of a dataset, and the notes to be stored before they do."""

    fields: frozenset[str]
    noted: tuple[Note, ...] = ()


def always(_: datetime) -> bool:
    """The trail of a program that keeps its own needs no checkpoints of ours."""
    return True


class Sharing:
    """`may_disclose` says whether the audit trail is in order: with checkpoints overdue, nothing leaves."""

    def __init__(
        self,
        granted: Granted,
        consents: Consents,
        desk: Desk,
        clock: Clock,
        identifiers: Identifiers,
        *,
        may_disclose: Callable[[datetime], bool] = always,
    ) -> None:
        self._granted = granted
        self._consents = consents
        self._desk = desk
        self._clock = clock
        self._identifiers = identifiers
        self._may_disclose = may_disclose

    def filed(self, matter: Matter) -> Matter:
        """The matter with a file of its own in the audit trail, if it belongs to none yet."""
        if matter.chain:
            return matter
        return attrs.evolve(matter, chain=lookup_chain(self._clock.now(), self._identifiers.token()))

    async def permit(self, counterparty: str, operation: Operation) -> Permit:
        """What `counterparty` may do with `operation` now. Raises `NotGranted`."""
        return permit(await self._granted.current(), counterparty, operation, self._clock.now())

    async def judge(
        self, allowed: Permit, dataset: Dataset, matter: Matter, *, wanted: Collection[str] | None = None
    ) -> Judgement:
        """Which of the `wanted` fields (None: all of the table) may leave now, on which grants and which consent.

        Judged on what is granted at this moment: who asked may have waited for somebody since `allowed` was given.
        Raises `NotGranted` when no field is granted, `Refused` when a consent is wanting, `Unavailable` when
        the trail is not in order. Counts nothing and writes nothing down.
        """
        if not self._may_disclose(self._clock.now()):
            raise Unavailable(Party.US, "The audit trail has no fresh checkpoint, so no data leave.", certain=True)
        shares = reaching(await self.permit(allowed.counterparty, allowed.operation), matter)
        fields = shares.fields(dataset, matter.service) & frozenset(FIELDS[dataset] if wanted is None else wanted)
        if not fields:
            raise NotGranted(WhyNot.OPERATION_NOT_GRANTED)
        consent = await self._consent(allowed, matter)
        if consent is not None:
            # What a grant was widened to since, the citizen has never been asked about.
            fields &= frozenset(consent.fields)
            if not fields:
                raise Refused(Why.CONSENT_MISSING)
        return Judgement(fields, shares.basis_for(dataset, fields, matter.service), consent)

    async def clear(
        self,
        allowed: Permit,
        dataset: Dataset,
        matter: Matter,
        *,
        wanted: Collection[str] | None = None,
        count: int = 1,
    ) -> Clearance:
        """Let what may leave now leave, `count` rows of it: counted towards the quotas, with the notes to be stored.

        Who asks stores the notes with what leaves, before it does. Raises as `judge`, and `NotGranted` when a quota is
        spent.
        """
        async with together(self._granted) as spending:
            return await self._clear(allowed, dataset, matter, spending, wanted=wanted, count=count)

    async def _clear(
        self,
        allowed: Permit,
        dataset: Dataset,
        matter: Matter,
        spending: Spending,
        *,
        wanted: Collection[str] | None,
        count: int = 1,
    ) -> Clearance:
        at, judged = self._clock.now(), await self.judge(allowed, dataset, matter, wanted=wanted)
        await spending.spend(judged.grants, count, at)
        notes = (
            _note(allowed, dataset, judged.fields, grant, judged.consent, matter, count, at) for grant in judged.grants
        )
        return Clearance(judged.fields, tuple(notes))

    async def release(
        self,
        allowed: Permit,
        dataset: Dataset,
        matter: Matter,
        *,
        wanted: Collection[str] | None = None,
        count: int = 1,
    ) -> frozenset[str]:
        """Clear, and have it in the audit trail: the fields that may leave now. Raises as `clear` and the desk do."""
        clearance = await self.clear(allowed, dataset, matter, wanted=wanted, count=count)
        await self.write_down(clearance)
        return clearance.fields

    async def write_down(self, *clearances: Clearance) -> None:
        """Have them in the audit trail; what they clear may leave when it returns."""
        noted = tuple(note for clearance in clearances for note in clearance.noted)
        if noted:
            await self._desk.note(noted)

    async def release_whole(
        self, counterparty: str, operation: Operation, matter: Matter, *, unsaid: Collection[str] = ()
    ) -> None:
        """Everything that a call of ours gives, or nothing: a message to a counterparty has no holes.

        `unsaid` are fields that this message has nothing to say in. Raises as `clear`; `NotGranted` names the
        counterparty.
        """
        clearances = []
        with _towards(counterparty):
            allowed = await self.permit(counterparty, operation)
            async with together(self._granted) as spending:
                for dataset in GIVES[operation]:
                    said = frozenset(FIELDS[dataset]).difference(unsaid)
                    clearances.append(await self._clear(allowed, dataset, matter, spending, wanted=said))
                    if clearances[-1].fields != said:
                        raise NotGranted(WhyNot.OPERATION_NOT_GRANTED)
        await self.write_down(*clearances)

    async def offered(self, counterparty: str, operations: Collection[Operation], matter: Matter) -> tuple[str, ...]:
        """The fields that `operations` may give to `counterparty` in this matter, each once, in the scheme's order.

        What a citizen is asked to consent to is this, and nothing wider. Raises `NotGranted`, also for an application
        that could not be sent because one of its fields is not granted.
        """
        found: dict[str, None] = {}
        with _towards(counterparty):
            for operation in operations:
                shares = reaching(await self.permit(counterparty, operation), matter)
                for dataset in GIVES[operation]:
                    granted = shares.fields(dataset, matter.service)
                    if operation in WHOLE and not granted.issuperset(FIELDS[dataset]):
                        raise NotGranted(WhyNot.OPERATION_NOT_GRANTED)
                    found |= dict.fromkeys(name for name in FIELDS[dataset] if name in granted)
        return tuple(found)

    async def _consent(self, allowed: Permit, matter: Matter) -> Consent | None:
        if allowed.operation not in CONSENTED:
            return None
        if matter.transfer is None:
            raise NotGranted(WhyNot.OPERATION_NOT_GRANTED)
        return binding(await self._consents.consents_of(matter.transfer), allowed.counterparty)


@contextlib.contextmanager
def _towards(counterparty: str) -> Iterator[None]:
    """What is wanting is a grant of this counterparty's, not of whoever asked us for something."""
    try:
        yield
    except NotGranted as refused:
        raise NotGranted(refused.why_not, retry_after_s=refused.retry_after_s, counterparty=counterparty) from refused


def reaching(allowed: Permit, matter: Matter) -> Permit:
    """The shares for the service that reach every county of the home. Raises `NotGranted` when there is none."""
    left = allowed.towards(matter.service)
    for county in sorted(matter.counties or ()):
        left = left.towards(matter.service, county)
    return left


def _note(
    allowed: Permit,
    dataset: Dataset,
    fields: frozenset[str],
    grant: Grant,
    consent: Consent | None,
    matter: Matter,
    count: int,
    at: datetime,
) -> Note:
    disclosure = Disclosure(
        to=allowed.counterparty,
        operation=allowed.operation,
        dataset=dataset,
        fields=tuple(name for name in FIELDS[dataset] if name in fields and name in grant.granted(dataset)),
        purpose=grant.purpose,
        grant=grant.id.text,
        consent=None if consent is None else consent.reference,
        count=count,
    )
    return Note(chain=matter.chain, at=at, what=disclosure, subject=matter.subject)
