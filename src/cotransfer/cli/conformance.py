"""`cotransfer conformance`: holds a live endpoint against its contract, rule by rule.

Exit codes: 0 no must-rule failed, 1 one did, 2 it could not begin, 3 nobody answers at the address.
"""

import asyncio
import enum
import json
import logging
import os
import sys
from collections.abc import Callable, Coroutine, Iterable
from pathlib import Path
from typing import Annotated, Any

import attrs
import typer
from rich.console import Console
from rich.progress import Progress

from cotransfer.cli.saying import complain, log_to_stderr, settings_file
from cotransfer.conformance import Client, Limits, NotReachable, Report, for_machines, for_people
from cotransfer.conformance.gateway import RULES as GATEWAY_RULES
from cotransfer.conformance.gateway.joining import parties_of
from cotransfer.conformance.gateway.parties import NoSandbox
from cotransfer.conformance.judging import Options, judge_gateway, judge_utility
from cotransfer.conformance.reaching import NotAllowed, allowed_address
from cotransfer.conformance.rules import Rule
from cotransfer.conformance.targets import NoTarget, caller_of, desk_of, people_at, registry_here, utility_of
from cotransfer.conformance.utility import RULES as UTILITY_RULES
from cotransfer.conformance.utility import Accounts, Target
from cotransfer.ports.errors import Unavailable, Unintelligible
from cotransfer.settings import Settings, load

app = typer.Typer(
    help="Hold a live endpoint against its contract.", no_args_is_help=True, add_completion=False, rich_markup_mode=None
)
FAILED, UNUSABLE, NOT_REACHABLE = 1, 2, 3
Judged = Callable[[Options], Coroutine[Any, Any, Report]]


class Lang(enum.Enum):
    """The report's language."""

    EN = "en"
    ZH = "zh"


UrlOption = Annotated[str | None, typer.Option(help="The endpoint, as the contract's paths follow it.")]
SettingsOption = Annotated[
    Path | None, typer.Option(help="A gateway's settings: whom to play, with which tokens and keys.", dir_okay=False)
]
PeopleOption = Annotated[
    str | None, typer.Option(help="The registry of a running sandbox, whose people and accounts are used.")
]
SeedOption = Annotated[int, typer.Option(min=0, help="What is drawn is drawn from it: the same seed, the same run.")]
SequencesOption = Annotated[int, typer.Option(min=0, max=1000, help="How many sequences are drawn.")]
RuleOption = Annotated[str | None, typer.Option(help="Only this rule.")]
ExcuseOption = Annotated[
    list[str] | None, typer.Option(help="CODE=reason: a rule that you do not keep, and why; the report says so.")
]
JsonOption = Annotated[str | None, typer.Option("--json", help="Write the report for machines to this file, or -.")]
LangOption = Annotated[Lang, typer.Option(help="The report's language.")]
CallsOption = Annotated[int, typer.Option(min=1, max=100_000, help="The most calls of a run.")]
SecondsOption = Annotated[float, typer.Option(min=1, max=24 * 3600, help="The longest that a run begins new calls.")]
PatienceOption = Annotated[float, typer.Option(min=0.1, max=60, help="Seconds that one answer may take.")]
AtOnceOption = Annotated[int, typer.Option(min=2, max=64, help="How many copies are sent at once.")]
AllowedOption = Annotated[
    bool, typer.Option("--i-am-allowed", help="The endpoint is on another machine, a test system, and I may do this.")
]


@app.callback()
def conformance() -> None:
    """Hold a live endpoint against its contract."""


@app.command()
def utility(
    url: UrlOption = None,
    settings: SettingsOption = None,
    name: Annotated[str | None, typer.Option("--utility", help="Which of the settings' utilities it is.")] = None,
    account: Annotated[list[str] | None, typer.Option(help="A free account of the test system; give several.")] = None,
    in_arrears: Annotated[list[str] | None, typer.Option(help="An account in arrears.")] = None,
    unknown: Annotated[str, typer.Option(help="A number that no account has.")] = "0000000000",
    people: PeopleOption = None,
    service: Annotated[
        str | None, typer.Option(help="water, electricity, gas or heat; without settings water.")
    ] = None,
    ledger: Annotated[str | None, typer.Option(help="Where effects can be counted, as at the sandbox.")] = None,
    restart: Annotated[str | None, typer.Option(help="A command that ends the system and starts it again.")] = None,
    seed: SeedOption = 1,
    sequences: SequencesOption = 20,
    rule: RuleOption = None,
    excuse: ExcuseOption = None,
    as_json: JsonOption = None,
    lang: LangOption = Lang.EN,
    calls: CallsOption = 3000,
    seconds: SecondsOption = 600,
    patience: PatienceOption = 15,
    at_once: AtOnceOption = 64,
    i_am_allowed: AllowedOption = False,
) -> None:
    """Judge a utility's business system. It is called as the gateway would call it, and wrongly on purpose."""
    log_to_stderr(logging.ERROR)
    options = _options(
        UTILITY_RULES, seed, sequences, rule, excuse, Limits(calls=calls, seconds=seconds, patience_s=patience), at_once
    )
    try:
        said = load(settings, os.environ) if settings is not None else None
        address = _address(url, utility_of(said, name).url if said is not None else None, i_am_allowed)
        if ledger is not None:
            allowed_address(ledger, allowed=i_am_allowed)
        accounts = asyncio.run(_accounts(said, people, account, in_arrears, unknown))
        target = _target(said, name, accounts, service, ledger)
    except (NotAllowed, NoTarget) as error:
        complain(str(error))
        raise typer.Exit(UNUSABLE) from None
    _judge(lambda shown: judge_utility(address, target, shown, restart=restart), options, as_json, lang)


