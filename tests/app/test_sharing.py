"""The gate: no grant, no consent, no quota, no line in the audit trail, no data. And who may, may."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import attrs
import pytest
import structlog
from tests.app.world import REQUEST, City, WatchedStore, message

from cotransfer.adapters.keys.signing import KeySigner
from cotransfer.adapters.memory.notifier import MemorySms
from cotransfer.app.consenting import Receiver
from cotransfer.app.guarded import Gate
from cotransfer.app.matter import NOWHERE, Matter, about, at_hand
from cotransfer.app.office import Office, Terms, open_office
from cotransfer.app.sequencing import Pace, Trail
from cotransfer.app.sharing import CONSENTED, Sharing
from cotransfer.app.submission import Request
from cotransfer.domain.agenda import Duty
from cotransfer.domain.consents import Agreement, How, Offer, binding
from cotransfer.domain.datasets import FIELDS, GIVES, Dataset, Operation
from cotransfer.domain.events import NoticeSent, NoticeUndeliverable
from cotransfer.domain.grants import (
    Active,
    Ended,
    Grant,
    GrantId,
    NotGranted,
    Side,
    Suspended,
    Suspension,
    WhyNot,
    sms_grant,
    standard_grants,
)
from cotransfer.domain.grants import Terms as GrantTerms
from cotransfer.domain.notes import Decision, Disclosure, Note
from cotransfer.domain.notices import NoticeChannel
from cotransfer.domain.parties import Party
from cotransfer.domain.refusals import Refused, Why
from cotransfer.domain.reports import Cleared, Failed, Handled, NotHandled, Taken
from cotransfer.domain.states import AwaitingSigning, InPreReview, Submitted, Withdrawn
from cotransfer.domain.values import CertificateNumber, Service, TransferId
from cotransfer.ports.errors import Unavailable
from cotransfer.ports.registry import CertificateStatus
from cotransfer.ports.transfers import Change, Outcome
from cotransfer.ports.utility import Capability
from cotransfer.testing.keys import KEYS
from cotransfer.testing.samples import ADDRESS, BUYER, CASE, GROUNDS, HOME, KUNMING_WATER, OTHER_TRANSFER

WATER = KUNMING_WATER.text
PLATFORM = "platform"


class Granting:
    """Grants as a test sets them, with quotas counted in a dictionary."""

    def __init__(self, grants: Iterable[Grant]) -> None:
        self.grants = {grant.id.text: grant for grant in grants}
        self.spent: dict[str, int] = {}

    async def current(self) -> tuple[Grant, ...]:
        """As they stand."""
        return tuple(self.grants.values())

    async def spend(self, grant: Grant, amount: int) -> bool:
        """Count, if there is room."""
        now = self.spent.get(grant.id.text, 0) + amount
        if now > grant.daily_quota:
            return False
        self.spent[grant.id.text] = now
        return True

    async def give_back(self, grant: Grant, amount: int) -> None:
        """Count back."""
        self.spent[grant.id.text] -= amount

    def change(self, counterparty: str, **changes: Any) -> None:
        """Every grant of that counterparty has other terms from now on."""
        self.grants = {
            key: attrs.evolve(grant, **changes) if grant.counterparty == counterparty else grant
            for key, grant in self.grants.items()
        }

    def narrow(self, counterparty: str, dataset: Dataset, *fields: str) -> None:
        """Of that dataset only those fields are granted to it."""
        for key, grant in self.grants.items():
            if grant.counterparty == counterparty and dataset in grant.fields:
                self.grants[key] = attrs.evolve(grant, fields={**grant.fields, dataset: frozenset(fields)})


class NotedStore(WatchedStore):
    """A watched store that keeps the notes where a test can read them."""

    def __init__(self) -> None:
        super().__init__()
        self.noted: list[Note] = []

    async def commit(self, changes: Any) -> tuple[Outcome, ...]:
        """Write, and keep what was noted."""
        outcomes = await super().commit(changes)
        self.noted += [note for change in changes for note in change.noted if isinstance(change, Change)]
        return outcomes

    def disclosures(self, chain: str | None = None) -> list[tuple[str, str, tuple[str, ...]]]:
        """To whom, by which exchange, which fields."""
        return [
            (note.what.to, note.what.operation.value, note.what.fields)
            for note in self.noted
            if isinstance(note.what, Disclosure) and (chain is None or note.chain == chain)
        ]

    def decisions(self) -> list[tuple[str, str | None]]:
        """What was decided about consents and the like, and about what."""
        return [(note.what.what, note.what.about) for note in self.noted if isinstance(note.what, Decision)]


class GuardedCity(City):
    """A city whose office lets nothing out without a grant."""

    def __init__(self, can: Iterable[Capability] = tuple(Capability), sms: MemorySms | None = None) -> None:
        self.noted_store = NotedStore()
        super().__init__(store=self.noted_store, can=can, sms=sms)
        at = self.clock.now()
        grants = standard_grants(valid_from=at - timedelta(days=1), valid_until=at + timedelta(days=400), quota=100)
        terms = GrantTerms(valid_from=at - timedelta(days=1), valid_until=at + timedelta(days=400), daily_quota=100)
        self.granting = Granting((*grants, *(() if sms is None else (sms_grant("sms", terms),))))
        self.office: Office = open_office(
            attrs.evolve(self.world, granted=self.granting, consents=self.store),
            Terms(receivers={WATER: Receiver("昆明自来水集团", "0871-12345")}),
        )
        assert self.office.sharing is not None
        assert self.office.consenting is not None
        self.sharing: Sharing = self.office.sharing
        self.consenting = self.office.consenting

    async def offers(self) -> tuple[Offer, ...]:
        """What the citizen is asked to agree to."""
        return await self.consenting.offers(KUNMING_WATER, Service.WATER, Matter.of(CASE), notices=True)

    async def request(self) -> Request:
        """The citizen agrees to everything."""
        return attrs.evolve(REQUEST, agreements=tuple(agreed(offer) for offer in await self.offers()))

    async def submit(self) -> TransferId:
        """A submitted transfer."""
        return (await self.office.submission.submit(await self.request())).decided.transfer

    async def state(self, transfer: TransferId) -> object:
        """Where it stands."""
        record = (await self.store.load((transfer,))).record(transfer)
        return None if record is None else record.state


def agreed(offer: Offer) -> Agreement:
    """The citizen's tap under the text of that offer."""
    text = offer.texts[0]
    return Agreement(receiver=offer.receiver, text_version=text.version, text_digest=text.digest, how=How.H5)


