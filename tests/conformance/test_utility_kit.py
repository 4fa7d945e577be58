"""The kit for utilities: it passes our own sandbox over real HTTP, and names the very rule that a broken one breaks."""

import json
from pathlib import Path
from typing import Any

import attrs
import httpx
import pytest
from tests.conformance.between import Between
from tests.conformance.broken_water import VARIANTS, Broken, broken
from tests.conformance.water_faults import TOKEN, altered, company, untouched, wait_for_signatures

from cotransfer.adapters.wire.contracts import contract
from cotransfer.adapters.wire.signing import Scheme, signing_key
from cotransfer.conformance import Client, Limits, Outcome, Report, Severity, for_machines
from cotransfer.conformance.judging import Options, judge_utility
from cotransfer.conformance.targets import caller_of, desk_of, people_at, utility_of
from cotransfer.conformance.utility import RULES, Accounts, Target, programme
from cotransfer.conformance.utility.acting import LETTERS, OPERATIONS
from cotransfer.sandbox import Agreed, City, Pace, Sandbox, settings_text
from cotransfer.settings import load

CITY = City.from_seed(7)
LONG = Limits(seconds=3600, patience_s=60)
"""For a machine that has other things to do."""

SMALL = Options(sequences=3, at_once=8, limits=LONG)
CAN = frozenset(("cancels", "renews_signing_address", "lists"))
SEVERAL_ABOUT_ONE = {"submit.receipt", "account.found", "token.given", "token.refused", "answers.headers"}
"""Rules that only a company can break which keeps nothing at all of an operation, or which has a desk for tokens."""


def accounts(kind: str) -> tuple[str, ...]:
    """The account numbers of everybody of a kind."""
    return tuple(str(who.account_search()["account_number"]) for who in CITY.everyone(kind))


def target(agreed: Agreed, **more: Any) -> Target:
    """The gateway as the water company knows it."""
    client = Client(tokens=TOKEN, keys=(signing_key(Scheme.HMAC_SHA256, agreed.to_water),))
    people = Accounts(free=accounts("plain"), in_arrears=accounts("in_arrears"))
    return Target(client=client, accounts=people, pause_s=0.01, ledger="http://water/sandbox/ledger", can=CAN, **more)


async def judged(variant: Broken, options: Options = SMALL) -> Report:
    """The report on a company in this process."""
    agreed = Agreed()
    app = variant.make(CITY, agreed)
    restart = variant.restart

    async def restarted() -> None:
        if restart is not None:
            restart(app)

    more = {"restart": restarted} if restart else {}
    limits = attrs.evolve(options.limits, patience_s=variant.patience_s)
    changed = attrs.evolve(options, transport=httpx.ASGITransport(app), limits=limits)
    try:
        return await judge_utility("http://water", target(agreed, **more), changed)
    finally:
        await (app.inner if isinstance(app, Between) else app).close()


def failed(report: Report) -> set[str]:
    """The must-rules that failed."""
    return {verdict.rule.code for verdict in report.verdicts if verdict.fails}


def outcomes(report: Report) -> dict[str, Outcome]:
    """Every rule and what became of it."""
    return {verdict.rule.code: verdict.outcome for verdict in report.verdicts}


GOOD = broken("good", "", altered(lambda: untouched))


class TestOurSandbox:
    async def test_the_water_company_passes(self, tmp_path: Path) -> None:
        """Over real HTTP, played by a gateway's own settings: tokens fetched, calls signed, all rules kept."""
        agreed = Agreed()
        async with Sandbox(
            desks=agreed.desks, tokens=agreed.shown, signing=agreed.signing, pace=Pace(scale=0)
        ) as sandbox:
            file = tmp_path / "cotransfer.toml"
            file.write_text(settings_text(sandbox.addresses, agreed, gateway_port=8080), encoding="utf-8")
            for name, content in agreed.files(file.stem).items():
                (tmp_path / name).write_bytes(content)
            entry = utility_of(load(file, {}), None)
            people = await people_at(sandbox.addresses["registry"])
            wait_for_signatures(sandbox.water, sandbox.city)
            water = Target(
                client=caller_of(entry),
                accounts=Accounts(free=people.free, in_arrears=people.in_arrears),
                ledger=f"{sandbox.addresses['water']}/sandbox/ledger",
                desk=desk_of(entry.access),
                can=frozenset(each.value for each in entry.can),
                pause_s=0.05,
            )
            report = await judge_utility(entry.url, water, Options(limits=LONG))
        assert report.passed
        told = outcomes(report)
        assert [code for code, outcome in told.items() if outcome is not Outcome.PASSED] == ["submit.remembered"]
        assert report.calls > 250

    async def test_it_remembers_through_a_restart(self) -> None:
        """With a way to restart, every rule there is is tried but those of a token desk."""
        report = await judged(attrs.evolve(GOOD, restart=lambda _: None))
        assert failed(report) == set()
        untried = {code for code, outcome in outcomes(report).items() if outcome is Outcome.NOT_TRIED}
        assert untried == {"token.given", "token.refused"}


