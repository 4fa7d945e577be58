"""Steps 6 to 8 on demand: certificate status and identity data, for the utility that is party to an open transfer."""

from typing import Generic, TypeVar

import attrs

from cotransfer.app.draft import is_party
from cotransfer.app.erasure import found
from cotransfer.app.matter import Matter, about
from cotransfer.app.sharing import Sharing
from cotransfer.domain.case import Case
from cotransfer.domain.datasets import FIELDS, Dataset
from cotransfer.domain.grants import Permit
from cotransfer.domain.parties import Party
from cotransfer.domain.refusals import Refused, Why
from cotransfer.domain.states import Closed, NotSubmitted
from cotransfer.domain.values import IdentityNumber, Name, TransferId, UtilityId
from cotransfer.ports.errors import Unintelligible
from cotransfer.ports.registry import CertificateRegistry, CertificateStatus
from cotransfer.ports.transfers import Transfers

T = TypeVar("T")


@attrs.frozen
class Identity:
    """The scheme's identity data for signing (§1.7), exactly."""

    right_holder_name: Name
    identity_number: IdentityNumber


@attrs.frozen
class Released(Generic[T]):
    """What was found, and which of its fields may leave."""

    value: T
    fields: frozenset[str]


class Verification:
    """Queries of a utility about its own transfers, while they are open; nothing leaves but through `sharing`.

    Without `sharing` whoever calls is the gate, and every field may leave.
    """

    def __init__(self, transfers: Transfers, registry: CertificateRegistry, sharing: Sharing | None = None) -> None:
        self._transfers = transfers
        self._registry = registry
        self._sharing = sharing

    async def certificate(
        self, transfer: TransferId, *, utility: UtilityId, permit: Permit | None = None
    ) -> Released[CertificateStatus]:
        """How the certificate stands at this moment. Raises `Refused`, or as the registry and the gate do.

        Judged twice: before the registry is asked, and when it has answered, for that may take a while.
        """
        case = await self._open_case(transfer, utility)
        if self._sharing is not None:
            await self._sharing.judge(_shown(permit), Dataset.CERTIFICATE_STATUS, Matter.of(case))
        with about(Matter.of(case)):
            status = await self._registry.status_of(case.application.certificate_number)
        if status is None:
            raise Unintelligible(Party.REGISTRY, "The registry no longer knows a certificate that it showed before.")
        case = await self._open_case(transfer, utility)
        return Released(status, await self._released(permit, Dataset.CERTIFICATE_STATUS, case))

    async def identity(
        self, transfer: TransferId, *, utility: UtilityId, permit: Permit | None = None
    ) -> Released[Identity]:
        """Who signs. Raises `Refused`, or as the gate does."""
        case = await self._open_case(transfer, utility)
        fields = await self._released(permit, Dataset.IDENTITY, case)
        application = case.application
        return Released(Identity(application.right_holder_name, application.identity_number), fields)

    async def _released(self, permit: Permit | None, dataset: Dataset, case: Case) -> frozenset[str]:
        if self._sharing is None:
            return frozenset(FIELDS[dataset])
        return await self._sharing.release(_shown(permit), dataset, Matter.of(case))

    async def _open_case(self, transfer: TransferId, utility: UtilityId) -> Case:
        record = found(await self._transfers.load((transfer,)), transfer, by=utility)
        if record is None or isinstance(record.state, NotSubmitted) or not is_party(utility, record.state):
            raise Refused(Why.UNKNOWN_TRANSFER)
        if isinstance(record.state, Closed):
            raise Refused(Why.CLOSED)
        return record.state.case


def _shown(permit: Permit | None) -> Permit:
    """Default deny: who shows no permit has none."""
    if permit is None:
        raise Refused(Why.NOT_GRANTED)
    return permit
