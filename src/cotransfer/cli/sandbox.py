"""`cotransfer sandbox`: the simulated counterparties as servers of their own, and the settings of a gateway with them.

Never writes over a file that is there.
"""

import asyncio
import json
import os
import re
import sys
from pathlib import Path
from typing import Annotated

import attrs
import typer

from cotransfer.cli.running import asked_to_end
from cotransfer.cli.saying import complain
from cotransfer.sandbox import City, Pace, Sandbox, Tokens, settings_text

_THIS_MACHINE = re.compile(r"http://127\.0\.0\.1:([0-9]{1,5})")


@attrs.frozen(kw_only=True)
class Joining:
    """A gateway that is to join the sandbox, and the file for its settings."""

    file: Path
    gateway: str
    tokens: Tokens

    @property
    def port(self) -> int:
        """The gateway's, out of its address."""
        return int(self.gateway.rpartition(":")[2])


def sandbox(
    settings: Annotated[
        Path | None,
        typer.Option(
            help="Write the settings of a gateway with these counterparties into this new file, tokens and all."
        ),
    ] = None,
    registry_port: Annotated[int, typer.Option(help="Port of the registry; 0 takes a free one.")] = 8081,
    water_port: Annotated[int, typer.Option(help="Port of the water company.")] = 8082,
    wechat_port: Annotated[int, typer.Option(help="Port of WeChat.")] = 8083,
    identity_port: Annotated[int, typer.Option(help="Port of the identity provider.")] = 8084,
    registry_token: Annotated[str | None, typer.Option(help="The bearer token that the registry insists on.")] = None,
    water_token: Annotated[str | None, typer.Option(help="The bearer token that the water company insists on.")] = None,
    identity_secret: Annotated[
        str | None, typer.Option(help="The secret that the client cotransfer must show the identity provider.")
    ] = None,
    gateway: Annotated[
        str | None,
        typer.Option(help="Where the water company reports; with --settings http://127.0.0.1:8080 unless said."),
    ] = None,
    gateway_token: Annotated[str, typer.Option(help="The bearer token the water company shows there.")] = "",
    seed: Annotated[int, typer.Option(help="The city's seed.")] = 2021,
    times: Annotated[int, typer.Option(min=1, max=1000, help="How many times the usual 231 people live in it.")] = 1,
    pace: Annotated[float, typer.Option(min=0, help="Scales every wait; 0 waits for nothing.")] = 1.0,
    report_attempts: Annotated[int, typer.Option(min=1, help="How often the water company tries each report.")] = 40,
) -> None:
    """Run simulated counterparties. Registry, water company, WeChat, identity provider; on loopback, until ended."""
    joining = None
    agreed = (("registry", registry_token), ("water", water_token), ("identity", identity_secret))
    insisted_on = {name: token for name, token in agreed if token}
    if settings is not None:
        if insisted_on or gateway_token:
            raise typer.BadParameter("it draws all tokens itself; leave the options out that give one.")
        joining = _joining(settings, gateway or "http://127.0.0.1:8080")
        insisted_on, gateway, gateway_token = joining.tokens.insisted_on, joining.gateway, joining.tokens.reports
    servers = Sandbox(
        city=City.from_seed(seed, times=times),
        ports={
            "registry": registry_port,
            "water": water_port,
            "wechat": wechat_port,
            "identity": identity_port,
        },
        tokens=insisted_on,
        pace=Pace(scale=pace),
        report_attempts=report_attempts,
    )
    if gateway is not None:
        servers.connect_gateway(gateway, gateway_token)
    asyncio.run(_run(servers, joining))


def _joining(file: Path, gateway: str) -> Joining:
    """Raises what ends the command where the file or the address will not do."""
    if file.exists():
        complain(
            f"{file} is there already and stays as it is: name another file, or take this one away. "
            "(Take its database away with it: a sandbox that starts anew knows nothing of the transfers in it.)"
        )
        raise typer.Exit(2)
    if not _THIS_MACHINE.fullmatch(gateway):
        raise typer.BadParameter(
            "with --settings it is an address of this machine, such as http://127.0.0.1:8080.", param_hint="--gateway"
        )
    return Joining(file=file, gateway=gateway, tokens=Tokens())


async def _run(servers: Sandbox, joining: Joining | None) -> None:
    async with servers:
        if joining is not None:
            _write_new(joining.file, settings_text(servers.addresses, joining.tokens, gateway_port=joining.port))
        _tell(servers, joining)
        print(json.dumps(servers.addresses), flush=True)
        await asked_to_end()


def _write_new(file: Path, text: str) -> None:
    """For the owner's eyes only, whole or not at all."""
    with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as opened:
        try:
            opened.write(text)
            opened.flush()
        except OSError:
            file.unlink()
            raise


def _tell(servers: Sandbox, joining: Joining | None) -> None:
    """For people, on standard error; standard output keeps one line for machines."""
    told = ["The simulated counterparties run until Ctrl-C:"]
    for name, address in servers.addresses.items():
        told.append(f"  {name:<9} {address}    controlled at {', '.join(servers.controls[name])}")
    told.append("Somebody to act as, with ready bodies:")
    told.append(f"  curl '{servers.addresses['registry']}/sandbox/people?kind=plain'")
    if joining is not None:
        told.append(f"The settings of a gateway with them, in another terminal ({joining.gateway}):")
        told.append(f"  cotransfer serve --config {joining.file}")
    print("\n".join(told), file=sys.stderr, flush=True)
