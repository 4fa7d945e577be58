"""The counterparties as real servers on loopback."""

import socket

import httpx
import pytest
from tests.processes.page import free_ports
from tests.sandbox.conftest import AT_ONCE, a_transfer, delivery

from cotransfer.sandbox import AnswerLost, CannotListen, City, Pace, PortInUse, Sandbox, Slow


async def test_all_run_in_one_process_and_end_cleanly(city: City) -> None:
    """One process runs all; afterwards nobody listens any more."""
    async with Sandbox(city=city, pace=AT_ONCE) as sandbox, httpx.AsyncClient(trust_env=False) as client:
        addresses = dict(sandbox.addresses)
        assert set(addresses) == {"registry", "water", "wechat", "identity", "sms"}
        assert all(address.startswith("http://127.0.0.1:") for address in addresses.values())
        assert sandbox.water.address == addresses["water"]
        assert sandbox.identity.address == addresses["identity"]
        for address in addresses.values():
            assert (await client.get(f"{address}/sandbox/script")).status_code == 200
            assert (await client.get(f"{address}/nowhere")).json()["code"] == "not_found"
    for address in addresses.values():
        with socket.socket() as probe, pytest.raises(ConnectionRefusedError):
            probe.connect(("127.0.0.1", int(address.rpartition(":")[2])))


async def test_one_may_run_alone(city: City) -> None:
    """Each is a server of its own."""
    async with Sandbox(city=city, only=["wechat"], pace=AT_ONCE) as sandbox:
        assert set(sandbox.addresses) == {"wechat"}
    with pytest.raises(ValueError, match="called gas; there are registry, water, wechat, identity, sms"):
        Sandbox(city=city, only=["gas"])


async def test_a_port_in_use_is_named_with_its_remedy(city: City) -> None:
    """Bad input: a clear sentence with cause and remedy, and the servers already started are ended."""
    with socket.socket() as taken, socket.socket() as probe:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        sandbox = Sandbox(city=city, ports={"wechat": port}, pace=AT_ONCE)
        with pytest.raises(PortInUse, match=f"Port {port} .*wechat.* in use .*choose another port"):
            await sandbox.__aenter__()
        with pytest.raises(ConnectionRefusedError):
            probe.connect(("127.0.0.1", int(sandbox.addresses["registry"].rpartition(":")[2])))
    with pytest.raises(CannotListen, match="between 1024 and 65535"):
        await Sandbox(city=city, ports={"registry": 70_000}).__aenter__()


async def test_a_given_port_is_taken(city: City) -> None:
    """A deployment of the test bed has fixed addresses, also straight after a restart."""
    (port,) = free_ports(1)
    for _ in range(2):
        async with Sandbox(city=city, only=["registry"], ports={"registry": port}) as sandbox:
            assert sandbox.addresses == {"registry": f"http://127.0.0.1:{port}"}


async def test_a_lost_answer_closes_the_connection_without_a_byte(city: City) -> None:
    """Over a socket, too, the effect has happened and the caller cannot know."""
    transfer = a_transfer()
    headers = {"idempotency-key": transfer}
    async with Sandbox(city=city, only=["water"], pace=AT_ONCE) as sandbox:
        sandbox.water.script.order("POST /v1/applications", AnswerLost())
        async with httpx.AsyncClient(base_url=sandbox.addresses["water"], trust_env=False) as client:
            body = delivery(city.someone("plain"), transfer)
            with pytest.raises(httpx.RemoteProtocolError, match="without sending"):
                await client.post("/v1/applications", json=body, headers=headers)
            again = await client.post("/v1/applications", json=body, headers=headers)
        assert again.status_code == 202
        assert [effect.what for effect in sandbox.water.book.effects].count("taken") == 1


async def test_a_caller_that_gave_up_does_not_hold_up_the_end(city: City) -> None:
    """A slow answer nobody waits for is no reason to stay."""
    async with Sandbox(city=city, only=["registry"], pace=Pace(scale=1)) as sandbox:
        sandbox.registry.script.order("*", Slow(seconds=0.05))
        impatient = httpx.Timeout(10, read=0.01)  # Only with the answer: connecting may take its time.
        async with httpx.AsyncClient(
            base_url=sandbox.addresses["registry"], timeout=impatient, trust_env=False
        ) as client:
            with pytest.raises(httpx.ReadTimeout):
                await client.get("/v1/slow")
