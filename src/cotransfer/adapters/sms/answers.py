"""What an SMS service answers, as contracts/v1/schemas/sms-answer.json has it. Another word is no answer."""

import enum

import attrs

from cotransfer.adapters.wire.fields import REFERENCE
from cotransfer.adapters.wire.forms import Form, word
from cotransfer.adapters.wire.messages import Variant, either, field


class Reason(enum.Enum):
    """Why a message never reaches a number."""

    NUMBER_UNKNOWN = "number_unknown"
    OPTED_OUT = "opted_out"
    BLOCKED = "blocked"
    TEMPLATE_REFUSED = "template_refused"
    PARAMETERS_REFUSED = "parameters_refused"


OUR_FAULT = frozenset({Reason.TEMPLATE_REFUSED, Reason.PARAMETERS_REFUSED})
"""What the operator has to mend: the templates at the service, or their names in the settings."""


@attrs.frozen
class Taken:
    """The service sends it, under that reference."""

    reference: str


@attrs.frozen
class Refused:
    """It never does."""

    reason: Reason


ANSWER: Form[Taken | Refused] = either(
    "outcome",
    Variant("taken", Taken, (field("reference", REFERENCE),)),
    Variant("refused", Refused, (field("reason", word(Reason)),)),
)
