"""The kit for gateways: it passes our own with the sandbox over real HTTP, and names what a broken one breaks."""

from random import Random

import pytest
from tests.conformance.broken_gateways import GATEWAYS, Altering, BrokenGateway

from cotransfer.adapters.wire.contracts import contract
from cotransfer.conformance import Caller, Limits, Outcome, Report, Run, Scenario
from cotransfer.conformance.gateway import RULES, GatewayActor, Parties, programme
from cotransfer.conformance.gateway.acting import LETTERS, OPERATIONS
from cotransfer.conformance.gateway.joining import parties_of
from cotransfer.conformance.gateway.parties import EASY, IN_ARREARS, Person
from cotransfer.conformance.judging import Options, judge_gateway
from cotransfer.demo.stage import Stage, stage
from cotransfer.settings import load

LONG = Limits(seconds=3600, patience_s=60)
"""For a machine that has other things to do."""

NOT_CALLED = {"introspectToken", "revokeToken", "showMe", "showMyDisclosures"}
"""Operations without a word: two about tokens that a client asks for itself, two for a browser that is signed in."""


def parties(staged: Stage) -> Parties:
    """Whom the kit plays, out of the gateway's own settings."""
    return parties_of(load(staged.settings, {}), staged.gateway, file=staged.settings)


def failed(report: Report) -> set[str]:
    """The must-rules that failed."""
    return {verdict.rule.code for verdict in report.verdicts if verdict.fails}


@pytest.mark.slow
async def test_our_gateway_passes() -> None:
    """With the sandbox behind it, over real HTTP: every rule is tried but that of a second utility, and none fails."""
    async with stage(pace=0.1) as staged:
        report = await judge_gateway(staged.gateway, parties(staged), Options(sequences=4, at_once=16, limits=LONG))
    assert failed(report) == set()
    assert [verdict.rule.code for verdict in report.of(Outcome.FAILED)] == []
    assert [verdict.rule.code for verdict in report.of(Outcome.NOT_TRIED)] == ["roles.other_utility"]
    assert report.calls > 500


class TestBrokenGateways:
    @pytest.mark.slow
    async def test_each_breaks_its_very_rules(self) -> None:
        """On the scenarios of its own rules and some of others, each is told what is wrong with it, and no more."""
        found: dict[str, set[str]] = {}
        async with stage(pace=0.1) as staged:
            introduced = parties(staged)
            people = await introduced.sandbox.people(*EASY, IN_ARREARS)
            await introduced.close()
            random = Random(3)
            for gateway in GATEWAYS:
                found[gateway.name] = failed(await _judged(staged, gateway, people, random))
        assert found == {gateway.name: set(gateway.breaks) for gateway in GATEWAYS}

    def test_there_are_enough(self) -> None:
        """Every rule of keys, reports, signatures and tokens is broken by one."""
        codes = {code for gateway in GATEWAYS for code in gateway.breaks}
        groups = ("post.", "reports.", "access.", "signing.", "consents.withdrawn")
        due = {rule.code for rule in RULES if rule.code.startswith(groups)} - {"reports.heard"}
        assert due <= codes
        assert len(GATEWAYS) >= 15


async def _judged(staged: Stage, gateway: BrokenGateway, people: tuple[Person, ...], random: Random) -> Report:
    who = parties(staged)
    caller = Caller(staged.gateway, limits=LONG, transport=Altering(gateway.alter()))
    try:
        run = Run(
            kind="gateway",
            rules=RULES,
            scenarios=_scenarios(who, gateway, random),
            actor=GatewayActor(caller, who, tuple(random.sample(people, len(people))), seed=random.getrandbits(32)),
            caller=caller,
            seed=1,
            contract="1.0.0",
            attempts=4,
        )
        return await run.report()
    finally:
        await caller.close()
        await who.close()


def _scenarios(who: Parties, gateway: BrokenGateway, random: Random) -> tuple[Scenario, ...]:
    """Two for each rule that it breaks, and two for others."""
    every = programme(who, seed=1, sequences=0, at_once=4)
    meant = [scenario for code in sorted(gateway.breaks) for scenario in _for(code, every)[:2]]
    others = [each for each in every if not gateway.breaks & set(each.tries) and len(each.steps) < 6]
    return (*meant, *random.sample(others, 2))


def _for(code: str, every: tuple[Scenario, ...]) -> list[Scenario]:
    return [each for each in every if code in each.tries]


def test_every_operation_of_the_contract_has_a_word() -> None:
    """What the contract adds is added to the kit, or said to be left out."""
    known = {operation.identifier for operation in contract("gateway").operations}
    assert set(OPERATIONS.values()) == known - NOT_CALLED
    assert set(OPERATIONS) - {"fetch_token"} == set(LETTERS)
