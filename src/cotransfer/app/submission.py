"""Step 5: everything looked up afresh, then submitted. The first thing of a transfer that is stored."""

from collections.abc import Callable

import attrs

from cotransfer.app.accounts import Asker, Enquiry, Finder, Finding
from cotransfer.app.consenting import Consenting, given_notes
from cotransfer.app.desk import Desk
from cotransfer.app.errand import Errand, Message, Reply, Ruling
from cotransfer.app.matter import Matter
from cotransfer.app.sharing import reaching
from cotransfer.domain.case import Case, Policy
from cotransfer.domain.commands import Submit
from cotransfer.domain.consents import Agreement, Consent
from cotransfer.domain.grants import Permit
from cotransfer.domain.refusals import Refused, Why
from cotransfer.domain.values import Application, MobileNumber, Name, OpenId, TransferId
from cotransfer.ports.identifiers import Identifiers


@attrs.frozen(kw_only=True)
class Request:
    """What the citizen confirms: the enquiry once more, who they are, and how to reach them.

    `confirmed` says that they looked at an account that only possibly is this home's, and want it; `agreements` are
    their consents, one for each receiver of their data. `follows` is the attempt that came to nothing before.
    """

    enquiry: Enquiry
    right_holder_name: Name
    mobile_number: MobileNumber
    confirmed: bool
    openid: OpenId | None = None
    agreements: tuple[Agreement, ...] | None = None
    follows: TransferId | None = None


class Submission:
    """Takes requests."""

    def __init__(
        self,
        accounts: Finder,
        desk: Desk,
        identifiers: Identifiers,
        policy: Policy,
        consenting: Consenting | None = None,
    ) -> None:
        self._consenting = consenting
        self._accounts = accounts
        self._desk = desk
        self._identifiers = identifiers
        self._policy = policy

    async def submit(
        self,
        request: Request,
        message: Message | None = None,
        *,
        by: Asker | None = None,
        permit: Permit | None = None,
        answer: Callable[[Ruling], bytes] | None = None,
    ) -> Reply:
        """Submit, durably. Raises `Refused` with what is in the way, or as `Finder.find` and `Desk.handle` do.

        `permit` is what the platform may do; nothing begins outside of its service and region.
        """
        if permit is not None:
            permit.towards(request.enquiry.service)
        finding = await self._accounts.find(request.enquiry, by=by)
        if finding.applicant.name != request.right_holder_name:
            raise Refused(Why.NOT_RIGHT_HOLDER)
        case = self._case(request, finding)
        if permit is not None:
            reaching(permit, Matter.of(case))
        submit = Submit(
            case=case,
            account=finding.account,
            matching=finding.matching,
            confirmed=request.confirmed,
            policy=self._policy,
        )
        consents = await self._consents(case, request)
        errand = Errand(
            transfer=case.transfer,
            commands=(submit,),
            message=message,
            consents=consents,
            noted=lambda _: given_notes(case.transfer, consents),
        )
        return await self._desk.handle(attrs.evolve(errand, answer=answer) if answer else errand)

    async def _consents(self, case: Case, request: Request) -> tuple[Consent, ...]:
        """To everybody who will be given data; where nobody asks for grants, nobody asks for consents either."""
        if self._consenting is None:
            return ()
        offers = await self._consenting.offers(
            case.utility, case.service, Matter.of(case), notices=case.openid is not None
        )
        return self._consenting.accept(offers, request.agreements or ())

    def _case(self, request: Request, finding: Finding) -> Case:
        home = finding.home
        return Case(
            transfer=self._identifiers.transfer(),
            service=request.enquiry.service,
            utility=finding.listing.id,
            account_number=finding.account.number,
            application=Application(
                right_holder_name=finding.applicant.name,
                identity_number=finding.applicant.identity,
                mobile_number=request.mobile_number,
                certificate_number=home.certificate_number,
                location=home.location,
                unit_numbers=home.unit_numbers,
                registry_state=home.state,
            ),
            openid=request.openid,
            follows=request.follows,
        )
