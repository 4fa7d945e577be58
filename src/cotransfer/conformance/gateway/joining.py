"""From a gateway's own settings to the parties that the kit plays towards it.

Never guesses a proof: where the settings hold only what checks one (a hash, a public key), the other half is asked for.
"""

import json
from pathlib import Path
from urllib.parse import urlsplit

from cotransfer.adapters.wire.jose import SigningKey as TokenKey
from cotransfer.adapters.wire.signing import Scheme, SigningKey, signing_key
from cotransfer.adapters.wire.tokens import ByKey, BySecret, Credentials, TokenSource
from cotransfer.conformance.calling import Caller
from cotransfer.conformance.desk import Desk
from cotransfer.conformance.dressing import Client
from cotransfer.conformance.gateway.parties import Parties, Sandbox
from cotransfer.conformance.reaching import is_here
from cotransfer.conformance.targets import NoTarget
from cotransfer.domain.parties import Party
from cotransfer.settings import Client as Entry
from cotransfer.settings import Role, Settings, SigningWith, UtilityEntry
from cotransfer.settings.signing import SchemeName, SignedWith

TOKEN_PATH = "/oauth/token"  # noqa: S105 (an address)


def parties_of(settings: Settings, url: str, *, file: Path, key: Path | None = None) -> Parties:
    """Platform, utility and sandbox of these settings; `key` is the utility's private key, unless it stands beside
    `file` as the sandbox writes it. Raises `NoTarget`.
    """
    platform = _entry(settings, Role.PLATFORM)
    utility, *others = [each for each in settings.clients if each.role is Role.UTILITY] or [
        _entry(settings, Role.UTILITY)
    ]
    entry = next(each for each in settings.utilities if each.id == utility.utility)
    other = next((each for each in others if each.client_secret is not None and each.utility != utility.utility), None)
    return Parties(
        platform=_client(platform, url, _proof(platform, file, None)),
        utility=_client(utility, url, _proof(utility, file, key)),
        other=None if other is None else _client(other, url, _proof(other, file, None)),
        receiver=entry.id.text,
        signing_host=_host(entry),
        sandbox=_sandbox(settings, entry),
        desk=_desk(platform, url),
    )


def _entry(settings: Settings, role: Role) -> Entry:
    found = next((each for each in settings.clients if each.role is role), None)
    if found is None:
        raise NoTarget(f"The settings have no client with the role {role.value}. Add one to [[clients]].")
    return found


def _proof(client: Entry, file: Path, key: Path | None) -> Credentials:
    if client.client_secret is not None:
        return BySecret(client.id, client.client_secret.text)
    if client.jwks_file is None:
        raise NoTarget(f"The secret of the client {client.id} is not in the settings (client_secret). Put it there.")
    private = key or file.with_name(f"{file.stem}-{client.id}.pem")
    if not private.exists():
        raise NoTarget(f"The private key of the client {client.id} is not at {private}. Name it (--utility-key).")
    kid = json.loads(client.jwks_file.read_bytes())["keys"][0]["kid"]
    return ByKey(client.id, TokenKey.from_pem(private.read_bytes(), kid=kid))


def _client(entry: Entry, url: str, proof: Credentials) -> Client:
    tokens = TokenSource(f"{url}{TOKEN_PATH}", proof, name="the gateway", party=Party.US)
    return Client(tokens=tokens, keys=_keys(entry.signing))


def _keys(section: SignedWith | SigningWith | None) -> tuple[SigningKey, ...]:
    """What the client signs with: the secret that both sides hold."""
    if section is None:
        return ()
    shared = [one for one in section.keys if one.scheme in (SchemeName.V1, SchemeName.V1SM3)]
    if section.government is not None or len(shared) < len(section.keys):
        raise NoTarget(
            "The kit can only sign with a secret that the settings hold (v1, v1sm3). Agree on one for a run."
        )
    return tuple(signing_key(Scheme(one.scheme.value), one.key.text) for one in shared)


def _host(entry: UtilityEntry) -> str:
    if not entry.signing_hosts:
        raise NoTarget(f"The utility {entry.id.text} has no signing_hosts. Give it one for a run.")
    host = entry.signing_hosts[0]
    return host if urlsplit(host).scheme else f"https://{host}"


def _sandbox(settings: Settings, entry: UtilityEntry) -> Sandbox:
    if not is_here(settings.registry.url):
        raise NoTarget("The registry of the settings is no sandbox on this machine: the kit needs its people.")
    provider = settings.identity_provider
    return Sandbox(
        registry=Caller(settings.registry.url),
        identity=Caller(provider.issuer) if provider is not None and is_here(provider.issuer) else None,
        water=Caller(entry.url) if is_here(entry.url) else None,
    )


def _desk(platform: Entry, url: str) -> Desk | None:
    if platform.client_secret is None:
        return None
    return Desk(
        url=f"{url}{TOKEN_PATH}",
        path=TOKEN_PATH,
        right=BySecret(platform.id, platform.client_secret.text),
        wrong=BySecret(platform.id, "not-the-secret-that-was-agreed-on"),
    )
