"""One request as the use cases' callers need it: who asks, in which language, about which step. Never its body."""

import attrs
from starlette.requests import Request

from cotransfer.adapters.gateway.clients import Client
from cotransfer.adapters.gateway.language import Language, chosen
from cotransfer.adapters.gateway.texts import Texts, texts_in
from cotransfer.adapters.wire import correlation
from cotransfer.domain.faults import Invalid
from cotransfer.domain.grants import Permit
from cotransfer.domain.parties import Party, Step
from cotransfer.domain.refusals import Refused, Why
from cotransfer.domain.values import TransferId
from cotransfer.ports.sessions import Citizen


@attrs.frozen(kw_only=True)
class Exchange:
    """`client` is None until we know who is calling; `step` is the scheme's step that the operation belongs to;
    `permit` is None where the gateway is no gate, `citizen` where the client vouches for who it is.

    The correlation id is written down here because answers are also made while the desk works for many at once.
    """

    request: Request
    correlation_id: str
    language: Language
    caller: Party
    step: Step | None = None
    client: Client | None = None
    permit: Permit | None = None
    citizen: Citizen | None = None

    @classmethod
    def of(cls, request: Request, *, caller: Party = Party.PLATFORM, step: Step | None = None) -> "Exchange":
        language = chosen(request.headers.get("accept-language"))
        return cls(request=request, correlation_id=correlation.current(), language=language, caller=caller, step=step)

    @property
    def texts(self) -> Texts:
        return texts_in(self.language)

    @property
    def known_client(self) -> Client:
        """The client, once it is known."""
        assert self.client is not None  # noqa: S101 - every guarded operation begins by asking who is calling
        return self.client

    @property
    def transfer(self) -> TransferId:
        """The transfer in the path; what is not one, letter by letter, is refused like one that there is not."""
        named = self.request.path_params["transfer"]
        try:
            transfer = TransferId.parse(named)
        except Invalid:
            raise Refused(Why.UNKNOWN_TRANSFER) from None
        if transfer.text != named:
            raise Refused(Why.UNKNOWN_TRANSFER)
        return transfer
