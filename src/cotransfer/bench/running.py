"""One run of the benchmark: the machine first, then every part of the plan, a line as soon as it is known."""

from collections.abc import AsyncIterator
from typing import Any

from cotransfer.bench import (
    audit,
    backlog,
    core,
    machine,
    memory,
    parts,
    recovery,
    reports,
    sealing,
    signing,
    simulating,
    transfers,
)
from cotransfer.bench.engines import Engines
from cotransfer.bench.plan import EngineName, Part, Plan
from cotransfer.bench.showing import Showing

_SMALL = (
    (Part.CORE, core.measure),
    (Part.PARTS, parts.measure),
    (Part.AUDIT, audit.measure),
    (Part.SEALING, sealing.measure),
    (Part.SIGNING, signing.measure),
    (Part.REPORT, reports.measure),
    (Part.SIMULATION, simulating.measure),
)
"""Parts that need no engine to be started."""


async def run(plan: Plan, engines: Engines, showing: Showing) -> AsyncIterator[dict[str, Any]]:
    """The lines, in order. `engines` must have been started for what the plan `needs`."""
    yield machine.line({name.value: engine.version for name, engine in engines.running.items()})
    for name, why in engines.missing.items():
        yield {"measure": "transfers", "engine": name.value, "left_out": why}
    for part, small in _SMALL:
        if part in plan.parts:
            showing.begun(part.value)
            for line in small(plan.repeat):
                yield line
    if Part.TRANSFERS in plan.parts:
        chosen = {name: engine for name, engine in engines.running.items() if name in plan.engines}
        async for line in transfers.measure(plan, chosen, begun=showing.begun, passed=showing.passed):
            yield line
    if Part.BACKLOG in plan.parts:
        chosen = {name: engine for name, engine in engines.running.items() if name in plan.engines}
        async for line in backlog.measure(plan, chosen, begun=showing.begun, passed=showing.passed):
            yield line
    if Part.MEMORY in plan.parts:
        showing.begun(f"memory, {plan.memory_transfers} transfers")
        address = engines.running[EngineName.SQLITE].new_database()
        yield await memory.measure(address, plan.memory_transfers, passed=showing.passed)
    if Part.RECOVERY in plan.parts:
        showing.begun("recovery")
        yield await recovery.measure(plan.repeat)
