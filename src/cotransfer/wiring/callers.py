"""Who may call the gateway: from `[[clients]]` and `[oauth]` to the server that gives them their tokens."""

from datetime import timedelta

from cotransfer.adapters.gateway import Authority, Client
from cotransfer.adapters.gateway.clients import OPERATIONS
from cotransfer.adapters.gateway.clients import Role as ClientRole
from cotransfer.adapters.gateway.oauth import Place, Registered, secret_hash
from cotransfer.adapters.wire.jose import public_keys
from cotransfer.app.doorkeeping import Doorkeeping
from cotransfer.domain.datasets import Operation
from cotransfer.ports.clock import Clock
from cotransfer.ports.keys import KeyProvider
from cotransfer.settings import Client as ClientSection
from cotransfer.settings import Role, Settings
from cotransfer.wiring.faults import told_of


def authority(settings: Settings, *, keys: KeyProvider, door: Doorkeeping, clock: Clock) -> Authority:
    """The token server; raises `SettingsError` for a client that cannot be right."""
    registered = []
    for one in settings.clients:
        with told_of(f'clients "{one.id}"'):
            registered.append(_registered(one, keys))
    return Authority(
        registered,
        place=Place(issuer=settings.oauth.issuer, audience=settings.oauth.resource),
        keys=keys,
        door=door,
        clock=clock,
        life=timedelta(seconds=settings.oauth.token_life_s),
    )


def _registered(section: ClientSection, keys: KeyProvider) -> Registered:
    role = ClientRole.UTILITY if section.role is Role.UTILITY else ClientRole.PLATFORM
    client = Client(
        id=section.id,
        utility=section.utility if section.role is Role.UTILITY else None,
        scopes=frozenset(map(Operation, section.scopes)) or OPERATIONS[role],
    )
    hashes = section.secret_hashes
    if section.client_secret is not None:
        hashes = (*hashes, secret_hash(keys, section.id, section.client_secret.text))
    return Registered(
        client=client,
        keys=public_keys(section.jwks_file.read_bytes()) if section.jwks_file else (),
        secret_hashes=hashes,
        introspects_any=section.introspects_any,
    )