@app.command()
def gateway(
    url: UrlOption = None,
    settings: SettingsOption = None,
    utility_key: Annotated[
        Path | None,
        typer.Option(
            help="The private key of the utility's client; left out: beside the settings, as the sandbox writes it.",
            dir_okay=False,
        ),
    ] = None,
    seed: SeedOption = 1,
    sequences: SequencesOption = 20,
    rule: RuleOption = None,
    excuse: ExcuseOption = None,
    as_json: JsonOption = None,
    lang: LangOption = Lang.EN,
    calls: CallsOption = 3000,
    seconds: SecondsOption = 600,
    patience: PatienceOption = 15,
    at_once: AtOnceOption = 64,
    i_am_allowed: AllowedOption = False,
) -> None:
    """Judge a gateway that has the sandbox behind it. The kit plays the platform, its citizens and the utility."""
    log_to_stderr(logging.ERROR)
    limits = Limits(calls=calls, seconds=seconds, patience_s=patience)
    options = _options(GATEWAY_RULES, seed, sequences, rule, excuse, limits, at_once)
    try:
        file = settings or settings_file(None)
        if file is None:
            raise NoTarget("Give the gateway's settings (--settings): the kit plays everybody whom they name.")
        said = load(file, os.environ)
        address = allowed_address(url or said.gateway.public_url or "", allowed=i_am_allowed)
        parties = parties_of(said, address, file=file, key=utility_key)
    except (NotAllowed, NoTarget) as error:
        complain(str(error))
        raise typer.Exit(UNUSABLE) from None
    _judge(lambda shown: judge_gateway(address, parties, shown), options, as_json, lang)


def _address(url: str | None, known: str | None, allowed: bool) -> str:
    if url is None and known is None:
        raise NoTarget("Say where the endpoint is (--url), or give the settings that name it (--settings).")
    return allowed_address(url or known or "", allowed=allowed)


async def _accounts(
    said: Settings | None, people: str | None, free: list[str] | None, in_arrears: list[str] | None, unknown: str
) -> Accounts:
    """Those that were named, else those of a sandbox."""
    if free:
        return Accounts(free=tuple(free), in_arrears=tuple(in_arrears or ()), unknown=unknown)
    registry = people or (registry_here(said) if said is not None else None)
    if registry is None:
        raise NoTarget("Give free accounts of the test system (--account, several), or a sandbox's people (--people).")
    found = await people_at(registry)
    return Accounts(free=found.free, in_arrears=tuple(in_arrears or found.in_arrears), unknown=unknown)


def _target(
    said: Settings | None, name: str | None, accounts: Accounts, service: str | None, ledger: str | None
) -> Target:
    if said is None:
        return Target(client=Client(), accounts=accounts, service=service or "water", ledger=ledger)
    entry = utility_of(said, name)
    return Target(
        client=caller_of(entry),
        accounts=accounts,
        service=service or entry.service.value,
        can=frozenset(each.value for each in entry.can),
        ledger=ledger,
        desk=desk_of(entry.access),
    )


def _options(
    rules: Iterable[Rule],
    seed: int,
    sequences: int,
    rule: str | None,
    excuse: list[str] | None,
    limits: Limits,
    at_once: int,
) -> Options:
    codes = [each.code for each in rules]
    if rule is not None and rule not in codes:
        raise typer.BadParameter(f"there is no such rule; there are {', '.join(codes)}.", param_hint="--rule")
    excuses = dict(_excuse(each, codes) for each in excuse or ())
    return Options(seed=seed, sequences=sequences, at_once=at_once, limits=limits, rule=rule, excuses=excuses)


def _excuse(text: str, codes: list[str]) -> tuple[str, str]:
    code, _, reason = text.partition("=")
    if code not in codes or not reason.strip():
        raise typer.BadParameter(
            f"say it as CODE=reason, with one of the codes: {', '.join(codes)}.", param_hint="--excuse"
        )
    return code, reason.strip()


def _judge(judged: Judged, options: Options, as_json: str | None, lang: Lang) -> None:
    """Runs, shows, and ends with the exit code that the verdicts want."""
    try:
        report: Report = asyncio.run(_watched(judged, options))
    except (NotReachable, NoSandbox, Unavailable) as error:
        complain(str(error))
        raise typer.Exit(NOT_REACHABLE) from None
    except Unintelligible as error:  # The token endpoint does not take us: nothing was judged.
        complain(str(error))
        raise typer.Exit(UNUSABLE) from None
    if as_json is not None:
        _write(as_json, json.dumps(for_machines(report), ensure_ascii=False, indent=2) + "\n")
    if as_json != "-":
        for_people(report, Console(highlight=False), lang.value)
    if not report.passed:
        raise typer.Exit(FAILED)


async def _watched(judged: Judged, options: Options) -> Report:
    with Progress(console=Console(stderr=True), transient=True) as progress:
        bar = progress.add_task("sequences", total=None)
        heard = attrs.evolve(options, heard=lambda nth, of: progress.update(bar, completed=nth, total=of))
        return await judged(heard)


def _write(where: str, text: str) -> None:
    if where == "-":
        sys.stdout.write(text)
    else:
        Path(where).write_text(text, encoding="utf-8")
