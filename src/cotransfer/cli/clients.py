"""`cotransfer clients`: who may call the gateway, new secrets for them, and shutting one out at once.

On SQLite it works beside a running gateway, which knows of it within half a second. Prints a secret once, when it is
made, and never keeps it.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, TypeVar

import typer
from rich.console import Console
from rich.text import Text

from cotransfer.adapters.gateway.oauth import new_secret, secret_hash
from cotransfer.adapters.keys.folder import KeyFolder
from cotransfer.adapters.machine import SystemClock
from cotransfer.adapters.sql.trust.access import SqlAccess
from cotransfer.app.doorkeeping import Doorkeeping
from cotransfer.cli.opening import store_of
from cotransfer.cli.saying import ConfigOption, Who, complain, settings_of
from cotransfer.settings import Client, Settings

T = TypeVar("T")

app = typer.Typer(help="Who may call the gateway.", no_args_is_help=True, add_completion=False, rich_markup_mode=None)

Name = Annotated[str, typer.Argument(help="The client's id, as in [[clients]].")]
Why = Annotated[str, typer.Option("--why", help="A reason for the audit trail: a short word, such as leaked.")]


@app.callback()
def clients() -> None:
    """Who may call the gateway."""


@app.command("list")
def list_clients(
    config: ConfigOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print it for machines.")] = False,
) -> None:
    """List the clients of the settings: how each proves itself, and whether it is barred."""
    settings = settings_of(config)
    barred = {one.client: one for one in _run(settings, lambda door: door.barred(), read_only=True)}
    shown = [_shown(client) for client in settings.clients]
    for one in shown:
        why = barred.get(one["id"])
        one["barred"] = {"at": why.at.isoformat(), "who": why.who, "why": why.why} if why else None
    if as_json:
        print(json.dumps({"clients": shown}, ensure_ascii=False))
    else:
        _tell(shown)


@app.command("new-secret")
def make_secret(name: Name, config: ConfigOption = None) -> None:
    """Draw a new secret for a client: the secret is for the client, its hash for the settings."""
    settings = settings_of(config)
    _known(settings, name)
    secret = new_secret()
    keys = KeyFolder(settings.keys.folder_beside(settings.database.url.text))
    hashed = secret_hash(keys, name, secret)
    print(f"secret: {secret}")
    print(f"hash:   {hashed}")
    print(
        "\nHand the secret to the client; it is shown this once. Add the hash to its secret_hashes in the settings,\n"
        "beside the one before it, and start the gateway again. Take the old one out when the client has changed over."
    )


@app.command()
def bar(name: Name, why: Why, config: ConfigOption = None, who: Who = "operator") -> None:
    """Shut a client out, at once and everywhere: no new token, and its tokens are worth nothing."""
    settings = settings_of(config)
    _known(settings, name)
    done = _run(settings, lambda door: door.bar(name, who=who, why=why))
    print(f"barred: {name}" if done else f"unchanged: {name} is barred already")


@app.command()
def admit(name: Name, why: Why, config: ConfigOption = None, who: Who = "operator") -> None:
    """Let a barred client in again."""
    done = _run(settings_of(config), lambda door: door.admit(name, who=who, why=why))
    print(f"admitted: {name}" if done else f"unchanged: {name} is not barred")


def _known(settings: Settings, name: str) -> None:
    """A slip in a name must not leave the client that was meant inside."""
    ids = [client.id for client in settings.clients]
    if name not in ids:
        complain(f'No client is called "{name}". The settings have: {", ".join(ids) or "none"}.')
        raise typer.Exit(1)


def _run(settings: Settings, work: Callable[[Doorkeeping], Awaitable[T]], *, read_only: bool = False) -> T:
    async def worked() -> T:
        async with store_of(settings, read_only=read_only) as store:
            return await work(Doorkeeping(SqlAccess(store), store, SystemClock()))

    return asyncio.run(worked())


def _shown(client: Client) -> dict[str, Any]:
    """A client in plain words, without a secret or a hash of one."""
    return {
        "id": client.id,
        "role": client.role.value,
        "utility": client.utility.text if client.utility else None,
        "auth": client.auth.value,
        "keys": str(client.jwks_file) if client.jwks_file else None,
        "secrets": len(client.secret_hashes) + (client.client_secret is not None),
        "scopes": list(client.scopes),
    }


def _tell(shown: list[dict[str, Any]]) -> None:
    console = Console()
    if not shown:
        console.print("nobody may call: add [[clients]] to the settings")
    for one in shown:
        whose = f" for {one['utility']}" if one["utility"] else ""
        console.print(Text(f"{one['id']}  {one['role']}{whose}", style="bold"), soft_wrap=True)
        proof = one["keys"] or (f"{one['secrets']} live" if one["secrets"] else "for trials only")
        console.print(Text(f"  {one['auth']} ({proof})"), soft_wrap=True)
        console.print(Text(f"  may: {', '.join(one['scopes']) or 'everything of its role'}"), soft_wrap=True)
        if one["barred"]:
            said = one["barred"]
            console.print(Text(f"  barred by {said['who']} at {said['at']}: {said['why']}"), soft_wrap=True)
