"""One notice, one SMS. Never decides when to try again: that is the agenda's.

The service sends a key once and remembers it for a day at least. The notifier says so (`remembers_s`): a notice whose
answer was lost is not to be sent again after that.
"""

import logging
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from cotransfer.adapters.sms.answers import ANSWER, OUR_FAULT, Refused, Taken
from cotransfer.adapters.wire.client import Line, understood
from cotransfer.adapters.wire.fields import MOBILE_NUMBER, TRANSFER
from cotransfer.adapters.wire.forms import Terms
from cotransfer.adapters.wire.today import today
from cotransfer.domain.notices import Delivered, Fate, Notice, NoticeKind, Undeliverable

_log = logging.getLogger(__name__)


class SmsNotifier:
    """`Notifier` over a line with party NOTIFIER; `templates` are named as the service calls them.

    Undeliverable for the contract's reasons; those that are our own fault are logged as an alert.
    """

    def __init__(
        self,
        line: Line,
        *,
        templates: Mapping[NoticeKind, str],
        remembers_s: float,
        today: Callable[[], date] = today,
    ) -> None:
        if missing := [kind.value for kind in NoticeKind if kind not in templates]:
            raise ValueError(f"There is no SMS template for the notice: {', '.join(missing)}.")
        self._line = line
        self._templates = dict(templates)
        self._today = today
        self.remembers_s = remembers_s

    async def send(self, notice: Notice) -> Fate:
        """Deliver, or say why never; raises `Unavailable` or `Unintelligible`, party NOTIFIER or NETWORK."""
        message = await self._line.post("/v1/messages", self._message(notice), key=notice.key)
        match understood(self._line, ANSWER, message, Terms(on=self._today())):
            case Taken(reference):
                return Delivered(reference)
            case Refused(reason):
                if reason in OUR_FAULT:
                    _log.error(
                        "ALERT: notices by SMS fail (%s): hold [sms.templates] against the templates of the service.",
                        reason.value,
                    )
                return Undeliverable(reason.value)

    def _message(self, notice: Notice) -> dict[str, Any]:
        return {
            "mobile_number": MOBILE_NUMBER.write(notice.mobile_number),
            "template": self._templates[notice.kind],
            "service": f"{notice.service.zh}过户",
            "phrase": notice.phrase.zh,
            "transfer": TRANSFER.write(notice.transfer),
        }
