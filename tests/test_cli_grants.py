"""`cotransfer grants` as somebody types it: beside a running gateway, every fault at once, nothing done by half."""

import asyncio
import json
import tomllib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cotransfer.adapters.sql import open_store, upgrade
from cotransfer.adapters.sql.trust.audit import SqlAudit
from cotransfer.adapters.sql.trust.grants import SqlGrants
from cotransfer.adapters.wire.grants import read, read_standing, spell, spell_standing
from cotransfer.cli.grant_examples import Kind, example
from cotransfer.cli.grants import app
from cotransfer.cli.saying import known_trouble
from cotransfer.domain.datasets import FIELDS
from cotransfer.domain.faults import Invalid
from cotransfer.domain.grants import Ended, Grant, Phase, Side, Suspended
from cotransfer.sandbox import Agreed, settings_text
from cotransfer.sandbox.server import COUNTERPARTIES
from cotransfer.testing.grants import GRANT

NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)
Typed = Callable[..., Result]


@pytest.fixture
def address(sqlite_database: str) -> str:
    """A database with the tables of this version."""
    upgrade(sqlite_database)
    return sqlite_database


@pytest.fixture
def typed(tmp_path: Path, address: str) -> Typed:
    """Type `cotransfer grants …` with settings that name the database."""
    config = tmp_path / "cotransfer.toml"
    config.write_text(f'[database]\nurl = "{address}"\n')
    return lambda *words: CliRunner().invoke(app, [*words, *(() if words[0] == "example" else ("-c", str(config)))])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The water utility's grant."""
    path = tmp_path / "water.toml"
    path.write_text(example(Kind.UTILITY, datetime.now(UTC)), encoding="utf-8")
    return path


def held(address: str) -> list[Grant]:
    """What stands in the database."""

    async def look() -> list[Grant]:
        async with open_store(address, read_only=True) as store:
            return [one.grant for one in await SqlGrants(store).all()]

    return asyncio.run(look())


class TestExamples:
    @pytest.mark.parametrize("kind", Kind)
    def test_an_example_is_a_grant(self, typed: Typed, kind: Kind) -> None:
        """What is printed can be added as it stands: valid now, whole tables of the scheme, for that counterparty."""
        printed = typed("example", kind.value).stdout
        grant = read(tomllib.loads(printed))
        assert grant.standing_at(datetime.now(UTC)) is Phase.ACTIVE
        assert grant.counterparty == {"utility": "kunming-water"}.get(kind.value, kind.value)
        assert all(names == set(FIELDS[dataset]) for dataset, names in grant.fields.items())

    @pytest.mark.parametrize("kind", Kind)
    def test_every_term_is_explained(self, kind: Kind) -> None:
        """A sentence stands above each term, but for the second half of the validity."""
        lines = example(kind, NOON).splitlines()
        terms = [nth for nth, line in enumerate(lines) if line and line[0].isalpha() and " = " in line]
        table = lines.index("[fields]")
        for nth in [*(nth for nth in terms if nth < table), table]:
            assert lines[nth - 1].startswith("# ") or lines[nth].startswith("valid_until")

    def test_the_year_begins_at_midnight_in_china(self) -> None:
        """Whatever the hour, and whatever the machine's zone."""
        grant = read(tomllib.loads(example(Kind.REGISTRY, NOON)))
        assert grant.valid_from == datetime(2026, 3, 1, 16, tzinfo=UTC)
        assert grant.valid_until - grant.valid_from == timedelta(days=365)


