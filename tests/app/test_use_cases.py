"""The nine steps, each use case over memory adapters."""

from collections.abc import Collection

import attrs
import pytest
from tests.app.world import AWAY, ENQUIRY, REQUEST, City, WatchedStore, message

from cotransfer.adapters.memory.registry import MemoryRegistry
from cotransfer.app.directory import Directory, Listing
from cotransfer.app.office import Terms
from cotransfer.app.properties import Linked
from cotransfer.app.reports import contradicts, is_news
from cotransfer.app.verification import Verification
from cotransfer.app.viewing import Viewing
from cotransfer.domain.case import Policy
from cotransfer.domain.events import ApplicationSubmitted
from cotransfer.domain.faults import Invalid
from cotransfer.domain.matching import MatchOutcome
from cotransfer.domain.refusals import Refused, Why
from cotransfer.domain.reports import Cleared, Failed, Handled, Taken
from cotransfer.domain.states import AwaitingSigning, InPreReview, Submitted
from cotransfer.domain.values import (
    Account,
    AccountNumber,
    CertificateNumber,
    DocumentType,
    IdentityNumber,
    Location,
    Name,
    RegistryState,
    RegistryStatus,
    Restriction,
    RightHolder,
    Service,
    TransferId,
    UtilityId,
)
from cotransfer.ports.errors import Unavailable, Unintelligible
from cotransfer.ports.transfers import Entry, Loaded, MessageKey
from cotransfer.testing.samples import (
    ACCOUNT,
    ADDRESS,
    BUYER,
    CERTIFICATE,
    CURRENT,
    GROUNDS,
    HOME,
    KUNMING_WATER,
    OTHER_TRANSFER,
)

STRANGER = IdentityNumber(DocumentType.PASSPORT, "E12345678")
GAS = UtilityId("kunming-gas")


async def refusal(asked: object) -> Why:
    """Why that is refused."""
    with pytest.raises(Refused) as refused:
        await asked  # type: ignore[misc]
    return refused.value.refusal.why


async def submitted(city: City) -> TransferId:
    """A transfer after step 5."""
    return (await city.office.submission.submit(REQUEST)).decided.transfer


class TestProperties:
    async def test_what_can_be_chosen(self) -> None:
        """Step 1: every linked home is shown, and why its accounts cannot be moved where they cannot."""
        mortgaged = attrs.evolve(
            HOME,
            certificate_number=CertificateNumber.parse("云(2020)盘龙区不动产权第0000777号"),
            state=RegistryState(RegistryStatus.CURRENT, frozenset({Restriction.MORTGAGE})),
        )
        old = attrs.evolve(
            HOME,
            certificate_number=CertificateNumber.parse("云(2011)盘龙区不动产权第0000778号"),
            state=RegistryState(RegistryStatus.HISTORICAL),
        )
        policy = Policy(refused_restrictions=frozenset({Restriction.MORTGAGE}))
        city = City(HOME, mortgaged, old, terms=Terms(policy=policy))
        assert await city.office.properties.linked_to(BUYER.identity) == (
            Linked(HOME, None),
            Linked(mortgaged, Why.RESTRICTED),
            Linked(old, Why.CERTIFICATE_NOT_CURRENT),
        )

    async def test_nothing_linked(self) -> None:
        """Step 1: who has no linked property gets none, and is advised to apply at the counter."""
        assert await City().office.properties.linked_to(STRANGER) == ()

    async def test_a_registry_that_is_away(self) -> None:
        """A query says at once that the registry is away; nothing is guessed."""
        city = City()
        city.registry.away = True
        with pytest.raises(Unavailable):
            await city.office.properties.linked_to(BUYER.identity)


