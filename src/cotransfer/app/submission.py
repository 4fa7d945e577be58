"""Step 5: everything looked up afresh, then submitted. The first thing of a transfer that is stored."""

from collections.abc import Callable

import attrs

from cotransfer.app.accounts import Accounts, Enquiry, Finding
from cotransfer.app.desk import Desk
from cotransfer.app.errand import Errand, Message, Reply, Ruling
from cotransfer.domain.case import Case, Policy
from cotransfer.domain.commands import Submit
from cotransfer.domain.refusals import Refused, Why
from cotransfer.domain.values import Application, MobileNumber, Name, OpenId
from cotransfer.ports.identifiers import Identifiers


@attrs.frozen(kw_only=True)
class Request:
    """What the citizen confirms: the enquiry once more, who they are, and how to reach them.

    `confirmed` says that they looked at an account that only possibly is this home's, and want it.
    """

    enquiry: Enquiry
    right_holder_name: Name
    mobile_number: MobileNumber
    confirmed: bool
    openid: OpenId | None = None


class Submission:
    """Takes requests."""

    def __init__(self, accounts: Accounts, desk: Desk, identifiers: Identifiers, policy: Policy) -> None:
        self._accounts = accounts
        self._desk = desk
        self._identifiers = identifiers
        self._policy = policy

    async def submit(
        self, request: Request, message: Message | None = None, *, answer: Callable[[Ruling], bytes] | None = None
    ) -> Reply:
        """Submit, durably. Raises `Refused` with what is in the way, or as `Accounts.find` and `Desk.handle` do."""
        finding = await self._accounts.find(request.enquiry)
        if finding.applicant.name != request.right_holder_name:
            raise Refused(Why.NOT_RIGHT_HOLDER)
        case = self._case(request, finding)
        submit = Submit(
            case=case,
            account=finding.account,
            matching=finding.matching,
            confirmed=request.confirmed,
            policy=self._policy,
        )
        errand = Errand(transfer=case.transfer, commands=(submit,), message=message)
        return await self._desk.handle(attrs.evolve(errand, answer=answer) if answer else errand)

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
        )