def suspended(at: datetime) -> Suspended:
    """By the city."""
    return Suspended((Suspension(Side.CITY, at, "incident"),))


async def refusal(asked: object) -> Refused:
    """How that is refused."""
    with pytest.raises(Refused) as refused:
        await asked  # type: ignore[misc]
    return refused.value


class TestSubmission:
    async def test_a_whole_transfer_is_written_down(self) -> None:
        """§2: from the first look to the last notice, each disclosure stands in the trail under its transfer."""
        city = GuardedCity()
        transfer = await city.submit()
        await city.office.worker.drain()
        await city.office.reports.hear(Cleared(ADDRESS), transfer=transfer, utility=KUNMING_WATER)
        await city.office.worker.drain()
        await city.office.reports.hear(Handled(), transfer=transfer, utility=KUNMING_WATER)
        await city.office.worker.drain()
        assert city.noted_store.disclosures(transfer.text) == [
            (WATER, "submitApplication", FIELDS[Dataset.APPLICATION]),
            (WATER, "submitApplication", FIELDS[Dataset.ACCOUNT_QUERY]),
            ("notifier", "sendTemplateMessage", ("recipient", "location", "certificate_number", "outcome")),
            ("notifier", "sendTemplateMessage", ("recipient", "location", "certificate_number", "outcome")),
        ]
        first = city.noted_store.disclosures()[:2]
        assert [(to, operation) for to, operation, _ in first] == [
            ("registry", "findProperties"),
            (WATER, "findAccount"),
        ]

    async def test_a_reason_is_noted_only_where_it_is_said(self) -> None:
        """Only the notice of what did not pass has the utility's reason in it, and the trail says so."""
        city = GuardedCity()
        transfer = await city.submit()
        await city.office.reports.hear(Failed(GROUNDS), transfer=transfer, utility=KUNMING_WATER)
        await city.office.worker.drain()
        assert city.noted_store.disclosures(transfer.text)[-1] == (
            "notifier",
            "sendTemplateMessage",
            FIELDS[Dataset.NOTICE],
        )

    async def test_each_disclosure_names_its_basis(self) -> None:
        """PIPL art. 55: to whom, for what, on which grant and which consent, about whom."""
        city = GuardedCity()
        transfer = await city.submit()
        await city.office.worker.drain()
        note = next(
            one for one in city.noted_store.noted if one.chain == transfer.text and isinstance(one.what, Disclosure)
        )
        assert isinstance(note.what, Disclosure)
        assert (note.what.purpose, note.what.grant) == ("water-account-transfer", "kunming-water.transfer")
        assert note.what.consent is not None
        assert note.what.consent.startswith("kunming-water/2026-11/")
        assert note.subject == BUYER.identity

    async def test_without_consent_nothing_is_submitted(self) -> None:
        """PIPL art. 23: each receiver wants its own consent; nothing is stored without."""
        city = GuardedCity()
        refused = await refusal(city.office.submission.submit(REQUEST))
        assert refused.refusal.why is Why.CONSENT_MISSING
        only_water = attrs.evolve(REQUEST, agreements=(agreed((await city.offers())[0]),))
        assert (await refusal(city.office.submission.submit(only_water))).refusal.why is Why.CONSENT_MISSING
        assert city.noted_store.decisions() == []

    async def test_who_wants_no_notices_is_not_asked_about_them(self) -> None:
        """Without an address on the channel no consent to it is needed."""
        city = GuardedCity()
        only_water = attrs.evolve(REQUEST, openid=None, agreements=(agreed((await city.offers())[0]),))
        transfer = (await city.office.submission.submit(only_water)).decided.transfer
        assert [one.receiver for one in await city.consenting.of(transfer)] == [WATER]
        await city.office.worker.drain()
        await city.office.reports.hear(Cleared(ADDRESS), transfer=transfer, utility=KUNMING_WATER)
        await city.office.worker.drain()
        assert not [one for one in city.noted_store.disclosures() if one[0] == "notifier"]

    async def test_giving_is_written_down_too(self) -> None:
        """Each consent is a decision in the trail."""
        city = GuardedCity()
        await city.submit()
        assert ("consent.given", WATER) in city.noted_store.decisions()
        assert ("consent.given", "notifier") in city.noted_store.decisions()

    async def test_a_receiver_nobody_named_is_named_by_its_identifier(self) -> None:
        """The text is never without a receiver."""
        city = GuardedCity()
        notices = (await city.offers())[1]
        assert (notices.receiver, notices.receiver_name) == ("notifier", "notifier")

    async def test_only_what_is_granted_is_asked_for(self) -> None:
        """A consent is to the fields that the grant gives, and to no others."""
        city = GuardedCity()
        assert set((await city.offers())[0].fields) == {*FIELDS[Dataset.APPLICATION], "account_number"}
        city.granting.narrow("notifier", Dataset.NOTICE, "recipient", "outcome")
        assert (await city.offers())[1].fields == ("recipient", "outcome")

    @pytest.mark.parametrize(
        ("dataset", "missing"),
        [*((Dataset.APPLICATION, name) for name in FIELDS[Dataset.APPLICATION]), (Dataset.ACCOUNT_QUERY, None)],
    )
    async def test_what_could_never_be_sent_is_not_asked_for(self, dataset: Dataset, missing: str | None) -> None:
        """Step 5: an application goes whole or not at all, so that without the grant of one field nothing begins. The
        citizen hears it at once, instead of the operator from what was buried."""
        city = GuardedCity()
        request = await city.request()
        city.granting.narrow(WATER, dataset, *(name for name in FIELDS[dataset] if missing not in (name, None)))
        for asked in (city.offers(), city.office.submission.submit(request)):
            refused = await refusal(asked)
            assert isinstance(refused, NotGranted)
            assert (refused.why_not, refused.counterparty) == (WhyNot.OPERATION_NOT_GRANTED, WATER)
        await city.office.worker.drain()
        assert await city.store.buried() == ()

    async def test_a_wider_grant_widens_no_consent(self) -> None:
        """PIPL art. 14, 23: what the citizen was not asked about does not leave on their consent, granted or not."""
        city = GuardedCity()
        transfer = await city.submit()
        given = binding(await city.consenting.of(transfer), WATER)
        narrow = attrs.evolve(given, fields=tuple(name for name in given.fields if name != "identity_number"))
        city.store._consents[transfer][WATER] = narrow
        permit = await city.sharing.permit(WATER, Operation.SHOW_IDENTITY)
        shown = await city.office.verification.identity(transfer, utility=KUNMING_WATER, permit=permit)
        assert shown.fields == {"right_holder_name"}
        city.granting.narrow(WATER, Dataset.IDENTITY, "identity_number")
        permit = await city.sharing.permit(WATER, Operation.SHOW_IDENTITY)
        asked = city.office.verification.identity(transfer, utility=KUNMING_WATER, permit=permit)
        assert (await refusal(asked)).refusal.why is Why.CONSENT_MISSING