class TestAccounts:
    async def test_the_account_beside_its_home(self) -> None:
        """Steps 2 to 4: the account as the utility has it now, and how it compares."""
        finding = await City().office.accounts.find(ENQUIRY)
        assert (finding.account, finding.home, finding.applicant) == (ACCOUNT, HOME, BUYER)
        assert finding.matching.outcome is MatchOutcome.MATCH
        assert finding.listing.id == KUNMING_WATER
        assert finding.hindrance is None

    async def test_arrears_are_shown(self) -> None:
        """Step 4: arrears are told before anybody submits."""
        city = City()
        city.utility.set_arrears(ACCOUNT.number, True)
        finding = await city.office.accounts.find(ENQUIRY)
        assert finding.account.in_arrears
        assert finding.hindrance is Why.IN_ARREARS

    @pytest.mark.parametrize(
        ("change", "why"),
        [
            ({"identity": STRANGER}, Why.NOT_RIGHT_HOLDER),
            (
                {"certificate_number": CertificateNumber.parse("云(2020)盘龙区不动产权第0000777号")},
                Why.NOT_RIGHT_HOLDER,
            ),
            ({"service": Service.GAS}, Why.SERVICE_NOT_OFFERED),
            ({"account_number": "0871999999"}, Why.ACCOUNT_UNKNOWN),
        ],
    )
    async def test_what_is_not_there(self, change: dict[str, object], why: Why) -> None:
        """Steps 1 to 3: not theirs, not offered, not known: each with its own reason."""
        enquiry = attrs.evolve(ENQUIRY, **change)  # type: ignore[arg-type]
        assert await refusal(City().office.accounts.find(enquiry)) is why

    async def test_a_home_that_cannot_take_part(self) -> None:
        """Nothing of an account is shown for a home whose accounts cannot be moved: the utility is not even asked."""
        city = City(attrs.evolve(HOME, state=RegistryState(RegistryStatus.TERMINATED)))
        city.utility.away = True
        assert await refusal(city.office.accounts.find(ENQUIRY)) is Why.CERTIFICATE_NOT_CURRENT

    async def test_an_account_number_no_utility_has(self) -> None:
        """A number that cannot be one is a fault of its field, and the utility is not asked."""
        city = City()
        city.utility.away = True
        with pytest.raises(Invalid):
            await city.office.accounts.find(attrs.evolve(ENQUIRY, account_number="?"))


class TestDirectory:
    def test_who_serves_where(self) -> None:
        """Step 2: by service and county; a home that reaches into another county is not served in parts."""
        utility = City().utility
        here = Listing(id=KUNMING_WATER, service=Service.WATER, utility=utility, counties=frozenset({"530102"}))
        everywhere = Listing(id=GAS, service=Service.GAS, utility=utility)
        directory = Directory(here, everywhere)
        assert directory.serving(Service.WATER, HOME) is here
        assert directory.serving(Service.GAS, HOME) is everywhere
        away = attrs.evolve(here, counties=frozenset({"530103"}))
        with pytest.raises(Refused) as refused:
            Directory(away).serving(Service.WATER, HOME)
        assert refused.value.refusal.why is Why.SERVICE_NOT_OFFERED

    def test_it_reads_like_a_mapping(self) -> None:
        """Listings by their identifier."""
        utility = City().utility
        water = Listing(id=KUNMING_WATER, service=Service.WATER, utility=utility)
        gas = Listing(id=GAS, service=Service.GAS, utility=utility)
        directory = Directory(water, gas)
        assert (len(directory), list(directory), directory[GAS]) == (2, [KUNMING_WATER, GAS], gas)


