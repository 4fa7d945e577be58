"""From a gateway's settings to whom the kit plays: the same file with which a gateway would call the endpoint.

Never asks for a secret on a command line, where every user of the machine could read it.
"""

import attrs
import httpx

from cotransfer.adapters.wire.client import Tokens
from cotransfer.adapters.wire.jose import SigningKey as TokenKey
from cotransfer.adapters.wire.signing import Scheme, SigningKey, signing_key
from cotransfer.adapters.wire.tokens import ByKey, BySecret, Credentials
from cotransfer.conformance.desk import Desk
from cotransfer.conformance.dressing import Client
from cotransfer.conformance.reaching import is_here
from cotransfer.domain.parties import Party
from cotransfer.sandbox.joining import Pair
from cotransfer.settings import Access, Settings, SigningWith, UtilityEntry
from cotransfer.wiring.counterparties import credentials_of, token_of

PEOPLE_ASKED = 100


class NoTarget(ValueError):
    """The settings do not say whom to play; the text says what to add."""


def utility_of(settings: Settings, name: str | None) -> UtilityEntry:
    """The utility of this id, or the only one. Raises `NoTarget`."""
    known = {entry.id.text: entry for entry in settings.utilities}
    if name is None and len(known) == 1:
        return next(iter(known.values()))
    if name not in known:
        told = ", ".join(known) or "none; add a [[utilities]]"
        raise NoTarget(f"Say which utility is meant (--utility). The settings have: {told}.")
    return known[name]


def caller_of(entry: UtilityEntry) -> Client:
    """The gateway as this utility knows it."""
    tokens: str | Tokens | None = token_of(entry.access, entry.token, name=entry.id.text, party=Party.UTILITY)
    return Client(tokens=tokens, keys=keys_of(entry.signing))


def keys_of(section: SigningWith | None) -> tuple[SigningKey, ...]:
    """What calls are signed with. Raises `NoTarget` for the government pattern."""
    if section is None:
        return ()
    if section.government is not None:
        raise NoTarget("The kit signs as Standard Webhooks do; leave `government` out for a run of it.")
    return tuple(signing_key(Scheme(one.scheme.value), one.key.text) for one in section.keys)


def desk_of(access: Access | None) -> Desk | None:
    """Where tokens are fetched, and a proof of ours that is none."""
    return None if access is None else Desk(url=access.token_url, right=credentials_of(access), wrong=_wrong(access))


def _wrong(access: Access) -> Credentials:
    if access.client_secret is not None:
        return BySecret(access.client_id, "not-the-secret-that-was-agreed-on")
    key = TokenKey.from_pem(Pair.drawn("conformance").pem, kid=access.client_key_id or "conformance")
    return ByKey(access.client_id, key)


@attrs.frozen(kw_only=True)
class People:
    """The sandbox's account numbers, as its registry tells them."""

    free: tuple[str, ...] = attrs.field(repr=False)
    in_arrears: tuple[str, ...] = attrs.field(repr=False)


async def people_at(registry: str) -> People:
    """Whom a sandbox's registry introduces at `GET /sandbox/people`. Raises `NoTarget`."""
    async with httpx.AsyncClient(base_url=registry, trust_env=False, timeout=10) as http:
        try:
            free = await _accounts(http, "plain")
            return People(free=free, in_arrears=await _accounts(http, "in_arrears"))
        except (httpx.HTTPError, KeyError, ValueError):
            raise NoTarget(
                f"Nobody is introduced at {registry}/sandbox/people. Start the sandbox, or give accounts (--account)."
            ) from None


async def _accounts(http: httpx.AsyncClient, kind: str) -> tuple[str, ...]:
    answer = await http.get("/sandbox/people", params={"kind": kind, "limit": PEOPLE_ASKED})
    answer.raise_for_status()
    return tuple(each["account_search"]["account_number"] for each in answer.json()["people"])


def registry_here(settings: Settings) -> str | None:
    """The registry of the settings where it is on this machine: then it is a sandbox's."""
    return settings.registry.url if settings.registry.url and is_here(settings.registry.url) else None
