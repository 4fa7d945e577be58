"""`cotransfer sandbox`: the simulated counterparties as servers of their own, and the settings of a gateway with them.

Never writes over a file that is there.
"""

import asyncio
import contextlib
import json
import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import attrs
import typer

from cotransfer.adapters.wire.base_address import checked_address
from cotransfer.cli.running import asked_to_end
from cotransfer.cli.saying import complain
from cotransfer.sandbox import (
    Agreed,
    Beginning,
    City,
    Memory,
    OtherBeginning,
    Pace,
    Sandbox,
    reporting_by_secret,
    settings_text,
)

_THIS_MACHINE = re.compile(r"http://127\.0\.0\.1:([0-9]{1,5})")
_USUAL_GATEWAY = "http://127.0.0.1:8080"


@attrs.frozen(kw_only=True)
class Joining:
    """A gateway that the sandbox is joined to: by what is written into a new settings `file`, or by secrets that the
    gateway knows already; without them nobody reports, or nobody acts as the platform. `begun`: the file may be there
    from an earlier life.
    """

    gateway: str
    file: Path | None = None
    begun: bool = False
    agreed: Agreed = attrs.field(factory=Agreed)
    water_secret: str | None = attrs.field(default=None, repr=False)
    platform_secret: str | None = attrs.field(default=None, repr=False)

    def connect(self, servers: Sandbox) -> None:
        """Within the running event loop, once the servers are there."""
        if self.file is not None:
            servers.connect_gateway(self.gateway, self.agreed.reporting(self.gateway))
            servers.connect_platform(self.gateway, self.agreed.platform)
            return
        if self.water_secret is not None:
            servers.connect_gateway(self.gateway, reporting_by_secret(self.gateway, self.water_secret))
        if self.platform_secret is not None:
            servers.connect_platform(self.gateway, self.platform_secret)


def sandbox(
    settings: Annotated[
        Path | None,
        typer.Option(
            help="Write the settings of a gateway with these counterparties into this new file, and keys beside it."
        ),
    ] = None,
    registry_port: Annotated[int, typer.Option(help="Port of the registry; 0 takes a free one.")] = 8081,
    water_port: Annotated[int, typer.Option(help="Port of the water company.")] = 8082,
    wechat_port: Annotated[int, typer.Option(help="Port of WeChat.")] = 8083,
    identity_port: Annotated[int, typer.Option(help="Port of the identity provider.")] = 8084,
    sms_port: Annotated[int, typer.Option(help="Port of the SMS service.")] = 8085,
    registry_token: Annotated[str | None, typer.Option(help="The bearer token that the registry insists on.")] = None,
    water_token: Annotated[str | None, typer.Option(help="The bearer token that the water company insists on.")] = None,
    identity_secret: Annotated[
        str | None, typer.Option(help="The secret that the client cotransfer must show the identity provider.")
    ] = None,
    gateway: Annotated[
        str | None,
        typer.Option(help=f"Where the water company reports; with --settings {_USUAL_GATEWAY} unless said."),
    ] = None,
    gateway_secret: Annotated[
        str | None, typer.Option(help="The secret of the client kunming-water there, to fetch tokens with.")
    ] = None,
    platform_secret: Annotated[
        str | None, typer.Option(help="The secret of the client platform there, to act for citizens by hand.")
    ] = None,
    seed: Annotated[int, typer.Option(help="The city's seed.")] = 2021,
    times: Annotated[int, typer.Option(min=1, max=1000, help="How many times the usual 231 people live in it.")] = 1,
    pace: Annotated[float, typer.Option(min=0, help="Scales every wait; 0 waits for nothing.")] = 1.0,
    memory: Annotated[
        Path | None,
        typer.Option(
            help="Keep what the counterparties must not forget in this folder: killed or ended, they go on from there."
        ),
    ] = None,
    report_attempts: Annotated[int, typer.Option(min=1, help="How often the water company tries each report.")] = 40,
) -> None:
    """Run simulated counterparties: registry, water company, WeChat, identity, SMS, on loopback, until ended."""
    named = (("registry", registry_token), ("water", water_token), ("identity", identity_secret))
    shown = {name: secret for name, secret in named if secret}
    if settings is not None and (shown or gateway_secret or platform_secret):
        raise typer.BadParameter("it draws all secrets itself; leave the options out that give one.")
    agreed = None if settings is None else Agreed()
    kept = None if memory is None else _remembered(memory, Beginning(seed=seed, times=times, agreed=agreed))
    agreed = kept.beginning.agreed if kept else agreed
    if settings is not None and agreed is not None:
        begun = kept is not None and kept.begun
        joining: Joining | None = _joining_new(settings, gateway or _USUAL_GATEWAY, agreed, begun=begun)
    else:
        joining = _joining_known(gateway, gateway_secret, platform_secret)
    ports = {
        "registry": registry_port,
        "water": water_port,
        "wechat": wechat_port,
        "identity": identity_port,
        "sms": sms_port,
    }
    servers = Sandbox(
        city=City.from_seed(seed, times=times),
        ports=kept.ports(ports) if kept else ports,
        tokens=agreed.shown if agreed else shown,
        desks=agreed.desks if agreed else None,
        signing=agreed.signing if agreed else None,
        pace=Pace(scale=pace),
        report_attempts=report_attempts,
        memory=kept,
    )
    asyncio.run(_run(servers, joining, kept))