class TestCommands:
    def test_a_whole_life(self, typed: Typed, file: Path, address: str) -> None:
        """Added, suspended by both sides, resumed by both, ended; each change is in the audit trail."""
        of_city = ("kunming-water.transfer", "--side", "city", "--why", "breach", "--who", "operator-7")
        of_utility = ("kunming-water.transfer", "--side", "counterparty", "--why", "maintenance")
        said = [
            typed(*words).stdout
            for words in (
                ("add", str(file)),
                ("suspend", *of_city),
                ("suspend", *of_utility),
                ("resume", *of_city),
                ("resume", *of_utility),
                ("end", *of_city),
            )
        ]
        told = ["added", "suspended", "suspended", "resumed", "resumed", "ended"]
        assert said == [f"{word}: kunming-water.transfer\n" for word in told]
        (grant,) = held(address)
        assert isinstance(grant.standing, Ended)

        async def trail() -> list[bytes]:
            async with open_store(address, read_only=True) as store:
                return [link.body for link in await SqlAudit(store).chain("grant:kunming-water.transfer")]

        bodies = asyncio.run(trail())
        assert len(bodies) == len(said)
        assert b"operator-7" in bodies[1]

    def test_a_second_time_changes_nothing(self, typed: Typed, file: Path, address: str) -> None:
        """Each says so, and is content."""
        words = ("kunming-water.transfer", "--side", "city", "--why", "breach")
        typed("add", str(file))
        assert typed("resume", *words).stdout == "unchanged: nobody suspends kunming-water.transfer\n"
        for command in ("suspend", "end"):
            typed(command, *words)
            again = typed(command, *words)
            assert again.exit_code == 0
            assert again.stdout.startswith("unchanged: ")
        assert typed("add", str(file)).exit_code == 1  # Its name is not given out again.
        assert len(held(address)) == 1

    def test_the_other_side_cannot_resume(self, typed: Typed, file: Path, address: str) -> None:
        """It is told who can, and the command fails."""
        typed("add", str(file))
        typed("suspend", "kunming-water.transfer", "--side", "city", "--why", "breach")
        refused = typed("resume", "kunming-water.transfer", "--side", "counterparty", "--why", "breach")
        assert refused.exit_code == 1
        assert "only that side resumes it" in refused.stderr
        assert isinstance(held(address)[0].standing, Suspended)

    def test_an_unknown_grant(self, typed: Typed) -> None:
        """The remedy is a list of those there are."""
        refused = typed("end", "nobodys", "--side", "city", "--why", "breach")
        assert refused.exit_code == 1
        assert "cotransfer grants list" in refused.stderr

    def test_reasons_are_no_free_text(self, typed: Typed, file: Path, address: str) -> None:
        """The audit trail holds no words in which a person could stand; nothing is shown of what was typed."""
        typed("add", str(file))
        refused = typed("suspend", "kunming-water.transfer", "--side", "city", "--why", "因张三投诉")
        assert isinstance(refused.exception, Invalid)
        assert "张三" not in (known_trouble(refused.exception) or "张三")
        assert held(address)[0].standing_at(datetime.now(UTC)) is Phase.ACTIVE

    async def test_beside_a_running_gateway(self, typed: Typed, file: Path, address: str) -> None:
        """On SQLite the gateway owns its file, and a suspension need not wait until it is stopped."""
        async with open_store(address) as gateway:
            assert (await asyncio.to_thread(typed, "add", str(file))).exit_code == 0
            suspended = ("suspend", "kunming-water.transfer", "--side", "city", "--why", "breach")
            assert (await asyncio.to_thread(typed, *suspended)).exit_code == 0
            (one,) = await SqlGrants(gateway).all()
            assert one.grant.standing_at(datetime.now(UTC)) is Phase.SUSPENDED


class TestListing:
    def test_nothing_is_granted(self, typed: Typed) -> None:
        """A new deployment is told how to begin."""
        assert "cotransfer grants example" in typed("list").stdout
        assert json.loads(typed("list", "--json").stdout) == {"grants": []}

    def test_all_that_was_agreed(self, typed: Typed, file: Path, address: str) -> None:
        """For machines: the terms as the file has them, how it stands, what is spent; for people the same."""
        typed("add", str(file))
        typed("suspend", "kunming-water.transfer", "--side", "city", "--why", "breach")
        (shown,) = json.loads(typed("list", "--json").stdout)["grants"]
        assert (shown["phase"], shown["version"], shown["spent_today"]) == ("suspended", 2, 0)
        terms = spell(held(address)[0])
        assert {name: shown[name] for name in terms} == terms
        people = typed("list").stdout
        for word in ("kunming-water.transfer  suspended", "530102, 530103", "suspended by the city", "breach"):
            assert word in people