class TestSuspension:
    async def test_nothing_goes_out_and_reports_come_in(self) -> None:
        """A suspended grant: the application waits, look-ups are refused, what the utility reports is heard."""
        city = GuardedCity()
        transfer = await city.submit()
        city.granting.change(WATER, standing=suspended(city.clock.now()))
        with structlog.testing.capture_logs() as logs:
            await city.office.worker.drain()
        assert [(one["event"], one["why"]) for one in logs] == [("withheld", "suspended")]
        assert isinstance(await city.state(transfer), Submitted)
        assert (await refusal(city.office.submission.submit(REQUEST))).refusal.why is Why.GRANT_SUSPENDED
        await city.office.reports.hear(Taken("W-1"), transfer=transfer, utility=KUNMING_WATER)
        assert isinstance(await city.state(transfer), InPreReview)

    async def test_what_waits_goes_out_when_it_is_resumed(self) -> None:
        """However long it lasted: waiting for a grant uses up nobody's patience."""
        city = GuardedCity()
        transfer = await city.submit()
        city.granting.change(WATER, standing=suspended(city.clock.now()))
        with structlog.testing.capture_logs():
            for _ in range(50):
                await city.later(hours=1)
        assert await city.store.buried() == ()
        city.granting.change(WATER, standing=Active())
        await city.later(hours=1)
        assert isinstance(await city.state(transfer), InPreReview)

    async def test_the_end_of_a_grant_buries_what_is_owed(self) -> None:
        """Ended for good: the task ends on the operator's list with its reason."""
        city = GuardedCity()
        await city.submit()
        city.granting.change(WATER, standing=Ended(Side.CITY, city.clock.now(), "contract_over"))
        with structlog.testing.capture_logs():
            await city.office.worker.drain()
        assert [(one.due.duty, one.why) for one in await city.store.buried()] == [
            (Duty.SEND_APPLICATION, "us: not_granted (ended)")
        ]

    async def test_a_spent_quota_waits_for_the_next_day(self) -> None:
        """The day's disclosures are counted; the one too many waits."""
        city = GuardedCity()
        transfer = await city.submit()
        city.granting.change(WATER, daily_quota=city.granting.spent["kunming-water.transfer"])
        with structlog.testing.capture_logs() as logs:
            await city.office.worker.drain()
        assert [(one["event"], one["why"]) for one in logs] == [("withheld", "quota_spent")]
        assert isinstance(await city.state(transfer), Submitted)

    async def test_what_does_not_leave_uses_no_quota_up(self) -> None:
        """Of two grants that it takes, one is spent: what was counted on the other is counted back, try after try."""
        city = GuardedCity()
        await city.submit()
        (whole,) = [one for one in city.granting.grants.values() if one.id.text == "kunming-water.transfer"]
        half = attrs.evolve(
            whole,
            id=GrantId("kunming-water.half"),
            fields={**whole.fields, Dataset.APPLICATION: frozenset({"location"})},
        )
        rest = attrs.evolve(whole, id=GrantId("kunming-water.rest"), daily_quota=1)
        city.granting.spent["kunming-water.rest"] = 1
        city.granting.grants = {
            **{key: one for key, one in city.granting.grants.items() if one is not whole},
            half.id.text: half,
            rest.id.text: rest,
        }
        with structlog.testing.capture_logs() as logs:
            await city.office.worker.drain()
        assert [(one["event"], one["why"]) for one in logs] == [("withheld", "quota_spent")]
        assert city.granting.spent.get("kunming-water.half", 0) == 0

    async def test_a_chase_goes_on(self) -> None:
        """A utility whose grant is suspended is still asked how far it is: nothing of anybody is said by asking."""
        city = GuardedCity()
        transfer = await city.submit()
        await city.office.worker.drain()
        city.granting.change(WATER, standing=suspended(city.clock.now()))
        assert await city.later(hours=21) > 0
        assert isinstance(await city.state(transfer), InPreReview)
        city.granting.change(WATER, standing=Ended(Side.CITY, city.clock.now(), "contract_over"))
        assert await city.later(hours=25) > 0
        assert await city.store.buried() == ()


