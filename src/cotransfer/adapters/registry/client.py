"""The registry client: two searches, read strictly. Never passes on a home or a certificate that was not asked for."""

import datetime
from collections.abc import Callable

from cotransfer.adapters.wire.client import Line, understood
from cotransfer.adapters.wire.forms import Terms
from cotransfer.adapters.wire.spelling import CERTIFICATE_QUERY, HOMES, IDENTITY
from cotransfer.adapters.wire.statuses import CERTIFICATE_STATUS
from cotransfer.adapters.wire.today import today
from cotransfer.domain.values import CertificateNumber, Home, IdentityNumber
from cotransfer.ports.errors import Unintelligible
from cotransfer.ports.registry import CertificateStatus


class HttpRegistry:
    """`ports.registry.CertificateRegistry` over a line with party REGISTRY."""

    def __init__(self, line: Line, *, today: Callable[[], datetime.date] = today) -> None:
        self._line = line
        self._today = today

    async def properties_of(self, identity: IdentityNumber) -> tuple[Home, ...]:
        """Step 1."""
        answer = await self._line.post("/v1/properties/search", IDENTITY.write(identity))
        homes = understood(self._line, HOMES, answer, self._terms())
        if not all(identity in (holder.identity for holder in home.right_holders) for home in homes):
            raise Unintelligible(self._line.party, f"{self._line.name} answered homes of somebody else.")
        return homes

    async def status_of(self, certificate_number: CertificateNumber) -> CertificateStatus | None:
        """Steps 6 and 8."""
        query = CERTIFICATE_QUERY.write(certificate_number)
        answer = await self._line.find("/v1/certificates/search", query, absent="certificate_unknown")
        if answer is None:
            return None
        status = understood(self._line, CERTIFICATE_STATUS, answer, self._terms())
        if status.certificate_number != certificate_number:
            raise Unintelligible(self._line.party, f"{self._line.name} answered with another certificate.")
        return status

    def _terms(self) -> Terms:
        return Terms(on=self._today())
