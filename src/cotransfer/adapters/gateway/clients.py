"""Who is calling: the clients of the gateway, and how one is recognised. Never keeps or prints a token in clear.

Everything else asks only `Callers.who_is_calling`; how a client proves itself can change behind it.
"""

import enum
import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Protocol

import attrs
from starlette.datastructures import Headers

from cotransfer.domain.datasets import Operation
from cotransfer.domain.parties import Party
from cotransfer.domain.values import UtilityId

_BEARER = re.compile(r"bearer +([A-Za-z0-9._~+/-]+=*)", re.IGNORECASE)


class Role(enum.Enum):
    """What a client of the gateway is; the value is the party that answers for its mistakes."""

    PLATFORM = Party.PLATFORM
    UTILITY = Party.UTILITY


OPERATIONS: Mapping[Role, frozenset[Operation]] = MappingProxyType(
    {
        Role.PLATFORM: frozenset(
            {
                Operation.OPEN_CITIZEN_SESSION,
                Operation.SEARCH_PROPERTIES,
                Operation.SEARCH_ACCOUNT,
                Operation.SUBMIT_TRANSFER,
                Operation.SHOW_TRANSFER,
                Operation.OPEN_SIGNING,
                Operation.WITHDRAW_TRANSFER,
                Operation.SUBMIT_AGAIN,
                Operation.OPEN_REVERSAL,
                Operation.SHOW_REVERSALS,
                Operation.ADD_EVIDENCE,
                Operation.WITHDRAW_REVERSAL,
                Operation.SHOW_CONSENTS,
                Operation.WITHDRAW_CONSENT,
                Operation.SHOW_DISCLOSURES,
            }
        ),
        Role.UTILITY: frozenset(
            {
                Operation.REPORT_PRE_REVIEW,
                Operation.REPORT_SIGNING,
                Operation.REPORT_HANDLING,
                Operation.QUESTION_TRANSFER,
                Operation.REPORT_REVERSAL,
                Operation.SHOW_CERTIFICATE_STATUS,
                Operation.SHOW_IDENTITY,
            }
        ),
    }
)
"""What each role may do at most: the scopes of its clients are among these."""


def _whose(client: "Client") -> str:
    return client.role.value.value if client.utility is None else client.utility.text


def _all_of_its_role(client: "Client") -> frozenset[Operation]:
    return OPERATIONS[client.role]


@attrs.frozen(kw_only=True)
class Client:
    """Somebody who may call: a utility when `utility` says which, else the platform.

    `counterparty` holds the grants; `scopes` are the operations it may perform, all of its role unless said.
    `token` is for `Clients` alone.
    """

    id: str
    utility: UtilityId | None = None
    counterparty: str = attrs.field(default=attrs.Factory(_whose, takes_self=True))
    scopes: frozenset[Operation] = attrs.field(default=attrs.Factory(_all_of_its_role, takes_self=True))
    token: str = attrs.field(default="", repr=False)

    @property
    def role(self) -> Role:
        return Role.PLATFORM if self.utility is None else Role.UTILITY


class NotAuthorised(Exception):
    """No token, or not one that we take; `shown` says whether there was any. Why, nobody is told."""

    def __init__(self, *, shown: bool = False) -> None:
        super().__init__()
        self.shown = shown


class Callers(Protocol):
    """Recognises callers by what their requests show."""

    async def who_is_calling(self, headers: Headers) -> Client:
        """The client, with the scopes it may use now; raises `NotAuthorised`, and `Unavailable` when nobody can tell.

        Law: every reason to turn somebody away looks the same from outside.
        """


class Clients:
    """Callers with a fixed token each, for tests and for programs that embed the gateway; a server uses `oauth`.

    Raises `ValueError` when two share an id or a token, for then nobody could tell them apart.
    """

    def __init__(self, clients: Iterable[Client]) -> None:
        listed = tuple(clients)
        self._clients = tuple((_digest(client.token), client) for client in listed)
        if not all(client.token for client in listed):
            raise ValueError("A client of the gateway has no token. Give it one.")
        if len({client.id for client in listed}) < len(listed):
            raise ValueError("Two clients of the gateway have the same id. Give each its own.")
        if len({digest for digest, _ in self._clients}) < len(listed):
            raise ValueError("Two clients of the gateway have the same token. Give each its own.")

    async def who_is_calling(self, headers: Headers) -> Client:
        """The client whose token the request shows."""
        digest = _digest(shown_token(headers))
        # Every token is compared, in constant time each, so that the time taken tells nothing about any of them.
        found = [client for known, client in self._clients if hmac.compare_digest(known, digest)]
        if not found:
            raise NotAuthorised(shown=True)
        return found[0]


def shown_token(headers: Headers) -> str:
    """The one bearer token of a request (RFC 6750 §2.1: in the header, never elsewhere), or `NotAuthorised`."""
    shown = headers.getlist("authorization")
    token = _BEARER.fullmatch(shown[0]) if len(shown) == 1 else None
    if token is None:
        raise NotAuthorised(shown=bool(shown))
    return token[1]


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
