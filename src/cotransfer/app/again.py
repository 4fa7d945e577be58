"""A new attempt after one that came to nothing: it starts from the old one's data, and is linked to it.

Everything is looked up afresh, as for any other submission. Never begins a second one beside one that is under way.
"""

from collections.abc import Callable

import attrs

from cotransfer.app.accounts import Asker, Enquiry
from cotransfer.app.errand import Message, Reply, Ruling
from cotransfer.app.submission import Request, Submission
from cotransfer.domain.case import Case
from cotransfer.domain.consents import Agreement
from cotransfer.domain.grants import Permit
from cotransfer.domain.refusals import Refused, Why
from cotransfer.domain.states import Closed, Completed
from cotransfer.domain.values import MobileNumber, OpenId, TransferId
from cotransfer.ports.transfers import Transfers


@attrs.frozen(kw_only=True)
class Changes:
    """What the citizen does differently this time; None: as before. `confirmed` and `agreements` are given anew."""

    account_number: str | None = attrs.field(default=None, repr=False)
    mobile_number: MobileNumber | None = None
    openid: OpenId | None = None
    confirmed: bool = False
    agreements: tuple[Agreement, ...] | None = None


class Again:
    """Submits what was submitted before."""

    def __init__(self, submission: Submission, transfers: Transfers) -> None:
        self._submission = submission
        self._transfers = transfers

    async def submit(
        self,
        former: TransferId,
        changes: Changes,
        message: Message | None = None,
        *,
        by: Asker | None = None,
        permit: Permit | None = None,
        answer: Callable[[Ruling], bytes] | None = None,
    ) -> Reply:
        """Submit, durably. Raises `Refused` as `Submission.submit` does; and when there is no such transfer, when it is
        under way or completed, or when its data are erased.
        """
        case = await self._former(former)
        request = _request(case, changes)
        return await self._submission.submit(request, message, by=by, permit=permit, answer=answer)

    async def _former(self, former: TransferId) -> Case:
        record = (await self._transfers.load((former,))).record(former)
        if record is None:
            raise Refused(Why.UNKNOWN_TRANSFER)
        if isinstance(record.state, Completed):
            raise Refused(Why.ENDED_ALREADY)
        if not isinstance(record.state, Closed):
            raise Refused(Why.ALREADY_UNDER_WAY, blocking=former)
        return record.state.case


def _request(case: Case, changes: Changes) -> Request:
    application = case.application
    return Request(
        enquiry=Enquiry(
            service=case.service,
            account_number=changes.account_number or case.account_number.text,
            certificate_number=application.certificate_number,
            identity=application.identity_number,
        ),
        right_holder_name=application.right_holder_name,
        mobile_number=changes.mobile_number or application.mobile_number,
        openid=changes.openid or case.openid,
        confirmed=changes.confirmed,
        agreements=changes.agreements,
        follows=case.transfer,
    )
