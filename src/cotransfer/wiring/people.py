"""Signing in: from `[identity_provider]` and `[operators]` to who is behind a request. Without them nobody signs in."""

import contextlib
from collections.abc import Mapping
from datetime import timedelta

import attrs

from cotransfer.adapters.gateway import SignIn
from cotransfer.adapters.gateway.signin import (
    BackEnds,
    BrowserSide,
    Claims,
    Cookies,
    Fetch,
    Jar,
    Life,
    Opening,
    Provider,
    RelyingParty,
    SignedIn,
)
from cotransfer.adapters.gateway.signin.browser import CITIZEN, OPERATOR
from cotransfer.adapters.gateway.signin.provider import USUAL_ROLES
from cotransfer.domain.parties import Party
from cotransfer.ports.access import Access
from cotransfer.ports.clock import Clock
from cotransfer.ports.keys import KeyProvider, KeyUse
from cotransfer.ports.sessions import Sessions
from cotransfer.settings import IdentityProvider, OpenIdProvider, Operators, Settings

CALLBACK = "/signin/callback"


def sign_in(
    settings: Settings,
    *,
    sessions: Sessions,
    keys: KeyProvider,
    access: Access,
    clock: Clock,
    opened: contextlib.AsyncExitStack,
) -> SignIn | None:
    """None where nobody vouches for citizens: clients do it then, which only a trial may let them."""
    section, staff = settings.identity_provider, settings.operators
    if section is None:
        return None
    signed_in = SignedIn(sessions, clock, Cookies(settings.gateway.public_url))
    opening = Opening(**_lives(section, staff))

    def party(provider: Provider) -> RelyingParty:
        fetch = Fetch(party=provider.party)
        opened.push_async_callback(fetch.aclose)
        return RelyingParty(provider, redirect_uri=f"{settings.gateway.public_url}{CALLBACK}", fetch=fetch, clock=clock)

    citizens = party(_provider(section, _claims(section)))
    parties = {CITIZEN: citizens}
    if staff is not None:
        parties[OPERATOR] = party(_staff_provider(staff.provider or section, staff))
    jar = Jar(lambda: [keys.key(KeyUse.INDEX, name) for name in keys.names(KeyUse.INDEX)])
    return SignIn(
        people=signed_in,
        browser=BrowserSide(signed_in, parties, jar=jar, access=access, opening=opening),
        back_ends=BackEnds(
            citizens,
            sessions,
            audiences={one.id: one.audience for one in settings.clients if one.audience is not None},
            access=access,
            clock=clock,
            opening=opening,
        ),
    )


def _staff_provider(section: OpenIdProvider, staff: Operators) -> Provider:
    words = staff.role_words or USUAL_ROLES
    claims = attrs.evolve(_claims(section), roles=staff.roles_claim, role_words=words)
    return attrs.evolve(_provider(section, claims), party=Party.US)


def _provider(section: OpenIdProvider, claims: Claims) -> Provider:
    return Provider(
        issuer=section.issuer,
        client_id=section.client_id,
        client_secret=section.client_secret.text if section.client_secret else None,
        client_key=section.private_jwk,
        scopes=tuple(section.scope.split(" ")),
        algorithms=section.algorithms,
        claims=claims,
    )


def _claims(section: OpenIdProvider) -> Claims:
    called = section.claims
    return Claims(
        name=called.name,
        document_type=None if called.always_identity_card else called.document_type,
        identity_number=called.identity_number,
        documents=called.document_types or {},
    )


def _lives(section: IdentityProvider, staff: Operators | None) -> Mapping[str, Life]:
    citizen = Life(whole=timedelta(minutes=section.session_min), idle=timedelta(minutes=section.idle_min))
    if staff is None:
        return {"citizen": citizen}
    whole, idle = staff.life
    return {"citizen": citizen, "operator": Life(whole=whole, idle=idle)}
