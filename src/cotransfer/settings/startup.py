"""Whether a deployment may start: everything that would let in who does not belong, told at once, each with its remedy.

Pure: the settings are judged together with a few facts about the process. Never opens anything, never shows a value.
A trial, where nothing leads off this machine, is let off what only others could use, and told so. Who else writes to a
SQLite file is not known before it is opened: the store judges that, by its lock (`adapters.sql.ownership`).
"""

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from urllib.parse import parse_qs, unquote, urlsplit

import attrs

from .checks import is_loopback
from .counterparties import Role
from .faults import SettingsError, SettingsFault
from .guessing import guessable
from .leaves import addresses, secrets
from .whole import Finding, Settings

MOST_CLOCK_LEAD_S = 2.0
_FOR_CITIZENS = ("gateway.public_url", "gateway.page_url")
_PROVED = ("verify-full", "verify-ca")
"""Ways of PostgreSQL's client to speak TLS with a server that has proved to be the right one."""


class StartRefused(SettingsError):
    """The gateway does not start like this; `faults` holds every reason."""


@attrs.frozen(kw_only=True)
class File:
    """A file that secrets or keys are read from: its rights, and whether it is ours or the system's."""

    path: str
    mode: int
    owned: bool = True
    secret: bool = True


@attrs.frozen(kw_only=True)
class Facts:
    """What the settings do not say. `debugging` names what is switched on, `keys_missing` has a sentence per use."""

    debugging: tuple[str, ...] = ()
    files: tuple[File, ...] = ()
    keys_missing: Mapping[str, str] = MappingProxyType({})


@attrs.frozen
class Judgement:
    """`refused` prevents the start; `let_off` would, were this not a trial."""

    refused: tuple[SettingsFault, ...] = ()
    let_off: tuple[SettingsFault, ...] = ()


def judged(settings: Settings, facts: Facts) -> Judgement:
    """All of it, in the order of the rules below."""
    always = [*_keys(facts), *_engine(settings)]
    others = [
        *_files(facts),
        *_open_to_others(settings),
        *_plain_addresses(settings),
        *_known_secrets(settings),
        *_secrets_used_twice(settings),
        *_database_line(settings),
        *_debugging(facts),
        *_unsigned(settings),
        *_nobody_there(settings),
    ]
    if is_trial(settings):
        return Judgement(_told(always), _told(others))
    return Judgement(_told([*always, *others]))


def refuse(settings: Settings, facts: Facts) -> tuple[SettingsFault, ...]:
    """Raises `StartRefused` with every reason; answers what a trial is let off."""
    judgement = judged(settings, facts)
    if judgement.refused:
        raise StartRefused(judgement.refused)
    return judgement.let_off


def refuse_clock(lead_s: float) -> None:
    """Raises `StartRefused` when the clock is `lead_s` ahead of (or, negative, behind) the database's."""
    if abs(lead_s) > MOST_CLOCK_LEAD_S:
        direction = "ahead of" if lead_s > 0 else "behind"
        wrong = f"The clock of this machine is {abs(lead_s):.1f} s {direction} the database's."
        raise StartRefused(_told([("clock", wrong, "Let both follow the same time server (NTP), then start again.")]))


def is_trial(settings: Settings) -> bool:
    """Nothing leads off this machine: not where we listen, not whom we call, not what we tell the citizens.

    A proxy that speaks TLS is there for others, who reach the gateway through it, wherever that may listen.
    """
    ours = is_loopback(settings.gateway.host) and not settings.gateway.tls_proxy
    return ours and all(address.is_here for address in addresses(settings))


def _files(facts: Facts) -> Iterator[Finding]:
    for file in facts.files:
        if file.mode & (0o077 if file.secret else 0o022):
            may = "read or change" if file.secret else "change"
            wrong = f"Others on this machine may {may} the file {file.path} (mode {file.mode & 0o777:04o})."
            yield "files", wrong, f'Take their rights away: chmod {"600" if file.secret else "644"} "{file.path}".'
        if not file.owned:
            wrong = f"The file {file.path} belongs to another user, who may change what it says."
            yield "files", wrong, f'Give it to the user that runs the gateway: chown "{file.path}".'


def _keys(facts: Facts) -> Iterator[Finding]:
    for use, wrong in facts.keys_missing.items():
        yield f"keys.{use}", wrong, "Nothing starts without it."


