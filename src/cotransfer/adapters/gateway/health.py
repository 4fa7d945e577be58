"""Whether the process is up, and whether it can take work. Never says anything about anybody."""

import attrs

from cotransfer.adapters.gateway.answers import Answer, answer
from cotransfer.adapters.gateway.exchange import Exchange
from cotransfer.app.office import Office


@attrs.frozen
class Health:
    """For those who run the gateway."""

    office: Office

    async def show_health(self, exchange: Exchange) -> Answer:
        """Asks nobody else."""
        return answer({"status": "ok"}, language=exchange.language)

    async def show_readiness(self, exchange: Exchange) -> Answer:
        """The store answers; counterparties may be away without making us unready."""
        await self.office.viewing.reach()
        return answer({"status": "ok"}, language=exchange.language)
