"""What the gateway's interface does for each call, one line above the use cases: permits, keys, and stored answers.

As `adapters.gateway` does it, without HTTP. Never decides anything.
"""

from collections.abc import Awaitable, Callable
from hashlib import sha256

import attrs

from cotransfer.app.accounts import Asker, Enquiry, Finding
from cotransfer.app.errand import Message, Reply, Ruling
from cotransfer.app.matter import Matter, about
from cotransfer.app.office import Office
from cotransfer.app.reports import contradicts
from cotransfer.app.submission import Request
from cotransfer.app.verification import Identity, Released
from cotransfer.domain.consents import Agreement, How, Offer
from cotransfer.domain.datasets import Dataset, Operation
from cotransfer.domain.grants import Permit
from cotransfer.domain.parties import Step
from cotransfer.domain.reports import Report
from cotransfer.domain.states import AwaitingSigning
from cotransfer.domain.values import TransferId, UtilityId
from cotransfer.ports.registry import CertificateStatus
from cotransfer.ports.transfers import MessageKey
from cotransfer.simulation.witness import Witness

PLATFORM = "platform"

_REPORTED = {
    Step.PRE_REVIEW: Operation.REPORT_PRE_REVIEW,
    Step.SIGN: Operation.REPORT_SIGNING,
    Step.HANDLE: Operation.REPORT_HANDLING,
}


@attrs.frozen
class Door:
    """Every operation of the interface as work for whichever process takes the call."""

    witness: Witness

    async def look_up(self, office: Office, enquiry: Enquiry) -> tuple[Finding, tuple[Offer, ...]]:
        """Steps 3 and 4; with what the citizen has to agree to next."""
        permit = await self._permit(office, PLATFORM, Operation.SEARCH_ACCOUNT)
        with about(self._filed(office, enquiry)) as matter:
            finding = await office.accounts.find(enquiry)
            if office.consenting is None or office.sharing is None or permit is None:
                return finding, ()
            of_home = matter.about_home(finding.home, enquiry.service)
            offers = await office.consenting.offers(finding.listing.id, enquiry.service, of_home, notices=True)
            await office.sharing.release(permit, Dataset.ACCOUNT, of_home)
            return finding, offers

    async def submit(self, office: Office, request: Request, key: str) -> TransferId:
        """Step 5: the transfer, new or told again."""
        permit = await self._permit(office, PLATFORM, Operation.SUBMIT_TRANSFER)
        message = _message(PLATFORM, key, request.enquiry.account_number)

        async def act() -> Reply:
            with about(self._filed(office, request.enquiry)):
                return await office.submission.submit(
                    request,
                    message,
                    by=Asker(PLATFORM),
                    permit=permit,
                    answer=lambda ruling: ruling.transfer.text.encode(),
                )

        return TransferId(await self._once(office, message, act))

    async def show(self, office: Office, transfer: TransferId) -> str:
        """The state's code."""
        permit = await self._permit(office, PLATFORM, Operation.SHOW_TRANSFER)
        return (await office.viewing.of(transfer, permit=permit)).record.state.code

    async def open_signing(self, office: Office, transfer: TransferId, key: str) -> str:
        """Step 7, second way: the signing address, or the state's code where there is none to show."""
        permit = await self._permit(office, PLATFORM, Operation.OPEN_SIGNING)
        message = _message(PLATFORM, key, transfer.text)
        return await self._once(
            office,
            message,
            lambda: office.signing.open(transfer, message, permit=permit, answer=lambda ruling: _way(ruling).encode()),
        )

    async def withdraw(self, office: Office, transfer: TransferId, key: str) -> str:
        """Steps 5 to 7: the state's code."""
        await self._permit(office, PLATFORM, Operation.WITHDRAW_TRANSFER)
        message = _message(PLATFORM, key, transfer.text)
        return await self._once(
            office,
            message,
            lambda: office.withdrawal.withdraw(transfer, message, answer=lambda told: told.state.code.encode()),
        )

    async def hear(self, office: Office, report: Report, transfer: TransferId, utility: UtilityId, key: str) -> str:
        """Steps 6 to 8: the state's code, or that it contradicts."""
        # A report brings news in: it needs a grant, and goes on while that is suspended.
        await self._permit(office, utility.text, _REPORTED[report.step])
        message = _message(utility.text, key, f"{transfer.text} {type(report).__name__}")
        return await self._once(
            office,
            message,
            lambda: office.reports.hear(
                report, transfer=transfer, utility=utility, message=message, answer=lambda told: _told(told).encode()
            ),
        )

    async def certificate(
        self, office: Office, transfer: TransferId, utility: UtilityId
    ) -> Released[CertificateStatus]:
        """Steps 6 and 8, on demand."""
        permit = await self._permit(office, utility.text, Operation.SHOW_CERTIFICATE_STATUS)
        return await office.verification.certificate(transfer, utility=utility, permit=permit)

    async def identity(self, office: Office, transfer: TransferId, utility: UtilityId) -> Released[Identity]:
        """Step 7."""
        permit = await self._permit(office, utility.text, Operation.SHOW_IDENTITY)
        return await office.verification.identity(transfer, utility=utility, permit=permit)

    async def _once(self, office: Office, message: Message, act: Callable[[], Awaitable[Reply]]) -> str:
        """As the gateway's one pipeline of posts: what was answered is answered again."""
        reply = await office.desk.recall(message) or await act()
        answer = reply.answer.decode()
        self.witness.answered(message.key, answer)
        return answer

    @staticmethod
    async def _permit(office: Office, client: str, operation: Operation) -> Permit | None:
        return None if office.sharing is None else await office.sharing.permit(client, operation)

    @staticmethod
    def _filed(office: Office, enquiry: Enquiry) -> Matter:
        matter = Matter(subject=enquiry.identity, service=enquiry.service)
        return matter if office.sharing is None else office.sharing.filed(matter)


def agreements(offers: tuple[Offer, ...]) -> tuple[Agreement, ...]:
    """The citizen agrees to each, in the words of today."""
    return tuple(
        Agreement(receiver=offer.receiver, text_version=text.version, text_digest=text.digest, how=How.H5)
        for offer in offers
        for text in offer.texts[:1]
    )


def _way(ruling: Ruling) -> str:
    state = ruling.state
    return state.signing_address.text if isinstance(state, AwaitingSigning) else state.code


def _told(ruling: Ruling) -> str:
    return "contradicts" if contradicts(ruling) else ruling.state.code


def _message(source: str, key: str, said: str) -> Message:
    return Message(MessageKey(source, key), sha256(said.encode()).digest())