class TestWithdrawnConsent:
    async def test_nothing_more_goes_out(self) -> None:
        """PIPL art. 15: withdrawn, the utility is told nothing more, and the transfer is taken back as well."""
        city = GuardedCity()
        transfer = await city.submit()
        await city.consenting.withdraw(transfer, WATER)
        with structlog.testing.capture_logs():
            await city.office.worker.drain()
        assert city.utility.applications == ()
        assert isinstance(await city.state(transfer), Withdrawn)
        assert await city.store.buried() == ()
        permit = await city.sharing.permit(WATER, Operation.SHOW_IDENTITY)
        asked = city.office.verification.identity(transfer, utility=KUNMING_WATER, permit=permit)
        assert (await refusal(asked)).refusal.why is Why.CLOSED

    async def test_where_nothing_can_be_taken_back(self) -> None:
        """A utility that takes nothing back is told nothing more either; the task ends on the operator's list."""
        city = GuardedCity(can=())
        transfer = await city.submit()
        await city.consenting.withdraw(transfer, WATER)
        with structlog.testing.capture_logs():
            await city.office.worker.drain()
        assert isinstance(await city.state(transfer), Submitted)
        assert [one.why for one in await city.store.buried()] == ["us: refused as consent_withdrawn"]
        permit = await city.sharing.permit(WATER, Operation.SHOW_IDENTITY)
        asked = city.office.verification.identity(transfer, utility=KUNMING_WATER, permit=permit)
        assert (await refusal(asked)).refusal.why is Why.CONSENT_WITHDRAWN

    async def test_no_notice_without_consent_to_the_channel(self) -> None:
        """The citizen is told on the page; the timeline says why not by WeChat."""
        city = GuardedCity()
        transfer = await city.submit()
        await city.office.worker.drain()
        await city.consenting.withdraw(transfer, "notifier")
        await city.office.reports.hear(Cleared(ADDRESS), transfer=transfer, utility=KUNMING_WATER)
        await city.office.worker.drain()
        fates = [entry.event for entry in await city.store.journal(transfer)]
        assert [one.why for one in fates if isinstance(one, NoticeUndeliverable)] == ["no_consent"]
        assert not [one for one in city.noted_store.disclosures() if one[0] == "notifier"]

    async def test_a_notice_that_is_not_granted_is_no_undeliverable_one(self) -> None:
        """A suspended channel is the operator's matter: the notice waits."""
        city = GuardedCity()
        transfer = await city.submit()
        await city.office.worker.drain()
        city.granting.change("notifier", standing=suspended(city.clock.now()))
        await city.office.reports.hear(Cleared(ADDRESS), transfer=transfer, utility=KUNMING_WATER)
        with structlog.testing.capture_logs() as logs:
            await city.office.worker.drain()
        assert [one["event"] for one in logs] == ["withheld"]

    async def test_the_sms_needs_a_consent_of_its_own(self) -> None:
        """§2: it is offered apart and may be left out; then WeChat fails and only the page tells, with both reasons."""
        for agrees in (True, False):
            sms = MemorySms()
            city = GuardedCity(sms=sms)
            *needed, by_sms = await city.offers()
            assert [one.optional for one in (*needed, by_sms)] == [False, False, True]
            assert (by_sms.receiver, by_sms.fields) == ("sms", ("mobile_number", "outcome"))
            agreements = tuple(agreed(offer) for offer in (*needed, *((by_sms,) if agrees else ())))
            request = attrs.evolve(REQUEST, agreements=agreements)
            transfer = (await city.office.submission.submit(request)).decided.transfer
            await city.office.worker.drain()
            await city.consenting.withdraw(transfer, "notifier")
            await city.office.reports.hear(Cleared(ADDRESS), transfer=transfer, utility=KUNMING_WATER)
            await city.office.worker.drain()
            fates = [
                (type(one), one.channel)
                for entry in await city.store.journal(transfer)
                if isinstance(one := entry.event, NoticeUndeliverable | NoticeSent)
            ]
            assert fates == [
                (NoticeUndeliverable, NoticeChannel.WECHAT),
                (NoticeSent if agrees else NoticeUndeliverable, NoticeChannel.SMS),
            ]
            assert len(sms.inbox) == agrees
            given = [one for one in city.noted_store.disclosures() if one[0] == "sms"]
            assert given == ([("sms", "sendSms", ("mobile_number", "outcome"))] if agrees else [])

    async def test_what_is_agreed_to_by_sms_is_agreed_to_in_todays_words(self) -> None:
        """An optional consent is either none or a whole one."""
        city = GuardedCity(sms=MemorySms())
        *needed, by_sms = map(agreed, await city.offers())
        stale = attrs.evolve(by_sms, text_digest="0" * 64)
        request = attrs.evolve(REQUEST, agreements=(*needed, stale))
        assert (await refusal(city.office.submission.submit(request))).refusal.why is Why.CONSENT_OUTDATED

    async def test_an_sms_without_a_grant_is_not_offered(self) -> None:
        """A provider that may not be told anything is nobody to agree to; the transfer goes on."""
        city = GuardedCity(sms=MemorySms())
        city.granting.change("sms", standing=suspended(city.clock.now()))
        assert [one.receiver for one in await city.offers()] == [WATER, "notifier"]

    async def test_a_suspended_sms_waits(self) -> None:
        """The operator's matter, as with WeChat: it is no undeliverable notice."""
        city = GuardedCity(sms=MemorySms())
        transfer = await city.submit()
        await city.office.worker.drain()
        assert CASE.openid is not None
        city.notifier.unfollow(CASE.openid)
        city.granting.change("sms", standing=suspended(city.clock.now()))
        await city.office.reports.hear(Cleared(ADDRESS), transfer=transfer, utility=KUNMING_WATER)
        with structlog.testing.capture_logs() as logs:
            await city.office.worker.drain()
        assert [(one["event"], one["counterparty"]) for one in logs] == [("withheld", "sms")]

    async def test_withdrawing_is_written_down_once(self) -> None:
        """A second withdrawal changes nothing, and is no news."""
        city = GuardedCity()
        transfer = await city.submit()
        for _ in range(2):
            reply = await city.consenting.withdraw(
                transfer, WATER, message(f"w-{_}"), answer=lambda consents: str(len(consents)).encode()
            )
            assert reply.answer == b"2"
            city.clock.move(timedelta(hours=1))
        assert city.noted_store.decisions().count(("consent.withdrawn", WATER)) == 1
        assert (await city.consenting.withdraw(transfer, WATER)).answer == b""

    @pytest.mark.parametrize(
        ("transfer", "receiver", "why"),
        [(OTHER_TRANSFER, WATER, Why.UNKNOWN_TRANSFER), (None, "nobody", Why.CONSENT_MISSING)],
    )
    async def test_what_there_is_not_cannot_be_withdrawn(
        self, transfer: TransferId | None, receiver: str, why: Why
    ) -> None:
        """Neither a transfer nor a consent is made up."""
        city = GuardedCity()
        own = await city.submit()
        assert (await refusal(city.consenting.withdraw(transfer or own, receiver))).refusal.why is why


