"""Who acts in a story beside the citizen: the water company's own desk, somebody who forges its reports, the operator.

The first two come over HTTP like everybody; the operator does what `cotransfer grants` and `cotransfer audit` do. Never
does for a story what its role could not do in a deployment.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx
import orjson

from cotransfer.adapters.keys.folder import KeyFolder
from cotransfer.adapters.keys.signing import KeySigner
from cotransfer.adapters.sql.trust.audit import SqlAudit
from cotransfer.adapters.wire.audit_export import exported
from cotransfer.adapters.wire.signing import Outgoing, Scheme, Signer, StandardRequests, draw_secret, signing_key
from cotransfer.domain.grants import GrantId, Side
from cotransfer.sandbox import Agreed
from cotransfer.wiring import Assembly

WHO = "demo"
WATER_GRANT = GrantId("kunming-water.transfer")


class WaterDesk:
    """Whoever has the water company's access to the gateway: its people, or a thief of its token."""

    def __init__(self, http: httpx.AsyncClient, *, gateway: str, agreed: Agreed) -> None:
        self._http = http
        self._gateway = gateway
        self._tokens = agreed.reporting(gateway)
        self._key = agreed.from_water

    async def close(self) -> None:
        """Fetch no token any more."""
        await self._tokens.aclose()

    async def ask(self, transfer: str | None, what: str) -> httpx.Response:
        """`what` is identity or certificate."""
        return await self._http.get(f"{self._gateway}{_path(transfer, what)}", headers=await self._authorization())

    async def report(
        self,
        transfer: str | None,
        body: Mapping[str, Any],
        *,
        kind: str,
        key: str | None,
        signed_for: str | None = None,
    ) -> httpx.Response:
        """A report signed with `key` (None: not at all) for the address of `signed_for`, sent to `transfer`'s."""
        said, once = orjson.dumps(body), str(uuid4())
        headers = {**await self._authorization(), "Idempotency-Key": once, "Content-Type": "application/json"}
        if key is not None:
            target = _path(signed_for or transfer, kind)
            outgoing = Outgoing(method="POST", target=target, key=once, body=said, at=datetime.now(UTC))
            signer = StandardRequests(Signer([signing_key(Scheme.HMAC_SHA256, key)]))
            headers |= signer.dress(outgoing).headers
        return await self._http.post(f"{self._gateway}{_path(transfer, kind)}", content=said, headers=headers)

    async def find(self, transfer: str | None, finding: Mapping[str, Any]) -> httpx.Response:
        """What the company finds on the transfer's first reversal."""
        return await self.report(transfer, {"number": 1, **finding}, kind="reversals/finding", key=self._key)

    async def forge(self, transfer: str | None, body: Mapping[str, Any], *, kind: str) -> dict[str, httpx.Response]:
        """What can be tried with a stolen token, and with a captured signature; the answers by what it was."""
        other = "01997c5e-8000-7000-8000-000000000000"
        return {
            "not signed": await self.report(transfer, body, kind=kind, key=None),
            "signed with another key": await self.report(transfer, body, kind=kind, key=draw_secret()),
            "signed for another transfer": await self.report(
                transfer, body, kind=kind, key=self._key, signed_for=other
            ),
        }

    async def _authorization(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {await self._tokens.current()}"}


class OperatorDesk:
    """The city's operator at the gateway."""

    def __init__(self, assembly: Assembly, keys: KeyFolder) -> None:
        self._assembly = assembly
        self._keys = keys

    async def suspend(self, why: str) -> None:
        """No data goes out to the water company any more."""
        await self._assembly.granting.suspend(WATER_GRANT, by=Side.CITY, who=WHO, why=why)

    async def resume(self, why: str) -> None:
        """It goes on."""
        await self._assembly.granting.resume(WATER_GRANT, by=Side.CITY, who=WHO, why=why)

    async def export(self) -> list[bytes]:
        """The audit trail, line by line, as far as it is under a signed checkpoint."""
        return [line async for line in exported(SqlAudit(self._assembly.store))]

    def public_keys(self) -> dict[str, str]:
        """Those that the checkpoints are signed with, as a counterparty has been given them."""
        return KeySigner(self._keys).public_keys()


def _path(transfer: str | None, what: str) -> str:
    return f"/v1/utility/transfers/{transfer}/{what}"
