"""A whole run, from what the command was told to its report. Never keeps a connection open after it."""

import attrs
import httpx

from cotransfer.adapters.wire.contract_documents import documents
from cotransfer.adapters.wire.contracts import Name
from cotransfer.conformance.acting import Actor
from cotransfer.conformance.calling import Caller, Limits
from cotransfer.conformance.gateway import RULES as GATEWAY_RULES
from cotransfer.conformance.gateway import GatewayActor, Parties
from cotransfer.conformance.gateway import programme as gateway_programme
from cotransfer.conformance.gateway.parties import EASY, IN_ARREARS
from cotransfer.conformance.restarting import restarting
from cotransfer.conformance.rules import Rule, by_code
from cotransfer.conformance.running import Heard, Run, chosen
from cotransfer.conformance.steps import MOST_AT_ONCE, Scenario
from cotransfer.conformance.utility import RULES as UTILITY_RULES
from cotransfer.conformance.utility import Target, UtilityActor
from cotransfer.conformance.utility import programme as utility_programme
from cotransfer.conformance.verdicts import Report


@attrs.frozen(kw_only=True)
class Options:
    """What a run may be told: its seed, its size, one rule alone, and what is excused with which reason.

    `transport` is for tests (`httpx.ASGITransport`).
    """

    seed: int = 1
    sequences: int = 20
    at_once: int = MOST_AT_ONCE
    limits: Limits = attrs.field(factory=Limits)
    rule: str | None = None
    excuses: dict[str, str] = attrs.field(factory=dict)
    heard: Heard = lambda _, __: None
    transport: httpx.AsyncBaseTransport | None = None


async def judge_utility(url: str, target: Target, options: Options, *, restart: str | None = None) -> Report:
    """The verdicts on the utility at `url`. Raises `NotReachable`."""
    caller = Caller(url, limits=options.limits, transport=options.transport)
    if restart is not None:
        target = attrs.evolve(target, restart=restarting(restart, caller))
    actor = UtilityActor(caller, target, seed=options.seed)
    scenarios = utility_programme(target, seed=options.seed, sequences=options.sequences, at_once=options.at_once)
    try:
        return await _report("utility", UTILITY_RULES, scenarios, actor, caller, options)
    finally:
        await actor.close()
        await caller.close()
        await target.client.close()


async def judge_gateway(url: str, parties: Parties, options: Options) -> Report:
    """The verdicts on the gateway at `url`. Raises `NotReachable`, and `NoSandbox` where nobody is behind it."""
    caller = Caller(url, limits=options.limits, transport=options.transport)
    try:
        await caller.knock()
        people = await parties.sandbox.people(*EASY, IN_ARREARS)
        actor = GatewayActor(caller, parties, people, seed=options.seed)
        scenarios = gateway_programme(parties, seed=options.seed, sequences=options.sequences, at_once=options.at_once)
        return await _report("gateway", GATEWAY_RULES, scenarios, actor, caller, options)
    finally:
        await parties.close()
        await caller.close()


async def _report(
    name: Name, rules: tuple[Rule, ...], scenarios: tuple[Scenario, ...], actor: Actor, caller: Caller, options: Options
) -> Report:
    run = Run(
        kind=name,
        rules=rules if options.rule is None else (by_code(rules)[options.rule],),
        scenarios=scenarios if options.rule is None else chosen(scenarios, options.rule),
        actor=actor,
        caller=caller,
        seed=options.seed,
        contract=str(documents().open(f"{name}.openapi.yaml").child("info").child("version").value),
        excuses=options.excuses,
        heard=options.heard,
    )
    return await run.report()