class TestQueries:
    async def test_only_granted_fields_leave(self) -> None:
        """The certificate's status goes to the utility without the field that was not granted."""
        city = GuardedCity()
        transfer = await city.submit()
        city.granting.narrow(WATER, Dataset.CERTIFICATE_STATUS, "registry_status")
        permit = await city.sharing.permit(WATER, Operation.SHOW_CERTIFICATE_STATUS)
        found = await city.office.verification.certificate(transfer, utility=KUNMING_WATER, permit=permit)
        assert found.fields == {"registry_status"}
        assert city.noted_store.disclosures(transfer.text)[-1] == (WATER, "showCertificateStatus", ("registry_status",))

    @pytest.mark.parametrize("what", ["withdrawn", "suspended", "closed"])
    async def test_what_changes_while_the_registry_thinks_counts(self, what: str) -> None:
        """An answer is judged when it is given, not when it was asked for: the registry may take its time."""
        city = GuardedCity()
        transfer = await city.submit()
        permit = await city.sharing.permit(WATER, Operation.SHOW_CERTIFICATE_STATUS)
        look = city.registry.status_of

        async def thinking(certificate: CertificateNumber) -> CertificateStatus | None:
            if what == "withdrawn":
                await city.consenting.withdraw(transfer, WATER)
            elif what == "suspended":
                city.granting.change(WATER, standing=suspended(city.clock.now()))
            else:
                await city.office.reports.hear(Handled(), transfer=transfer, utility=KUNMING_WATER)
            return await look(certificate)

        city.registry.status_of = thinking  # type: ignore[method-assign,assignment]
        asked = city.office.verification.certificate(transfer, utility=KUNMING_WATER, permit=permit)
        whys = {"withdrawn": Why.CONSENT_WITHDRAWN, "suspended": Why.GRANT_SUSPENDED, "closed": Why.CLOSED}
        assert (await refusal(asked)).refusal.why is whys[what]
        assert "showCertificateStatus" not in {operation for _, operation, _ in city.noted_store.disclosures()}

    @pytest.mark.parametrize("ask", ["certificate", "identity"])
    async def test_who_shows_no_permit_gets_nothing(self, ask: str) -> None:
        """Default deny: no permit, no data."""
        city = GuardedCity()
        transfer = await city.submit()
        asked = getattr(city.office.verification, ask)(transfer, utility=KUNMING_WATER)
        assert (await refusal(asked)).refusal.why is Why.NOT_GRANTED

    async def test_a_trail_that_cannot_be_written_lets_nothing_out(self) -> None:
        """Fail closed: the note is durable before the answer is given, or there is none."""
        city = GuardedCity()
        transfer = await city.submit()
        permit = await city.sharing.permit(WATER, Operation.SHOW_IDENTITY)
        city.store.fail_commits.append(Unavailable(Party.US, "The disk is full.", certain=True))
        with pytest.raises(Unavailable):
            await city.office.verification.identity(transfer, utility=KUNMING_WATER, permit=permit)

    async def test_overdue_checkpoints_let_nothing_out(self) -> None:
        """With no fresh checkpoint for too long, new disclosures stop."""
        city = GuardedCity()
        stopped = Sharing(
            city.granting, city.store, city.office.desk, city.clock, city.identifiers, may_disclose=lambda _: False
        )
        permit = await stopped.permit(WATER, Operation.SHOW_IDENTITY)
        with pytest.raises(Unavailable, match="checkpoint"):
            await stopped.clear(permit, Dataset.IDENTITY, Matter.of(CASE))

    async def test_data_of_no_transfer_need_no_consent_to_be_refused(self) -> None:
        """What goes to another handler belongs to a transfer, or it does not go."""
        city = GuardedCity()
        permit = await city.sharing.permit(WATER, Operation.SHOW_IDENTITY)
        refused = await refusal(city.sharing.clear(permit, Dataset.IDENTITY, Matter(chain="lookup:1")))
        assert refused.refusal.why is Why.NOT_GRANTED

    async def test_a_field_nobody_granted_is_no_field(self) -> None:
        """Asking for what is not granted is refused as a whole when nothing is left."""
        city = GuardedCity()
        permit = await city.sharing.permit(PLATFORM, Operation.SEARCH_ACCOUNT)
        cleared = await city.sharing.clear(permit, Dataset.ACCOUNT, Matter(chain="x"))
        assert cleared.fields == set(FIELDS[Dataset.ACCOUNT])
        city.granting.narrow(PLATFORM, Dataset.ACCOUNT, "in_arrears")
        wanted = {"account_holder"}
        refused = await refusal(city.sharing.clear(permit, Dataset.ACCOUNT, Matter(chain="x"), wanted=wanted))
        assert refused.refusal.why is Why.NOT_GRANTED

    async def test_a_call_of_ours_has_no_holes(self) -> None:
        """A counterparty that may not be told everything a message holds is not called."""
        city = GuardedCity()
        await city.submit()
        city.granting.narrow(WATER, Dataset.APPLICATION, "right_holder_name")
        with structlog.testing.capture_logs():
            await city.office.worker.drain()
        assert [one.why for one in await city.store.buried()] == ["us: not_granted (operation_not_granted)"]

    async def test_with_checkpoints_overdue_nothing_leaves(self) -> None:
        """An office that keeps a trail asks it first: what leaves unwitnessed could be denied later."""
        city = GuardedCity()
        trail = Trail(audit=city.store.audit, signer=KeySigner(KEYS))
        world = attrs.evolve(city.world, granted=city.granting, consents=city.store, trail=trail)
        office = open_office(world, Terms(pace=Pace(stop_after=timedelta(minutes=15))))
        assert await office.properties.linked_to(BUYER.identity)
        city.clock.move(timedelta(minutes=16))
        with pytest.raises(Unavailable, match="no fresh checkpoint"):
            await office.properties.linked_to(BUYER.identity)

    async def test_a_home_elsewhere_is_out_of_region(self) -> None:
        """A grant for other counties gives nothing of this home; nor does one of a home that names no county."""
        city = GuardedCity()
        city.granting.change(WATER, counties=frozenset({"530111"}))
        assert (await refusal(city.office.accounts.find(REQUEST.enquiry))).refusal.why is Why.NOT_GRANTED
        permit = await city.sharing.permit(WATER, Operation.FIND_ACCOUNT)
        somewhere = Matter(chain="x").about_home(attrs.evolve(HOME, unit_numbers=()))
        assert somewhere.counties == frozenset({NOWHERE})
        with pytest.raises(NotGranted) as refused:
            await city.sharing.clear(permit, Dataset.ACCOUNT_QUERY, somewhere)
        assert refused.value.why_not is WhyNot.OUT_OF_REGION


