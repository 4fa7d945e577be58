"""Before anything is opened, the gateway refuses to start where somebody could get in, or something could get out."""

import base64
import logging
import random
import secrets
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import attrs
import pytest
from tests.test_cli import run

from cotransfer.adapters.keys.held import HeldKeys
from cotransfer.adapters.memory.time import ManualClock
from cotransfer.adapters.sql import open_store, upgrade
from cotransfer.adapters.sql.clocks import clock_lead_s
from cotransfer.cli.facts import facts_of
from cotransfer.ports.keys import KeyUse
from cotransfer.sandbox.joining import Agreed, settings_text
from cotransfer.sandbox.wechat import APP_SECRET
from cotransfer.settings import (
    Auth,
    Client,
    Facts,
    Role,
    Secret,
    Settings,
    SettingsError,
    Sms,
    SmsTemplates,
    StartRefused,
    load,
    refuse,
    refuse_clock,
)
from cotransfer.settings.guessing import KNOWN, guessable
from cotransfer.settings.leaves import secrets as secrets_of
from cotransfer.settings.startup import File, is_trial, judged

GOOD = """
[gateway]
host = "0.0.0.0"
tls_proxy = true
public_url = "https://home.example.cn"
page_url = "https://home.example.cn/transfers/"

[database]
url = "postgresql://cotransfer:mL3bqX9wRt7Zk2@db.example.cn/cotransfer?sslmode=verify-full"

[registry]
url = "https://registry.example.cn/v1"
token = "c0d4e8a1735f4b92861e0fd7a3c5b964"

[registry.signing]
keys = [{scheme = "v1", key = "SHARED-1"}]

[identity_provider]
issuer = "https://id.example.cn"
client_id = "gateway"
client_secret = "8c52f0e7b14d4a69932ec7d05fa8b16d"

[[utilities]]
id = "kunming-water"
service = "water"
url = "https://water.example.cn/v1"
token = "9a7d25c1f0384eb6a1c3e5d70b9284f6"
signing_hosts = ["sign.example.cn"]

[utilities.signing]
keys = [{scheme = "v1", key = "SHARED-2"}]

[[clients]]
id = "platform"
role = "platform"
auth = "client_secret_basic"
client_secret = "e1b7c94a5d0f4832b6a97c0e2d8f135407f3a2c6"

[[clients]]
id = "kunming-water"
role = "utility"
utility = "kunming-water"
auth = "client_secret_basic"
client_secret = "3f8e0b6d92c74a15a8d4c2f19b07e653d5a81c94"

[clients.signing]
keys = [{scheme = "v1", key = "SHARED-3"}]
"""
for _drawn in ("SHARED-1", "SHARED-2", "SHARED-3"):  # Keys of messages, new ones each time.
    GOOD = GOOD.replace(_drawn, "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode())
FACTS = Facts()
SMS = Sms(
    url="https://sms.example.cn/v1",
    token=Secret("5f1d0c7e92ab4863a0d7c4b18e3f6a29"),
    templates=SmsTemplates(invitation="SMS_1", result="SMS_2"),
)


def settings_of(text: str, tmp_path: Path) -> Settings:
    """As the settings file would be read."""
    file = tmp_path / "cotransfer.toml"
    file.write_text(text, encoding="utf-8")
    file.chmod(0o600)
    return load(file, {})


@pytest.fixture
def good(tmp_path: Path) -> Settings:
    """A deployment that serves a city, with nothing wrong."""
    return settings_of(GOOD, tmp_path)


def reasons(settings: Settings, facts: Facts = FACTS) -> dict[str, str]:
    """What prevents the start, by option."""
    with pytest.raises(StartRefused) as caught:
        refuse(settings, facts)
    faults = caught.value.faults
    assert str(caught.value).splitlines() == [str(fault) for fault in faults]
    assert all(fault.wrong.endswith(".") and fault.remedy for fault in faults)
    return {fault.key: fault.wrong for fault in faults}


def with_gateway(settings: Settings, **options: Any) -> Settings:
    """The same with other options of the gateway."""
    return attrs.evolve(settings, gateway=attrs.evolve(settings.gateway, **options))


def with_utility(settings: Settings, **options: Any) -> Settings:
    """The same with other options of its one utility."""
    return attrs.evolve(settings, utilities=(attrs.evolve(settings.utilities[0], **options),))


def with_database(settings: Settings, url: str) -> Settings:
    """The same on another database."""
    return attrs.evolve(settings, database=attrs.evolve(settings.database, url=Secret(url)))


def with_client(settings: Settings, **options: Any) -> Settings:
    """The same with other options of its first client."""
    first, *others = settings.clients
    return attrs.evolve(settings, clients=(attrs.evolve(first, **options), *others))


def with_signing(settings: Settings, **options: Any) -> Settings:
    """The same whose utility signs in another way, or (`signing` None) not at all."""
    *others, last = settings.clients
    assert last.signing is not None
    signing = options["signing"] if "signing" in options else attrs.evolve(last.signing, **options)
    return attrs.evolve(settings, clients=(*others, attrs.evolve(last, signing=signing)))


def with_issuer(settings: Settings, issuer: str) -> Settings:
    """The same with another address of who vouches for citizens."""
    assert settings.identity_provider is not None
    return attrs.evolve(settings, identity_provider=attrs.evolve(settings.identity_provider, issuer=issuer))


def with_token(settings: Settings, text: str) -> Settings:
    """The same with another secret for the registry."""
    return attrs.evolve(settings, registry=attrs.evolve(settings.registry, token=Secret(text)))


Spoil = Callable[[Settings], Settings]

ALONE: Mapping[str, tuple[Spoil, str, str]] = {
    "plain HTTP for others": (
        lambda good: with_gateway(good, tls_proxy=False),
        "gateway.host", "Others would reach the gateway over plain HTTP.",
    ),
    "a page that citizens cannot open": (
        lambda good: with_gateway(good, page_url="http://127.0.0.1:8080/transfers/"),
        "gateway.page_url", "The address leads citizens to this machine.",
    ),
    "a way back that leads citizens nowhere": (
        lambda good: with_gateway(good, public_url="http://127.0.0.1:8080"),
        "gateway.public_url", "The address leads citizens to this machine.",
    ),
    "a plain page": (
        lambda good: with_gateway(good, page_url="http://home.example.cn/transfers/"),
        "gateway.page_url", "The address is plain http towards another machine.",
    ),
    "a plain utility": (
        lambda good: with_utility(good, url="http://water.example.cn/v1"),
        "utilities[0].url", "The address is plain http towards another machine.",
    ),
    "a plain registry": (
        lambda good: attrs.evolve(good, registry=attrs.evolve(good.registry, url="http://10.1.2.3/v1")),
        "registry.url", "The address is plain http towards another machine.",
    ),
    "signing on this machine": (
        lambda good: with_utility(good, signing_hosts=("http://127.0.0.1:8082",)),
        "utilities[0].signing_hosts[0]", "Signing on this machine is for trials only.",
    ),
    "a secret out of our own pages": (
        lambda good: with_token(good, "cotransfer-known-to-everybody"),
        "registry.token", "It is printed in the documentation or the code, and so known to everybody.",
    ),
    "the sandbox's secret": (
        lambda good: with_utility(good, token=Secret(APP_SECRET)),
        "utilities[0].token", "It is printed in the documentation or the code, and so known to everybody.",
    ),
    "a word as a secret": (
        lambda good: with_token(good, "Our-Kunming-Key-of-2026!"),
        "registry.token", "It contains a word that everybody tries first.",
    ),
    "a secret that repeats itself": (
        lambda good: with_token(good, "x7Qp2Kd9" * 4), "registry.token", "It repeats itself.",
    ),
    "a secret out of a row of keys": (
        lambda good: with_token(good, "abcdefghijklmnopqrstuvwxyz"),
        "registry.token", "It is a simple pattern, not drawn at random.",
    ),
    "a secret of sixteen digits": (
        lambda good: with_token(good, "7392058164927305"),
        "registry.token", "It is too short for what it is made of: fewer than 80 bits can be drawn that way.",
    ),
    "one secret for two places": (
        lambda good: with_utility(good, token=good.clients[1].client_secret),
        "clients[1].client_secret", "It is the same secret as utilities[0].token.",
    ),
    "a usual password of the database": (
        lambda good: with_database(good, "postgresql://postgres:postgres@db.example.cn/x?sslmode=verify-full"),
        "database.url", "The database's password is a usual one, or short.",
    ),
    "no utility": (
        lambda good: attrs.evolve(good, utilities=()), "utilities", "There is none, so nothing could be transferred.",
    ),
    "no client": (
        lambda good: attrs.evolve(good, clients=()), "clients", "There is none, so nobody could call the gateway.",
    ),
    "a database that need not prove itself": (
        lambda good: with_database(good, "postgresql://me:mL3bqX9wRt7Zk2@db.example.cn/x?sslmode=require"),
        "database.url", "What is sent to the database could be read or answered by somebody between.",
    ),
    "nobody to vouch for citizens": (
        lambda good: attrs.evolve(good, identity_provider=None),
        "identity_provider", "Nobody vouches for citizens, so a look-up of an account would be bound to nobody.",
    ),
    "a plain identity provider": (
        lambda good: with_issuer(good, "http://id.example.cn"),
        "identity_provider.issuer", "The address is plain http towards another machine.",
    ),
    "reports that nobody signs": (
        lambda good: with_signing(good, signing=None),
        "clients[1].signing",
        "The utility does not sign its reports, so a token that was caught is enough to forge them.",
    ),
    "reports that need not be signed": (
        lambda good: with_signing(good, required=False),
        "clients[1].signing.required", "Reports of the utility that are not signed would be taken too.",
    ),
    "calls to a utility that nobody signs": (
        lambda good: with_utility(good, signing=None),
        "utilities[0].signing", "Our calls are not signed, so the other side cannot tell that they are ours.",
    ),
    "calls to the registry that nobody signs": (
        lambda good: attrs.evolve(good, registry=attrs.evolve(good.registry, signing=None)),
        "registry.signing", "Our calls are not signed, so the other side cannot tell that they are ours.",
    ),
    "calls to the SMS service that nobody signs": (
        lambda good: attrs.evolve(good, sms=SMS),
        "sms.signing", "Our calls are not signed, so the other side cannot tell that they are ours.",
    ),
    "another engine": (
        lambda good: with_database(good, "mysql://me:mL3bqX9wRt7Zk2@127.0.0.1/cotransfer"),
        "database.url", "It is not the address of an engine that is supported.",
    ),
}  # fmt: skip
"""Each spoils the good settings in one way: the option that is named, and what is said of it."""

FACTS_ALONE: Mapping[str, tuple[Facts, str, str]] = {
    "a switch of the interpreter": (
        Facts(debugging=("environment variable PYTHONASYNCIODEBUG",)),
        "environment variable PYTHONASYNCIODEBUG", "It is switched on, and tells more than others may know.",
    ),
    "a file that others may read": (
        Facts(files=(File(path="claim.key", mode=0o644),)),
        "files", "Others on this machine may read or change the file claim.key (mode 0644).",
    ),
    "a file that a group may change": (
        Facts(files=(File(path="claim.key", mode=0o620),)),
        "files", "Others on this machine may read or change the file claim.key (mode 0620).",
    ),
    "a file of another user": (
        Facts(files=(File(path="claim.key", mode=0o600, owned=False),)),
        "files", "The file claim.key belongs to another user, who may change what it says.",
    ),
    "public keys that others may change": (
        Facts(files=(File(path="platform.jwks", mode=0o666, secret=False),)),
        "files", "Others on this machine may change the file platform.jwks (mode 0666).",
    ),
    "a key that is not there": (
        Facts(keys_missing={"wrapping": "There is no key for wrapping."}),
        "keys.wrapping", "There is no key for wrapping.",
    ),
}  # fmt: skip


class TestEachConditionAlone:
    def test_good_settings_start(self, good: Settings) -> None:
        """Nothing wrong, nothing said; and it is no trial."""
        assert not is_trial(good)
        assert refuse(good, FACTS) == ()

    @pytest.mark.parametrize("name", ALONE)
    def test_in_the_settings(self, good: Settings, name: str) -> None:
        """One thing wrong: that option is named, with a sentence, and nothing else is."""
        spoil, key, wrong = ALONE[name]
        assert reasons(spoil(good)) == {key: wrong}

    @pytest.mark.parametrize("name", FACTS_ALONE)
    def test_around_them(self, good: Settings, name: str) -> None:
        """One thing wrong about the process or its files."""
        facts, key, wrong = FACTS_ALONE[name]
        assert reasons(good, facts) == {key: wrong}

    @pytest.mark.parametrize("lead_s", [2.1, -2.1, 86400.0])
    def test_a_clock_that_is_off(self, lead_s: float) -> None:
        """More than two seconds from the database's, in either direction."""
        with pytest.raises(StartRefused, match="ahead of" if lead_s > 0 else "behind"):
            refuse_clock(lead_s)

    @pytest.mark.parametrize("lead_s", [0.0, 2.0, -1.9])
    def test_a_clock_that_is_right(self, lead_s: float) -> None:
        """Two seconds are within what networks and time servers do."""
        refuse_clock(lead_s)


class TestAllAtOnce:
    def test_every_reason_is_told(self, good: Settings) -> None:
        """Who mends them need not start twenty times: all are told, the same place as often as it is wrong."""
        worst = with_gateway(good, tls_proxy=False, page_url="http://home.example.cn/t/")
        worst = with_utility(worst, url="http://water.example.cn", signing_hosts=("http://127.0.0.1:1",))
        worst = with_token(with_database(worst, "mysql://127.0.0.1/x"), "cotransfer-known-to-everybody")
        worst = attrs.evolve(worst, clients=())
        facts = Facts(
            debugging=("python -X dev",),
            files=(File(path="a", mode=0o666),),
            keys_missing={"audit": "There is no key for audit."},
        )
        assert set(reasons(worst, facts)) == {
            "gateway.host",
            "gateway.page_url",
            "utilities[0].url",
            "utilities[0].signing_hosts[0]",
            "registry.token",
            "database.url",
            "clients",
            "python -X dev",
            "files",
            "keys.audit",
        }

    def test_no_secret_is_repeated(self, good: Settings) -> None:
        """What is wrong with a secret is said without it."""
        for text in ("Our-Kunming-Key-of-2026!", "abcdefghijklmnopqrstuvwxyz", "7392058164927305"):
            with pytest.raises(StartRefused) as caught:
                refuse(with_token(good, text), FACTS)
            assert text not in str(caught.value)
        with pytest.raises(StartRefused) as caught:
            refuse(with_database(good, "postgresql://me:hush@127.0.0.1/x"), FACTS)
        assert "hush" not in str(caught.value)

    def test_told_as_faults_of_settings(self, good: Settings) -> None:
        """Commands that complain about settings complain about these in the same way."""
        assert issubclass(StartRefused, SettingsError)


class TestTrials:
    def test_defaults_are_a_trial(self) -> None:
        """`cotransfer serve` in an empty folder works, and what is let off is told."""
        let_off = refuse(Settings(), FACTS)
        assert {"utilities", "clients", "identity_provider"} <= {fault.key for fault in let_off}

    def test_the_sandboxs_settings_start(self, tmp_path: Path) -> None:
        """The settings that the sandbox writes, with the files beside them, are those of a trial."""
        names = ("registry", "water", "wechat", "identity")
        places = {name: f"http://127.0.0.1:{port}" for port, name in enumerate(names, 8081)}
        agreed = Agreed()
        for name, content in agreed.files("cotransfer").items():
            (tmp_path / name).write_bytes(content)
            (tmp_path / name).chmod(0o600)
        settings = settings_of(settings_text(places, agreed, gateway_port=8080), tmp_path)
        assert is_trial(settings)
        assert "wechat.secret" in {fault.key for fault in refuse(settings, FACTS)}
        kinds = {Path(one.path).suffix: one.secret for one in facts_of(settings, config=None).files}
        assert kinds == {".pem": True, ".json": False}

    @pytest.mark.parametrize(
        ("spoil", "facts"),
        [
            (lambda one: with_database(one, "mysql://127.0.0.1/cotransfer"), FACTS),
            (lambda one: one, Facts(keys_missing={"index": "None."})),
        ],
    )
    def test_what_a_trial_is_not_let_off(self, spoil: Spoil, facts: Facts) -> None:
        """What could not work at all is refused there too."""
        assert judged(spoil(Settings()), facts).refused

    @pytest.mark.parametrize(
        "spoil",
        [
            lambda one: with_gateway(one, host="0.0.0.0"),
            lambda one: with_gateway(one, host="192.168.1.9"),
            lambda one: with_gateway(one, tls_proxy=True),
            lambda one: with_gateway(one, page_url="https://home.example.cn/t/"),
            lambda one: attrs.evolve(one, registry=attrs.evolve(one.registry, url="https://registry.example.cn")),
            lambda one: with_database(one, "postgresql://cotransfer@db.example.cn/cotransfer"),
        ],
    )
    def test_one_step_outside_ends_it(self, spoil: Spoil) -> None:
        """One address of another machine, or a proxy for others before it, and all is judged as what it is."""
        assert not is_trial(spoil(Settings()))
        assert "utilities" in reasons(spoil(Settings()))


class TestGuessing:
    def test_what_is_drawn_passes(self) -> None:
        """10,000 secrets of every usual shape: none is taken for a pattern."""
        # The same ones in every run: with others each time, one run in a hundred draws one that does hold "123456".
        chance = random.Random(2026)
        drawn = [chance.randbytes(16).hex() for _ in range(5000)]
        drawn += [base64.urlsafe_b64encode(chance.randbytes(32)).rstrip(b"=").decode() for _ in range(5000)]
        assert [one for one in drawn if guessable(Secret(one)) is not None] == []

    @pytest.mark.parametrize(
        "text",
        ["", "a", "aaaaaaaaaaaaaaaaaaaaaaaa", "0123456789abcdef0123456789abcdef", "1q2w3e4r", "Passw0rd-Password-1"],
    )
    def test_what_is_typed_does_not(self, text: str) -> None:
        """Patterns and words."""
        assert guessable(Secret(text)) is not None

    def test_every_published_secret_is_known(self) -> None:
        """The default and the sandbox's."""
        defaults = {secret.text for _, secret in secrets_of(Settings())}
        assert {*defaults, APP_SECRET} <= KNOWN


class TestFacts:
    def test_rights_are_read(self, tmp_path: Path) -> None:
        """A secret's own file, and the settings file as soon as a secret stands in it."""
        (tmp_path / "registry.token").write_text("5b1f0a7c93e84d26b7f2c1d8096ae354")
        (tmp_path / "registry.token").chmod(0o640)
        text = GOOD.replace('"c0d4e8a1735f4b92861e0fd7a3c5b964"', '{file = "registry.token"}')
        settings = settings_of(text, tmp_path)
        found = {Path(one.path).name: one.mode for one in facts_of(settings, config=tmp_path / "cotransfer.toml").files}
        assert found == {"registry.token": 0o640, "cotransfer.toml": 0o600}

    def test_public_keys_may_be_read(self, tmp_path: Path) -> None:
        """What is no secret may be read by everybody, but only its owner may put other keys in."""
        file = tmp_path / "platform.jwks"
        file.write_text("{}")
        file.chmod(0o644)
        platform = Client(id="platform", role=Role.PLATFORM, auth=Auth.PRIVATE_KEY_JWT, jwks_file=file)
        settings = attrs.evolve(Settings(), clients=(platform,))
        (found,) = facts_of(settings, config=None).files
        assert (found.mode, found.secret) == (0o644, False)
        assert "files" not in {fault.key for fault in refuse(settings, Facts(files=(found,)))}

    @pytest.mark.parametrize("name", ["PYTHONASYNCIODEBUG", "PYTHONDEVMODE", "PYTHONINSPECT", "SSLKEYLOGFILE"])
    def test_switches_are_seen(self, name: str) -> None:
        """Each by its name."""
        assert facts_of(Settings(), config=None, environ={name: "1"}).debugging == (f"environment variable {name}",)

    def test_talkative_loggers_are_seen(self) -> None:
        """A logger that was set to tell everything, or more than that."""
        logger = logging.getLogger("uvicorn.error")
        before = logger.level
        try:
            for level in (logging.DEBUG, 5):
                logger.setLevel(level)
                assert facts_of(Settings(), config=None, environ={}).debugging == ("the log level of uvicorn.error",)
        finally:
            logger.setLevel(before)

    def test_missing_keys_are_named(self) -> None:
        """Each use by itself, with the way to a key."""
        keys = HeldKeys.new(KeyUse.WRAPPING, KeyUse.INDEX)
        facts = facts_of(Settings(), config=None, environ={}, keys=keys, uses=(KeyUse.WRAPPING, KeyUse.AUDIT))
        assert set(facts.keys_missing) == {"audit"}
        assert "cotransfer keys new audit" in facts.keys_missing["audit"]


class TestTheDatabasesClock:
    async def test_it_is_asked(self, postgres_database: str) -> None:
        """PostgreSQL's clock against one of ours that is an hour ahead, and against the right one."""
        upgrade(postgres_database)
        async with open_store(postgres_database) as store:
            for ahead in (timedelta(), timedelta(hours=1)):
                began = datetime.now(UTC)
                lead_s = await clock_lead_s(store, ManualClock(began + ahead))
                # Its clock is this machine's, and it looked at it while we waited, however long a busy machine takes.
                waited_s = (datetime.now(UTC) - began).total_seconds()
                assert -waited_s - 0.001 < lead_s - ahead.total_seconds() < 0.001

    async def test_sqlite_has_none(self, sqlite_database: str) -> None:
        """Its clock is this machine's."""
        upgrade(sqlite_database)
        async with open_store(sqlite_database) as store:
            assert await clock_lead_s(store, ManualClock(datetime(2000, 1, 1, tzinfo=UTC))) == 0.0


class TestTheCommand:
    def test_nothing_is_opened(self, tmp_path: Path) -> None:
        """Refused with all reasons before there is a port or a database."""
        result = run("serve", cwd=tmp_path, COTRANSFER_GATEWAY__HOST="0.0.0.0", PYTHONASYNCIODEBUG="1")
        assert result.returncode == 2
        assert "Traceback" not in result.stderr
        for key in ("gateway.host", "identity_provider", "utilities", "PYTHONASYNCIODEBUG"):
            assert key in result.stderr
        assert list(tmp_path.iterdir()) == []