class TestSubmission:
    async def test_what_is_submitted(self) -> None:
        """Step 5: the seven fields as the registry has them, the account as the utility has it."""
        city = City()
        ruling = (await city.office.submission.submit(REQUEST)).decided
        assert isinstance(ruling.state, Submitted)
        case = ruling.state.case
        assert ruling.events == (ApplicationSubmitted(case),)
        assert case.application.right_holder_name == BUYER.name
        assert case.application.registry_state == CURRENT
        assert (case.account_number, case.utility, case.openid) == (ACCOUNT.number, KUNMING_WATER, REQUEST.openid)
        assert (case.transfer, ruling.at) == (ruling.transfer, city.clock.now())

    async def test_arrears_count_as_they_are_now(self) -> None:
        """Step 4 once more: whatever was shown before, arrears at the moment of submission refuse it."""
        city = City()
        assert (await city.office.accounts.find(ENQUIRY)).hindrance is None
        city.utility.set_arrears(ACCOUNT.number, True)
        assert await refusal(city.office.submission.submit(REQUEST)) is Why.IN_ARREARS
        city.utility.set_arrears(ACCOUNT.number, False)
        await city.office.submission.submit(REQUEST)

    async def test_only_under_ones_own_name(self) -> None:
        """The name that was given must be the right holder's on the register."""
        other = attrs.evolve(REQUEST, right_holder_name=Name("赵云川"))
        assert await refusal(City().office.submission.submit(other)) is Why.NOT_RIGHT_HOLDER

    async def test_the_same_message_again(self) -> None:
        """A repeated submission is one transfer, and is answered as it was the first time."""
        city = City()
        office = city.office
        first = await office.submission.submit(
            REQUEST, message("k"), answer=lambda ruling: ruling.transfer.text.encode()
        )
        again = await office.submission.submit(
            REQUEST, message("k"), answer=lambda ruling: ruling.transfer.text.encode()
        )
        assert again.answer == first.answer
        assert again.replayed

    async def test_one_open_transfer_per_home(self) -> None:
        """Another submission for the same home is refused, and names the transfer in the way."""
        city = City()
        transfer = await submitted(city)
        with pytest.raises(Refused) as refused:
            await city.office.submission.submit(REQUEST)
        assert refused.value.refusal.why is Why.ALREADY_UNDER_WAY
        assert refused.value.refusal.blocking == transfer

    async def test_after_the_end_there_may_be_another(self) -> None:
        """What has ended stands in nobody's way."""
        city = City()
        await city.office.reports.hear(Failed(GROUNDS), transfer=await submitted(city), utility=KUNMING_WATER)
        await submitted(city)

    async def test_the_policy_is_the_deployments(self) -> None:
        """Step 4: a mismatch is refused, unless the deployment leaves it to the utility and the citizen confirms."""
        elsewhere = Account(
            number=AccountNumber("0871777777"),
            holder=Name("赵云川"),
            location=Location("盘龙区白云路99号9栋9单元999"),
            in_arrears=False,
        )
        enquiry = attrs.evolve(ENQUIRY, account_number=elsewhere.number.text)
        request = attrs.evolve(REQUEST, enquiry=enquiry, confirmed=True)
        for policy, why in ((Policy(), Why.WRONG_ACCOUNT), (Policy(mismatch_to_utility=True), None)):
            city = City(terms=Terms(policy=policy), accounts=(elsewhere,))
            assert (await city.office.accounts.find(enquiry)).hindrance is why
            if why is None:
                await city.office.submission.submit(request)
            else:
                assert await refusal(city.office.submission.submit(request)) is why

    async def test_a_co_owner_may_apply(self) -> None:
        """Of several owners the one who applies becomes the account's holder."""
        co_owner = RightHolder(Name("赵云川"), STRANGER)
        city = City(attrs.evolve(HOME, right_holders=(BUYER, co_owner)))
        request = attrs.evolve(
            REQUEST, enquiry=attrs.evolve(ENQUIRY, identity=STRANGER), right_holder_name=co_owner.name
        )
        state = (await city.office.submission.submit(request)).decided.state
        assert isinstance(state, Submitted)
        assert state.case.application.identity_number == STRANGER


class TestReports:
    async def test_news_and_no_news(self) -> None:
        """Step 6: what moves the transfer is news; the same again is none; what cannot be is a contradiction."""
        city = City()
        transfer, hear = await submitted(city), city.office.reports.hear
        first = (await hear(Cleared(ADDRESS), transfer=transfer, utility=KUNMING_WATER)).decided
        same = (await hear(Cleared(ADDRESS), transfer=transfer, utility=KUNMING_WATER)).decided
        late = (await hear(Taken("W-1"), transfer=transfer, utility=KUNMING_WATER)).decided
        odd = (await hear(Failed(GROUNDS), transfer=transfer, utility=KUNMING_WATER)).decided
        assert [is_news(one) for one in (first, same, late, odd)] == [True, False, False, False]
        assert [contradicts(one) for one in (first, same, late, odd)] == [False, False, False, True]
        assert odd.state == first.state

    async def test_only_its_own(self) -> None:
        """A utility reports on its own transfers; others are unknown to it."""
        city = City()
        transfer = await submitted(city)
        assert await refusal(city.office.reports.hear(Handled(), transfer=transfer, utility=GAS)) is (
            Why.UNKNOWN_TRANSFER
        )

    async def test_an_answer_is_made_and_kept(self) -> None:
        """The answer is what the message gets whenever it comes."""
        city = City()
        transfer = await submitted(city)
        for replayed in (False, True):
            reply = await city.office.reports.hear(
                Taken("W-1"),
                transfer=transfer,
                utility=KUNMING_WATER,
                message=message("k", source="kunming-water"),
                answer=lambda ruling: b"news" if is_news(ruling) else b"none",
            )
            assert (reply.answer, reply.replayed) == (b"news", replayed)


class TestSigning:
    async def test_at_the_tap(self) -> None:
        """Step 7, second way: the button leads to the address as soon as pre-review has passed."""
        city = City()
        transfer = await submitted(city)
        assert await refusal(city.office.signing.open(transfer)) is Why.NOT_READY_TO_SIGN
        await city.office.reports.hear(Cleared(ADDRESS), transfer=transfer, utility=KUNMING_WATER)
        reply = await city.office.signing.open(
            transfer, message("tap"), answer=lambda ruling: ruling.state.code.encode()
        )
        assert reply.answer == b"awaiting_signing"
        state = (await city.office.signing.open(transfer)).decided.state
        assert isinstance(state, AwaitingSigning)
        assert state.signing_address == ADDRESS