class TestSigning:
    async def test_the_address_is_written_down_as_it_is_shown(self) -> None:
        """Step 7, second way: the tap shows the address, and the trail knows it."""
        city = GuardedCity()
        transfer = await city.submit()
        permit = await city.sharing.permit(PLATFORM, Operation.OPEN_SIGNING)
        assert (await refusal(city.office.signing.open(transfer, permit=permit))).refusal.why is Why.NOT_READY_TO_SIGN
        await city.office.reports.hear(Cleared(ADDRESS), transfer=transfer, utility=KUNMING_WATER)
        reply = await city.office.signing.open(transfer, permit=permit)
        assert isinstance(reply.decided.state, AwaitingSigning)
        assert (PLATFORM, "openSigning", ("signing_address",)) in city.noted_store.disclosures(transfer.text)

    async def test_without_permit_no_address(self) -> None:
        """Default deny; and a transfer that there is not is none."""
        city = GuardedCity()
        transfer = await city.submit()
        await city.office.reports.hear(Cleared(ADDRESS), transfer=transfer, utility=KUNMING_WATER)
        assert (await refusal(city.office.signing.open(transfer))).refusal.why is Why.NOT_GRANTED
        assert (await refusal(city.office.signing.open(OTHER_TRANSFER))).refusal.why is Why.UNKNOWN_TRANSFER

    async def test_an_address_that_comes_between_look_and_tap(self) -> None:
        """What was not cleared is not shown: the citizen taps again."""
        city = GuardedCity()
        transfer = await city.submit()
        permit = await city.sharing.permit(PLATFORM, Operation.OPEN_SIGNING)
        await city.office.worker.drain()
        before = await city.store.load((transfer,))
        load = city.store.load
        calls = iter([before])

        async def loads(*asked: Any) -> Any:
            return next(calls, None) or await load(*asked)

        city.store.load = loads  # type: ignore[method-assign,assignment]
        await city.office.reports.hear(Cleared(ADDRESS), transfer=transfer, utility=KUNMING_WATER)
        calls = iter([before])
        with pytest.raises(Unavailable, match="tap again"):
            await city.office.signing.open(transfer, permit=permit)


