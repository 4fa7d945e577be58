"""Steps 6 to 8 on demand: certificate status and identity data, for the utility that is party to an open transfer."""

import attrs

from cotransfer.app.draft import is_party
from cotransfer.domain.case import Case
from cotransfer.domain.parties import Party
from cotransfer.domain.refusals import Refused, Why
from cotransfer.domain.states import Closed, NotSubmitted
from cotransfer.domain.values import IdentityNumber, Name, TransferId, UtilityId
from cotransfer.ports.errors import Unintelligible
from cotransfer.ports.registry import CertificateRegistry, CertificateStatus
from cotransfer.ports.transfers import Transfers


@attrs.frozen
class Identity:
    """The scheme's identity data for signing (§1.7), exactly."""

    right_holder_name: Name
    identity_number: IdentityNumber


class Verification:
    """Queries of a utility about its own transfers, while they are open."""

    def __init__(self, transfers: Transfers, registry: CertificateRegistry) -> None:
        self._transfers = transfers
        self._registry = registry

    async def certificate(self, transfer: TransferId, *, utility: UtilityId) -> CertificateStatus:
        """How the certificate stands at this moment. Raises `Refused`, or as the registry does."""
        case = await self._open_case(transfer, utility)
        status = await self._registry.status_of(case.application.certificate_number)
        if status is None:
            raise Unintelligible(Party.REGISTRY, "The registry no longer knows a certificate that it showed before.")
        return status

    async def identity(self, transfer: TransferId, *, utility: UtilityId) -> Identity:
        """Who signs. Raises `Refused`."""
        application = (await self._open_case(transfer, utility)).application
        return Identity(application.right_holder_name, application.identity_number)

    async def _open_case(self, transfer: TransferId, utility: UtilityId) -> Case:
        record = (await self._transfers.load((transfer,))).record(transfer)
        if record is None or isinstance(record.state, NotSubmitted) or not is_party(utility, record.state):
            raise Refused(Why.UNKNOWN_TRANSFER)
        if isinstance(record.state, Closed):
            raise Refused(Why.CLOSED)
        return record.state.case