class TestVerification:
    async def test_the_certificate_at_this_moment(self) -> None:
        """Steps 6 and 8: the utility of an open transfer sees how the certificate stands now."""
        city = City()
        transfer = await submitted(city)
        seized = RegistryState(RegistryStatus.CURRENT, frozenset({Restriction.SEIZURE}))
        city.registry.restate(CERTIFICATE, seized)
        status = (await city.office.verification.certificate(transfer, utility=KUNMING_WATER)).value
        assert (status.certificate_number, status.location, status.registry_state) == (
            CERTIFICATE,
            HOME.location,
            seized,
        )

    async def test_who_signs(self) -> None:
        """Step 7: the identity data for signing, exactly the scheme's."""
        city = City()
        found = await city.office.verification.identity(await submitted(city), utility=KUNMING_WATER)
        identity = found.value
        assert found.fields == {"right_holder_name", "identity_number"}
        assert (identity.right_holder_name, identity.identity_number) == (BUYER.name, BUYER.identity)

    async def test_nobody_else_sees_anything(self) -> None:
        """Another utility's transfer, and one that there is not, look alike."""
        city = City()
        transfer = await submitted(city)
        verification = city.office.verification
        assert await refusal(verification.identity(transfer, utility=GAS)) is Why.UNKNOWN_TRANSFER
        assert await refusal(verification.identity(OTHER_TRANSFER, utility=KUNMING_WATER)) is Why.UNKNOWN_TRANSFER

    async def test_nothing_after_the_end(self) -> None:
        """Closed is closed: there is no purpose left."""
        city = City()
        transfer = await submitted(city)
        await city.office.reports.hear(Handled(), transfer=transfer, utility=KUNMING_WATER)
        assert await refusal(city.office.verification.certificate(transfer, utility=KUNMING_WATER)) is Why.CLOSED
        assert await refusal(city.office.verification.identity(transfer, utility=KUNMING_WATER)) is Why.CLOSED

    async def test_a_registry_that_forgets(self) -> None:
        """A certificate that was shown and is no longer known is told to the operator, never guessed."""
        city = City()
        transfer = await submitted(city)
        forgetful = Verification(city.store, MemoryRegistry())
        with pytest.raises(Unintelligible, match="no longer knows"):
            await forgetful.certificate(transfer, utility=KUNMING_WATER)


class _LooksBack(WatchedStore):
    """A store whose records are a moment older than its journal."""

    def __init__(self, store: WatchedStore, earlier: Loaded) -> None:
        super().__init__()
        self._now = store
        self._earlier = earlier

    async def load(self, transfers: Collection[TransferId], messages: Collection[MessageKey] = ()) -> Loaded:
        """As it was."""
        return self._earlier

    async def journal(self, transfer: TransferId) -> tuple[Entry, ...]:
        """As it is."""
        return await self._now.journal(transfer)


class TestViewing:
    async def test_a_transfer_with_all_that_led_there(self) -> None:
        """The timeline and the state are of one moment."""
        city = City()
        transfer = await submitted(city)
        await city.office.reports.hear(Taken("W-1"), transfer=transfer, utility=KUNMING_WATER)
        view = await city.office.viewing.of(transfer)
        assert isinstance(view.record.state, InPreReview)
        assert [entry.sequence for entry in view.journal] == [1, 2]

    async def test_what_happens_meanwhile_is_not_part_of_it(self) -> None:
        """A report between the two looks shows in the next view, not as half of this one."""
        city = City()
        transfer = await submitted(city)
        earlier = await city.store.load((transfer,))
        await city.office.reports.hear(Taken("W-1"), transfer=transfer, utility=KUNMING_WATER)
        view = await Viewing(_LooksBack(city.store, earlier)).of(transfer)
        assert len(view.journal) == view.record.version == 1

    async def test_what_there_is_not(self) -> None:
        """An identifier that nobody has is refused."""
        assert await refusal(City().office.viewing.of(OTHER_TRANSFER)) is Why.UNKNOWN_TRANSFER
        assert await refusal(City().office.viewing.state(OTHER_TRANSFER)) is Why.UNKNOWN_TRANSFER

    async def test_whether_the_store_answers(self) -> None:
        """Readiness: the store is asked, and nothing of it is needed."""
        store = WatchedStore()
        city = City(store=store)
        await city.office.viewing.reach()
        store.fail_loads.append(AWAY)
        with pytest.raises(Unavailable):
            await city.office.viewing.reach()