class TestViewing:
    @pytest.mark.parametrize(
        ("report", "dataset"), [(Failed(GROUNDS), Dataset.PRE_REVIEW), (NotHandled(GROUNDS), Dataset.HANDLING)]
    )
    async def test_a_reason_leaves_by_grant(self, report: Any, dataset: Dataset) -> None:
        """The utility's words on why not are a datum like any other; the state itself is always told."""
        city = GuardedCity()
        transfer = await city.submit()
        await city.office.reports.hear(report, transfer=transfer, utility=KUNMING_WATER)
        permit = await city.sharing.permit(PLATFORM, Operation.SHOW_TRANSFER)
        assert (await city.office.viewing.of(transfer, permit=permit)).shows_reason
        assert (PLATFORM, "showTransfer", ("reason",)) in city.noted_store.disclosures(transfer.text)
        assert not (await city.office.viewing.of(transfer)).shows_reason
        city.granting.narrow(PLATFORM, dataset, "result")
        narrow = await city.sharing.permit(PLATFORM, Operation.SHOW_TRANSFER)
        assert not (await city.office.viewing.of(transfer, permit=narrow)).shows_reason


class TestMatter:
    async def test_it_is_at_hand_while_it_lasts(self) -> None:
        """What is being worked at is known below, and nowhere else."""
        assert at_hand() is None
        with about(Matter(chain="one")), about(Matter(chain="two")):
            assert at_hand() == Matter(chain="two")
        assert at_hand() is None

    async def test_what_belongs_to_nothing_has_a_file_of_its_own(self) -> None:
        """A call outside of any matter is written down all the same."""
        city = GuardedCity()
        await Gate(city.sharing, "registry").pass_through(Operation.FIND_PROPERTIES)
        assert city.noted_store.noted[-1].chain.startswith("lookup:")


@pytest.mark.parametrize("operation", [operation for operation in Operation if operation in CONSENTED])
def test_consent_is_asked_for_what_leaves(operation: Operation) -> None:
    """An operation that gives nothing needs no consent."""
    assert GIVES[operation]