def _remembered(folder: Path, beginning: Beginning) -> Memory:
    """Raises what ends the command where the folder remembers another sandbox."""
    try:
        return Memory.of(folder, beginning)
    except OtherBeginning as error:
        complain(f"{folder} remembers another sandbox: {error}. Start it so again, or name another folder.")
        raise typer.Exit(2) from None


def _joining_new(file: Path, gateway: str, agreed: Agreed, *, begun: bool) -> Joining:
    """Raises what ends the command where the files or the address will not do; what was `begun` may be there."""
    joining = Joining(gateway=gateway, file=file, begun=begun, agreed=agreed)
    for each in (file, *(file.with_name(name) for name in _keys(agreed, file))):
        if each.exists() and not begun:
            complain(
                f"{each} is there already and stays as it is: name another file, or take this one away. "
                "(Take its database away with it: a sandbox that starts anew knows nothing of the transfers in it.)"
            )
            raise typer.Exit(2)
    if not _THIS_MACHINE.fullmatch(gateway):
        raise typer.BadParameter(
            f"with --settings it is an address of this machine, such as {_USUAL_GATEWAY}.", param_hint="--gateway"
        )
    return joining


def _joining_known(gateway: str | None, water_secret: str | None, platform_secret: str | None) -> Joining | None:
    if gateway is None and (water_secret or platform_secret):
        raise typer.BadParameter("say which gateway knows this secret.", param_hint="--gateway")
    if gateway is None:
        return None
    if not (water_secret or platform_secret):
        raise typer.BadParameter(
            "say with which secret the water company fetches tokens there.", param_hint="--gateway-secret"
        )
    try:
        checked_address(gateway)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--gateway") from None
    return Joining(gateway=gateway.rstrip("/"), water_secret=water_secret, platform_secret=platform_secret)


async def _run(servers: Sandbox, joining: Joining | None, kept: Memory | None) -> None:
    async with servers:
        if kept is not None and not kept.begun:
            kept.keep(servers.addresses)
        if joining is not None:
            joining.connect(servers)
            if joining.file is not None:
                _write(joining, joining.file, servers.addresses)
        _tell(servers, joining)
        print(json.dumps(servers.addresses), flush=True)
        await asked_to_end()


def _write(joining: Joining, file: Path, addresses: Mapping[str, str]) -> None:
    port = int(joining.gateway.rpartition(":")[2])
    text = settings_text(addresses, joining.agreed, gateway_port=port, stem=file.stem)
    beside = {file.with_name(name): content for name, content in _keys(joining.agreed, file).items()}
    wanted = {**beside, file: text.encode()}
    # What is there already was written by an earlier life of this very sandbox.
    _write_new({each: wanted[each] for each in wanted if not (joining.begun and each.exists())})


def _keys(agreed: Agreed, file: Path) -> dict[str, bytes]:
    """The files beside the settings: what they name, and the water company's own key."""
    return {**agreed.files(file.stem), **agreed.keepsakes(file.stem)}


def _write_new(files: Mapping[Path, bytes]) -> None:
    """For the owner's eyes only; all of them whole, or none at all."""
    with contextlib.ExitStack() as undone:
        for file, content in files.items():
            with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as opened:
                undone.callback(file.unlink)
                opened.write(content)
        undone.pop_all()


def _tell(servers: Sandbox, joining: Joining | None) -> None:
    """For people, on standard error; standard output keeps one line for machines."""
    told = ["The simulated counterparties run until Ctrl-C:"]
    for name, address in servers.addresses.items():
        told.append(f"  {name:<9} {address}    controlled at {', '.join(servers.controls[name])}")
    told.append("Somebody to act as, with ready bodies:")
    told.append(f"  curl '{servers.addresses['registry']}/sandbox/people?kind=plain'")
    if joining is not None and joining.file is not None:
        told.append(f"The settings of a gateway with them, in another terminal ({joining.gateway}):")
        told.append(f"  cotransfer serve --config {joining.file}")
    if joining is not None and (joining.file is not None or joining.platform_secret is not None):
        told.extend(_acting(servers.addresses["identity"], joining.gateway))
    print("\n".join(told), file=sys.stderr, flush=True)


def _acting(identity: str, gateway: str) -> list[str]:
    return [
        "Once it runs, a citizen who applies through the platform, with all that they agreed to:",
        f"  curl -s '{identity}/sandbox/citizen?kind=plain&nth=0' -o citizen.curl",
        f"  curl -s '{identity}/sandbox/submission?kind=plain&nth=0' -o person.json",
        f"  curl -s -K citizen.curl {gateway}/v1/transfers -H 'Idempotency-Key: first' -d @person.json",
    ]
