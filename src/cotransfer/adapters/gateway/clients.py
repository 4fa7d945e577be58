"""Who is calling: the clients of the gateway and the tokens they show. Never keeps or prints a token in clear.

Everything else asks only `who_is_calling`; how a client proves itself can change behind it.
"""

import enum
import hashlib
import hmac
from collections.abc import Iterable

import attrs
from starlette.datastructures import Headers

from cotransfer.domain.parties import Party
from cotransfer.domain.values import UtilityId

_BEARER = "bearer "


class Role(enum.Enum):
    """What a client of the gateway is; the value is the party that answers for its mistakes."""

    PLATFORM = Party.PLATFORM
    UTILITY = Party.UTILITY


@attrs.frozen(kw_only=True)
class Client:
    """Somebody who may call: a utility when `utility` says which, else the platform."""

    id: str
    utility: UtilityId | None = None
    token: str = attrs.field(repr=False)

    @property
    def role(self) -> Role:
        return Role.PLATFORM if self.utility is None else Role.UTILITY


class NotAuthorised(Exception):
    """No token, or not one of ours."""


class Clients:
    """All of them; raises `ValueError` when two share an id or a token, for then nobody could tell them apart."""

    def __init__(self, clients: Iterable[Client]) -> None:
        listed = tuple(clients)
        self._clients = tuple((_digest(client.token), client) for client in listed)
        if len({client.id for client in listed}) < len(listed):
            raise ValueError("Two clients of the gateway have the same id. Give each its own.")
        if len({digest for digest, _ in self._clients}) < len(listed):
            raise ValueError("Two clients of the gateway have the same token. Give each its own.")

    def who_is_calling(self, headers: Headers) -> Client:
        """The client whose token the request shows, or `NotAuthorised`."""
        shown = headers.getlist("authorization")
        if len(shown) != 1 or not shown[0].lower().startswith(_BEARER):
            raise NotAuthorised
        digest = _digest(shown[0][len(_BEARER) :].strip(" "))
        # Every token is compared, in constant time each, so that the time taken tells nothing about any of them.
        found = [client for known, client in self._clients if hmac.compare_digest(known, digest)]
        if not found:
            raise NotAuthorised
        return found[0]


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