def _engine(settings: Settings) -> Iterator[Finding]:
    if not settings.database.url.text.startswith(("sqlite:", "postgresql:", "postgresql+", "postgres:")):
        remedy = "Write sqlite:///path/to/cotransfer.db, or postgresql://user@host/database."
        yield "database.url", "It is not the address of an engine that is supported.", remedy


def _open_to_others(settings: Settings) -> Iterator[Finding]:
    if not is_loopback(settings.gateway.host) and not settings.gateway.tls_proxy:
        yield (
            "gateway.host",
            "Others would reach the gateway over plain HTTP.",
            "Put a proxy that speaks TLS in front of it and set gateway.tls_proxy = true, or listen on 127.0.0.1.",
        )


def _plain_addresses(settings: Settings) -> Iterator[Finding]:
    for address in addresses(settings):
        if address.scheme == "http" and not address.is_here:
            yield address.key, "The address is plain http towards another machine.", "Give its https address."
        elif address.key in _FOR_CITIZENS and address.is_here:
            yield address.key, "The address leads citizens to this machine.", "Give the public https address."
        elif address.key.startswith("utilities[") and ".signing_hosts[" in address.key:
            yield address.key, "Signing on this machine is for trials only.", "Give the utility's host, which is https."


def _known_secrets(settings: Settings) -> Iterator[Finding]:
    for key, secret in secrets(settings):
        if (wrong := guessable(secret)) is not None:
            yield key, wrong, "Draw one at random: python3 -c 'import secrets; print(secrets.token_hex(32))'."


def _secrets_used_twice(settings: Settings) -> Iterator[Finding]:
    seen: dict[str, str] = {}
    for key, secret in secrets(settings):
        if secret.text in seen:
            yield key, f"It is the same secret as {seen[secret.text]}.", "Give each place a secret of its own."
        seen.setdefault(secret.text, key)


def _database_line(settings: Settings) -> Iterator[Finding]:
    parts = urlsplit(settings.database.url.text)
    password = unquote(parts.password or "")
    is_here = not parts.hostname or is_loopback(parts.hostname)
    if not is_here and parse_qs(parts.query).get("sslmode", [""])[-1] not in _PROVED:
        wrong = "What is sent to the database could be read or answered by somebody between."
        yield (
            "database.url",
            wrong,
            "Add ?sslmode=verify-full to it, and sslrootcert=FILE for an authority of your own.",
        )
    if password and (len(password) < 12 or password == unquote(parts.username or "")):
        yield "database.url", "The database's password is a usual one, or short.", "Give its user a long random one."


def _debugging(facts: Facts) -> Iterator[Finding]:
    for switch in facts.debugging:
        yield switch, "It is switched on, and tells more than others may know.", "Switch it off."


def _unsigned(settings: Settings) -> Iterator[Finding]:
    """Utilities sign what they report, and we sign what we send: a token alone proves no message."""
    for nth, client in enumerate(settings.clients):
        if client.role is not Role.UTILITY:
            continue
        if client.signing is None:
            wrong = "The utility does not sign its reports, so a token that was caught is enough to forge them."
            yield f"clients[{nth}].signing", wrong, "Agree on keys and add [clients.signing]."
        elif not client.signing.required:
            wrong = "Reports of the utility that are not signed would be taken too."
            yield f"clients[{nth}].signing.required", wrong, "Take the line away, or set it to true."
    ours = [("registry", settings.registry.signing)]
    ours += [] if settings.sms is None else [("sms", settings.sms.signing)]
    ours += [(f"utilities[{nth}]", entry.signing) for nth, entry in enumerate(settings.utilities)]
    for key, signing in ours:
        if signing is None:
            wrong = "Our calls are not signed, so the other side cannot tell that they are ours."
            yield f"{key}.signing", wrong, f"Agree on keys and add [{key.partition('[')[0]}.signing]."


def _nobody_there(settings: Settings) -> Iterator[Finding]:
    if not settings.utilities:
        yield "utilities", "There is none, so nothing could be transferred.", "Add at least one [[utilities]]."
    if not settings.clients:
        yield "clients", "There is none, so nobody could call the gateway.", "Add at least one [[clients]]."
    if settings.identity_provider is None:
        wrong = "Nobody vouches for citizens, so a look-up of an account would be bound to nobody."
        yield "identity_provider", wrong, "Add [identity_provider], the platform's OpenID Connect provider."


def _told(findings: Iterable[Finding]) -> tuple[SettingsFault, ...]:
    return tuple(SettingsFault("start-up", *finding) for finding in findings)
