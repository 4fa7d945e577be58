"""`cotransfer sandbox`: the simulated counterparties as servers of their own."""

import asyncio
import json
from typing import Annotated

import typer

from cotransfer.cli.running import asked_to_end
from cotransfer.sandbox import City, Pace, Sandbox


def sandbox(
    registry_port: Annotated[int, typer.Option(help="Port of the registry; 0 takes a free one.")] = 8081,
    water_port: Annotated[int, typer.Option(help="Port of the water company.")] = 8082,
    wechat_port: Annotated[int, typer.Option(help="Port of WeChat.")] = 8083,
    registry_token: Annotated[str | None, typer.Option(help="The bearer token that the registry insists on.")] = None,
    water_token: Annotated[str | None, typer.Option(help="The bearer token that the water company insists on.")] = None,
    gateway: Annotated[
        str | None, typer.Option(help="Where the water company reports, such as http://127.0.0.1:8080.")
    ] = None,
    gateway_token: Annotated[str, typer.Option(help="The bearer token the water company shows there.")] = "",
    seed: Annotated[int, typer.Option(help="The city's seed.")] = 2021,
    times: Annotated[int, typer.Option(min=1, max=1000, help="How many times the usual 225 people live in it.")] = 1,
    pace: Annotated[float, typer.Option(min=0, help="Scales every wait; 0 waits for nothing.")] = 1.0,
    report_attempts: Annotated[int, typer.Option(min=1, help="How often the water company tries each report.")] = 40,
) -> None:
    """Run the registry, the water company and WeChat on loopback, until interrupted."""
    tokens = {name: token for name, token in (("registry", registry_token), ("water", water_token)) if token}
    servers = Sandbox(
        city=City.from_seed(seed, times=times),
        ports={"registry": registry_port, "water": water_port, "wechat": wechat_port},
        tokens=tokens,
        pace=Pace(scale=pace),
        report_attempts=report_attempts,
    )
    asyncio.run(_run(servers, gateway, gateway_token))


async def _run(servers: Sandbox, gateway: str | None, token: str) -> None:
    async with servers:
        if gateway is not None:
            servers.connect_gateway(gateway, token)
        print(json.dumps(servers.addresses), flush=True)
        await asked_to_end()
