"""A notifier for deployments without a channel: it says so for every notice. Never an error: the page still tells."""

from cotransfer.domain.notices import Fate, Notice, Undeliverable


class SilentNotifier:
    """`Notifier` that reaches nobody."""

    remembers_s = None

    async def send(self, notice: Notice) -> Fate:
        """Undeliverable, for want of a channel."""
        return Undeliverable("no_channel")