class TestBrokenCompanies:
    @pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.name)
    async def test_each_breaks_its_very_rules(self, variant: Broken) -> None:
        """Whatever is wrong is named by its own rule, and by no other than those that cannot be kept with it."""
        report = await judged(variant)
        assert failed(report) == variant.breaks
        for verdict in report.of(Outcome.FAILED):
            assert verdict.proof is not None
            assert verdict.proof.again, f"{verdict.rule.code} was not seen again"
            assert len(verdict.proof.sequence) <= 6

    def test_every_must_rule_is_broken_by_one(self) -> None:
        """No rule is there that never fails."""
        broken = {code for variant in VARIANTS for code in variant.breaks}
        unreadable = {rule.code for rule in RULES if rule.code.startswith("input.")} - broken
        musts = {rule.code for rule in RULES if rule.severity is Severity.MUST} - unreadable
        assert musts - broken == SEVERAL_ABOUT_ONE
        assert len(VARIANTS) >= 40

    @pytest.mark.parametrize("code", ["not_json", "empty", "not_an_object", "too_deep", "half_a_pair", "not_utf8"])
    async def test_each_unreadable_body_has_its_rule(self, code: str) -> None:
        """A company that reads everything is told so body by body."""
        report = await judged(READS_ALL)
        assert f"input.{code}" in failed(report)

    async def test_a_should_rule_does_not_fail_the_run(self) -> None:
        """English only is told, and let pass."""
        report = await judged(ENGLISH_ONLY)
        assert report.passed
        assert [each.rule.code for each in report.of(Outcome.FAILED)] == ["problems.language"]


async def _english(asked: Any, go: Any) -> Any:
    return await go(attrs.evolve(asked, headers={**asked.headers, "accept-language": "en"}))


async def _reads_all(asked: Any, go: Any) -> Any:
    told = await go(asked)
    return told.saying({"outcome": "taken", "reference": "KMW-0"}, 202) if told.status == 400 and asked.key else told


READS_ALL = broken("reads all", "", altered(lambda: _reads_all))
ENGLISH_ONLY = broken("English only", "", altered(lambda: _english))


class TestTheReport:
    async def test_the_shortest_sequence_is_found(self) -> None:
        """What a long drawn sequence has shown is told by as few calls as it takes."""
        variant = next(each for each in VARIANTS if each.name == "another receipt for the same application")
        report = await judged(variant, attrs.evolve(SMALL, rule="submit.once_per_key"))
        (verdict,) = report.verdicts
        assert verdict.proof is not None
        assert [str(step) for step in verdict.proof.sequence] == ["submit(0)", "submit(0)"]

    async def test_it_is_for_machines_too_and_holds_nobody(self) -> None:
        """A verdict for each rule, with seed, versions and times; no personal value and no secret in it."""
        report = await judged(next(each for each in VARIANTS if each.name == "a number in an address"))
        text = json.dumps(for_machines(report), ensure_ascii=False)
        said = json.loads(text)
        assert (said["passed"], said["seed"], said["versions"]["contract"]) == (False, 1, "1.0.0")
        assert {each["verdict"] for each in said["verdicts"]} == {"passed", "failed", "not_tried"}
        (broken,) = (each for each in said["verdicts"] if each["rule"] == "privacy.headers")
        assert broken["sequence"] == [{"do": "submit"}]
        assert broken["exchanges"][0]["request"]["body"]["application"]["mobile_number"] == "***"
        people = [who for city in (CITY, City.from_seed(1)) for who in city.people]
        personal = {value for who in people for value in (who.holder.identity_number, who.mobile_number)}
        assert not [value for value in personal if value in text]
        assert TOKEN not in text

    async def test_the_same_seed_is_the_same_run(self) -> None:
        """What is drawn is drawn from the seed."""
        one, again, other = (programme(target(Agreed()), seed=seed, sequences=9) for seed in (5, 5, 6))
        assert one == again
        assert one != other

    async def test_an_excuse_is_told_and_fails_nothing(self) -> None:
        """What a utility does not keep, it says aloud."""
        variant = next(each for each in VARIANTS if each.name == "another correlation id")
        report = await judged(variant, attrs.evolve(SMALL, excuses={"problems.correlation_id": "next release"}))
        (excused,) = report.of(Outcome.EXCUSED)
        assert report.passed
        assert excused.reason is not None
        assert excused.reason.en == "next release"
        assert excused.proof is not None

    async def test_a_limit_cuts_it_short(self) -> None:
        """Never more calls than allowed; what was not tried is not called passed."""
        report = await judged(GOOD, attrs.evolve(SMALL, limits=Limits(calls=20)))
        assert (report.calls, report.cut_short) == (20, True)
        untried = report.of(Outcome.NOT_TRIED)
        assert untried
        assert all("limit" in verdict.reason.en for verdict in untried if verdict.reason)

    async def test_one_rule_can_be_run_alone(self) -> None:
        """Only its own scenarios are played."""
        report = await judged(GOOD, attrs.evolve(SMALL, rule="account.unknown"))
        assert ([each.rule.code for each in report.verdicts], report.calls) == (["account.unknown"], 1)


def test_every_operation_of_the_contract_has_a_word() -> None:
    """What the contract adds is added to the kit: the words call every operation, and no other."""
    known = {operation.identifier for operation in contract("utility").operations}
    assert set(OPERATIONS.values()) == known
    assert set(OPERATIONS) == set(LETTERS)


def test_the_layer_changes_nothing_by_itself() -> None:
    """The broken companies are our own company but for the one thing that is wrong."""
    assert isinstance(altered(lambda: untouched)(CITY, Agreed()), Between)
    assert company(CITY, Agreed()).book.cases == {}
