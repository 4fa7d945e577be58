"""The registry client: two searches. Never passes on a home or a certificate that was not asked for."""

import datetime
from collections.abc import Callable

import structlog

from cotransfer.adapters.registry.records import CERTIFICATE_STATUS, RECORDS, Unreadable
from cotransfer.adapters.wire import correlation
from cotransfer.adapters.wire.client import Line, understood
from cotransfer.adapters.wire.forms import Terms
from cotransfer.adapters.wire.spelling import CERTIFICATE_QUERY, IDENTITY
from cotransfer.adapters.wire.today import today
from cotransfer.domain.values import CertificateNumber, Home, IdentityNumber
from cotransfer.ports.errors import Unintelligible
from cotransfer.ports.registry import CertificateStatus

_log = structlog.get_logger(__name__)


class HttpRegistry:
    """`ports.registry.CertificateRegistry` over a line with party REGISTRY.

    A home that the register holds, but that we cannot make out or tell for the applicant's, is left out of the list;
    the log says why, and the others stay.
    """

    def __init__(self, line: Line, *, today: Callable[[], datetime.date] = today) -> None:
        self._line = line
        self._today = today

    async def properties_of(self, identity: IdentityNumber) -> tuple[Home, ...]:
        """Step 1."""
        answer = await self._line.post("/v1/properties/search", IDENTITY.write(identity))
        records = understood(self._line, RECORDS, answer, self._terms())
        homes = []
        for record in records:
            if isinstance(record, Unreadable):
                self._leave_out(record.why)
            elif self._is_theirs(record, identity):
                homes.append(record)
        return tuple(homes)

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

    def _is_theirs(self, home: Home, identity: IdentityNumber) -> bool:
        recorded = {holder.identity for holder in home.right_holders}
        if identity in recorded:
            return True
        if identity.before_1999 in recorded:
            self._leave_out("right_holders (number_before_1999)")
            return False
        raise Unintelligible(self._line.party, f"{self._line.name} answered homes of somebody else.")

    def _leave_out(self, why: str) -> None:
        _log.warning("home_left_out", correlation_id=correlation.current(), party=self._line.party.value, why=why)

    def _terms(self) -> Terms:
        return Terms(on=self._today())