class TestFiles:
    def test_every_fault_at_once(self, typed: Typed, tmp_path: Path, address: str) -> None:
        """Missing terms, unknown ones, wrong kinds, wrong values: one reading tells them all, and nothing is added."""
        (tmp_path / "bad.toml").write_text(
            'id = 5\npurpose = "x"\njunk = 1\ndaily_quota = "many"\nvalid_from = 2026-01-01\nvalid_until = "soon"\n'
            'service = "steam"\ncounties = ["5301"]\noperations = ["findAccount", "fly"]\n'
            '[fields]\naccount = ["mobile_number"]\nnope = []\n',
            encoding="utf-8",
        )
        refused = typed("add", str(tmp_path / "bad.toml"))
        assert isinstance(refused.exception, Invalid)
        assert {fault.field for fault in refused.exception.faults} == {
            "basis",
            "counterparty",
            "grant",
            "id",
            "purpose",
            "daily_quota",
            "valid_from",
            "valid_until",
            "service",
            "counties",
            "operations",
            "fields",
            "fields.account",
        }
        assert held(address) == []

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("fields", []),
            ("fields", {"account": "location"}),
            ("fields", {"account": [1]}),
            ("fields", {"account": [["location"]]}),
            ("operations", "findAccount"),
            ("operations", [1]),
            ("daily_quota", True),
            ("daily_quota", 1.5),
            ("basis", None),
            ("counties", [530102]),
            ("valid_until", "2026-03-02T00:00:00"),
        ],
    )
    def test_wrong_kinds(self, field: str, value: object) -> None:
        """A fault names its term, and never shows what stood there."""
        with pytest.raises(Invalid) as invalid:
            read(spell(GRANT) | {field: value})
        assert {fault.field.partition(".")[0] for fault in invalid.value.faults} == {field}

    @pytest.mark.parametrize("spelt", [None, [], "grant", 1])
    def test_what_is_no_table(self, spelt: object) -> None:
        """Said in one fault."""
        with pytest.raises(Invalid):
            read(spelt)

    @pytest.mark.parametrize("content", [b"id = ", b"\xff\xfe", b"[[["])
    def test_a_file_that_is_no_toml(self, typed: Typed, tmp_path: Path, content: bytes) -> None:
        """The remedy is an example."""
        (tmp_path / "bad.toml").write_bytes(content)
        refused = typed("add", str(tmp_path / "bad.toml"))
        assert refused.exit_code == 2
        assert "cotransfer grants example" in refused.stderr

    def test_the_same_both_ways(self) -> None:
        """What is spelled is read back, terms and standing."""
        assert read(spell(GRANT)) == GRANT
        ended = Ended(Side.CITY, NOON, "breach")
        assert read_standing(spell_standing(ended)) == ended
        with pytest.raises(ValueError, match="no known way"):
            read_standing({"standing": "asleep"})


class TestStandard:
    @pytest.fixture
    def joined(self, tmp_path: Path, address: str) -> Path:
        """The settings that `cotransfer sandbox` writes."""
        agreed = Agreed()
        addresses = {name: f"http://127.0.0.1:{8081 + nth}" for nth, name in enumerate(COUNTERPARTIES)}
        file = tmp_path / "cotransfer.toml"
        file.write_text(settings_text(addresses, agreed, gateway_port=8080, database=address), encoding="utf-8")
        for name, content in agreed.files(file.stem).items():
            (tmp_path / name).write_bytes(content)
        return file

    def test_everybody_in_the_settings(self, joined: Path, address: str) -> None:
        """One grant for each counterparty, whole tables of the scheme, valid now; the operator is in the trail."""
        result = CliRunner().invoke(app, ["standard", "--who", "li-na", "-c", str(joined)])
        assert result.exit_code == 0, result.output
        grants = held(address)
        assert {one.counterparty for one in grants} == {"platform", "registry", "notifier", "sms", "kunming-water"}
        assert all(one.standing_at(datetime.now(UTC)) is Phase.ACTIVE for one in grants)
        assert result.stdout.splitlines() == [
            "added: platform.transfers",
            "added: registry.verification",
            "added: notifier.notices",
            "added: sms.notices",
            "added: kunming-water.transfer",
        ]

    def test_again_changes_nothing(self, joined: Path, address: str) -> None:
        """Neither what was added before, on whatever day, nor what an operator has ended since."""
        CliRunner().invoke(app, ["standard", "-c", str(joined)])
        CliRunner().invoke(app, ["end", "notifier.notices", "--side", "city", "--why", "over", "-c", str(joined)])
        before = held(address)
        result = CliRunner().invoke(app, ["standard", "-c", str(joined)])
        assert {line.partition(":")[0] for line in result.stdout.splitlines()} == {"unchanged"}
        assert held(address) == before
