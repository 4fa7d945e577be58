"""Settings come in whole, or every fault is told with its place and remedy."""

import tomllib
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cotransfer.app.office import Terms
from cotransfer.domain.allowances import Allowances
from cotransfer.domain.calendars import WorkingDays
from cotransfer.domain.case import Policy
from cotransfer.domain.values import Restriction, Service, UtilityId
from cotransfer.settings import Role, Secret, Settings, SettingsError, SettingsFault, WorkingTime, describe, load
from cotransfer.settings.describing import EXAMPLE
from cotransfer.settings.environment import options, variable
from cotransfer.settings.oauth import Auth
from cotransfer.wiring.assembly import _terms

NOTHING = MappingProxyType[str, str]({})
TOKEN = "sixteen-characters-at-least"
UTILITY = f"""
[[utilities]]
id = "kunming-water"
service = "water"
counties = ["530102", "530103"]
url = "https://water.example/v1"
token = "{TOKEN}"
"""
WECHAT = """
[wechat]
appid = "wx0000invented"
secret = "invented-secret-of-wechat"
[wechat.templates.invitation]
template_id = "TPL_1"
fields = {thing1 = "location", phrase2 = "phrase"}
[wechat.templates.result]
template_id = "TPL_2"
fields = {thing1 = "result"}
"""


class Folder:
    """A folder for one settings file and its secrets."""

    def __init__(self, path: Path) -> None:
        self.file = path / "cotransfer.toml"

    def load(self, text: str, environ: dict[str, str] | None = None) -> Settings:
        """What the text says."""
        self.file.write_text(text, encoding="utf-8")
        return load(self.file, environ or {})

    def faults(self, text: str, environ: dict[str, str] | None = None) -> tuple[SettingsFault, ...]:
        """What is wrong with the text."""
        with pytest.raises(SettingsError) as caught:
            self.load(text, environ)
        assert str(caught.value).splitlines() == [str(fault) for fault in caught.value.faults]
        return caught.value.faults

    def keys(self, text: str, environ: dict[str, str] | None = None) -> list[str]:
        """Which options are wrong."""
        return [fault.key for fault in self.faults(text, environ)]


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """An empty one."""
    return Folder(tmp_path)


class TestDefaults:
    def test_nothing_need_be_said(self):
        """One machine, no file: loopback only, SQLite in the working directory, the scheme's deadlines."""
        settings = load(None, NOTHING)
        assert settings == Settings()
        assert (settings.gateway.host, settings.database.url.text) == ("127.0.0.1", "sqlite:///cotransfer.db")
        assert settings.deadlines.allowances() == Allowances()
        assert settings.policy.policy() == Policy()
        assert (settings.wechat, settings.utilities, settings.clients) == (None, (), ())

    def test_the_retries_are_the_agreed_ones(self):
        """From at once to a day."""
        assert Settings().worker.retry_schedule_s == (0, 5, 30, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400)

    def test_a_deployment_without_settings_is_a_library_without_terms(self):
        """One source of truth: limits, deadlines, pauses and rules are the same whichever way an office is opened.

        Only the national holidays are brought in by settings: they are data, and the core has none.
        """
        assert _terms(Settings(working_time=WorkingTime(national=False))) == Terms()

    def test_other_programs_variables_are_theirs(self):
        """Only names that begin with ours are read."""
        assert load(None, {"HOME": "/root", "XCOTRANSFER_GATEWAY__PORT": "1"}) == Settings()


class TestFile:
    def test_every_section(self, folder: Folder):
        """What the file says is what is there, as the domain's own values."""
        settings = folder.load(
            f"""
            deadlines.pre_review = "6 h"
            policy = {{mismatch_to_utility = true, refused_restrictions = ["seizure", "locked"]}}
            {WECHAT}{UTILITY}
            signing_hosts = ["sign.example", "localhost:8443", "http://127.0.0.1:8002"]
            [[clients]]
            id = "water"
            role = "utility"
            utility = "kunming-water"
            auth = "private_key_jwt"
            jwks_file = "water.jwks.json"
            """
        )
        assert settings.deadlines.allowances().pre_review.deadline == timedelta(hours=6)
        assert settings.policy.policy() == Policy(
            mismatch_to_utility=True, refused_restrictions=frozenset({Restriction.SEIZURE, Restriction.LOCKED})
        )
        (water,) = settings.utilities
        assert (water.id, water.service, water.kind) == (UtilityId("kunming-water"), Service.WATER, "standard")
        assert water.counties == ("530102", "530103")
        assert [(client.role, client.utility) for client in settings.clients] == [(Role.UTILITY, water.id)]
        assert settings.wechat is not None
        assert settings.wechat.templates.invitation.fields == {"thing1": "location", "phrase2": "phrase"}

    @pytest.mark.parametrize("counties", ['counties = "all"', ""])
    def test_a_utility_may_serve_all(self, folder: Folder, counties: str):
        """All counties, said or left out."""
        (water,) = folder.load(UTILITY.replace('counties = ["530102", "530103"]', counties)).utilities
        assert water.counties is None

    def test_the_documented_example_loads(self, folder: Folder):
        """What docs/settings.md shows works."""
        secrets = folder.file.parent / "secrets"
        secrets.mkdir()
        document = tomllib.loads(EXAMPLE)
        entries = [document["database"], document["registry"], document["wechat"], document["sms"]]
        for entry in [*entries, *document["utilities"], *document["clients"]]:
            for value in entry.values():
                if isinstance(value, dict) and set(value) == {"file"}:
                    (folder.file.parent / value["file"]).write_text(f"invented content of {value['file']}\n")
        settings = folder.load(EXAMPLE)
        platform, water = settings.clients
        assert platform.jwks_file == folder.file.parent / "clients" / "platform.jwks.json"
        assert water.client_secret == Secret("invented content of secrets/water.secret")


class TestKeyFolder:
    def test_it_lies_relative_to_the_settings_file(
        self, folder: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ):
        """As every file that settings name: whoever starts the gateway elsewhere finds the same keys."""
        (elsewhere := tmp_path / "elsewhere").mkdir()
        monkeypatch.chdir(elsewhere)
        keys = folder.load('[keys]\nfolder = "keys"\n').keys
        assert keys.folder_beside("sqlite:////somewhere/x.db") == tmp_path / "keys"
        assert folder.load('[keys]\nfolder = "/safe"\n').keys.folder_beside("postgresql://h/d") == Path("/safe")

    def test_left_out_it_is_beside_the_database(self, folder: Folder):
        """Beside an SQLite file, under its name; a server has no place, so its keys are where the process is."""
        keys = folder.load("").keys
        assert keys.folder_beside("sqlite:///some/x.db") == Path("some/x.db.keys")
        assert keys.folder_beside("postgresql://h/d") == Path("cotransfer-keys")

    @pytest.mark.parametrize("name", ['""', '" "', '"a\\u0000b"'])
    def test_no_name_is_told(self, folder: Folder, name: str):
        """An empty name would put keys where nobody looks for them."""
        assert folder.keys(f"[keys]\nfolder = {name}\n") == ["keys.folder"]


class TestEnvironment:
    def test_wins_over_the_file(self, folder: Folder):
        """Texts as they are, everything else as in TOML."""
        settings = folder.load(
            "[gateway]\nport = 1\nhost = '::1'\n",
            {
                "COTRANSFER_GATEWAY__PORT": "9000",
                "COTRANSFER_WORKER__ENABLED": "false",
                "COTRANSFER_WORKER__RETRY_SCHEDULE_S": "[0, 2.5]",
                "COTRANSFER_REGISTRY__URL": "https://registry.example",
                "COTRANSFER_POLICY__REFUSED_RESTRICTIONS": '["seizure"]',
            },
        )
        assert (settings.gateway.port, settings.gateway.host) == (9000, "::1")
        assert (settings.worker.enabled, settings.worker.retry_schedule_s) == (False, (0, 2.5))
        assert settings.registry.url == "https://registry.example"
        assert settings.policy.refused_restrictions == (Restriction.SEIZURE,)

    def test_reaches_deep_tables(self, folder: Folder):
        """A template has its variable too."""
        settings = folder.load(WECHAT, {"COTRANSFER_WECHAT__TEMPLATES__RESULT__TEMPLATE_ID": "TPL_9"})
        assert settings.wechat is not None
        assert settings.wechat.templates.result.template_id == "TPL_9"

    def test_may_name_a_secrets_file(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
        """It lies relative to where the process was started."""
        (tmp_path / "token").write_text(TOKEN)
        monkeypatch.chdir(tmp_path)
        settings = load(None, {"COTRANSFER_REGISTRY__TOKEN": '{file = "token"}'})
        assert settings.registry.token == Secret(TOKEN)

    def test_may_name_the_folder_of_keys(self, folder: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
        """It lies relative to where the process was started, and goes over the file's, which lies beside the file."""
        (elsewhere := tmp_path / "elsewhere").mkdir()
        monkeypatch.chdir(elsewhere)
        named = folder.load('[keys]\nfolder = "keys"\n', {"COTRANSFER_KEYS__FOLDER": "others"})
        assert named.keys.folder_beside("postgresql://h/d") == elsewhere / "others"

    @pytest.mark.parametrize(
        ("name", "told"),
        [
            ("COTRANSFER_GATEWAY__PROT", '"COTRANSFER_GATEWAY__PORT"'),
            ("COTRANSFER_GATEWAY_PORT", '"COTRANSFER_GATEWAY__PORT"'),
            ("cotransfer_gateway__port", '"COTRANSFER_GATEWAY__PORT"'),
            ("COTRANSFER_", "docs/settings.md"),
            ("COTRANSFER_CLIENTS__0__TOKEN", "settings file only"),
            ("COTRANSFER_UTILITIES", "settings file only"),
        ],
    )
    def test_unknown_variables_are_refused_by_name(self, name: str, told: str):
        """A slip of the finger must not be ignored."""
        with pytest.raises(SettingsError) as caught:
            load(None, {name: "1"})
        (fault,) = caught.value.faults
        assert fault.source == f"environment variable {name}"
        assert told in fault.remedy

    @pytest.mark.parametrize("text", ["eighty", "", "[1", "1\nb = 2", '"8080"', "true", "70000", "[" * 100_000])
    def test_what_cannot_be_read_names_the_variable(self, text: str):
        """A wrong value in the environment is blamed on the environment."""
        with pytest.raises(SettingsError) as caught:
            load(None, {"COTRANSFER_GATEWAY__PORT": text})
        (fault,) = caught.value.faults
        assert (fault.source, fault.key) == ("environment variable COTRANSFER_GATEWAY__PORT", "gateway.port")

    @pytest.mark.parametrize("text", ["{file = 1}", '{path = "x"}', "{broken", '{file = "x", y = 1}'])
    def test_a_secret_in_braces_is_a_file(self, text: str):
        """Whatever begins with a brace was meant to name a file."""
        with pytest.raises(SettingsError) as caught:
            load(None, {"COTRANSFER_REGISTRY__TOKEN": text})
        assert [fault.key for fault in caught.value.faults] == ["registry.token"]

    def test_a_part_of_a_list_is_blamed_on_its_variable(self):
        """The place of a fault is the variable even for one item of it."""
        with pytest.raises(SettingsError) as caught:
            load(None, {"COTRANSFER_WORKER__RETRY_SCHEDULE_S": '[0, "x"]'})
        (fault,) = caught.value.faults
        assert fault.key == "worker.retry_schedule_s[1]"
        assert fault.source == "environment variable COTRANSFER_WORKER__RETRY_SCHEDULE_S"

    def test_a_section_that_is_none_in_the_file(self, folder: Folder):
        """A variable cannot be put into what is not a table."""
        assert "gateway" in folder.keys("gateway = 1", {"COTRANSFER_GATEWAY__PORT": "1"})


class TestFaults:
    def test_all_are_told_at_once(self, folder: Folder):
        """Each with file, option, what is wrong and the remedy."""
        faults = folder.faults(
            """
            [gatway]
            [gateway]
            prot = 1
            port = "8080"
            page_url = "http://public.example/"
            [worker]
            lease_s = 0
            [registry]
            token = "short"
            [[utilities]]
            id = "Kunming Water"
            service = "watr"
            counties = ["5301"]
            """,
            {"COTRANSFER_DESK__LIMIT": "1"},
        )
        told = {fault.key: fault for fault in faults}
        assert set(told) == {
            "",
            "gatway",
            "gateway.prot",
            "gateway.port",
            "gateway.page_url",
            "worker.lease_s",
            "registry.token",
            "utilities[0].id",
            "utilities[0].service",
            "utilities[0].counties",
            "utilities[0].url",
        }
        assert told["gateway.prot"].remedy == 'Did you mean "port"?'
        assert told["gatway"].remedy == 'Did you mean "gateway"?'
        assert told["utilities[0].service"].remedy == 'Did you mean "water"?'
        assert told["utilities[0].url"].wrong == "It is missing."
        assert told["gateway.port"].source == str(folder.file)
        assert all(fault.wrong and fault.remedy for fault in faults)

    @pytest.mark.parametrize(
        ("text", "key"),
        [
            ("gateway = 1", "gateway"),
            ("utilities = 1", "utilities"),
            ("[utilities]", "utilities"),
            ("utilities = [1]", "utilities[0]"),
            ("[worker]\nenabled = 1", "worker.enabled"),
            ("[worker]\nlimit = 1.0", "worker.limit"),
            ("[worker]\nlimit = true", "worker.limit"),
            ("[worker]\nlease_s = nan", "worker.lease_s"),
            ("[worker]\nlease_s = inf", "worker.lease_s"),
            ("[worker]\nretry_schedule_s = []", "worker.retry_schedule_s"),
            ("[worker]\nretry_schedule_s = 5", "worker.retry_schedule_s"),
            ("[worker]\nretry_schedule_s = [-1]", "worker.retry_schedule_s"),
            ("[gateway]\nhost = ''", "gateway.host"),
            ("[gateway]\nport = 65536", "gateway.port"),
            ("[gateway]\nport = 2026-03-02", "gateway.port"),
            ("[gateway]\npage_url = 'https://platform.example/x'", "gateway.page_url"),
            ("[registry]\nurl = 'registry.example'", "registry.url"),
            ("[registry]\nurl = 'http://registry.example'", "registry.url"),
            ("[registry]\nurl = 'http://127.0.0.1.example'", "registry.url"),
            ("[registry]\nurl = 'https://'", "registry.url"),
            ("[registry]\nurl = 'https://user:password@registry.example'", "registry.url"),
            ("[registry]\nurl = 'https://registry.example/?a=b'", "registry.url"),
            ("[registry]\nurl = 'https://registry.example:99999'", "registry.url"),
            ("[registry]\nurl = 'https://[::1'", "registry.url"),
            ("[registry]\nurl = 'https://登记.example'", "registry.url"),
            ("[registry]\ntoken = 1", "registry.token"),
            ("[policy]\nrefused_restrictions = [1]", "policy.refused_restrictions[0]"),
            (WECHAT.replace('"location"', '"owner"'), "wechat.templates.invitation.fields"),
            (WECHAT.replace('thing1 = "result"', 'first = "result"'), "wechat.templates.result.fields"),
            (WECHAT.replace('thing1 = "result"', ""), "wechat.templates.result.fields"),
            (WECHAT.replace('{thing1 = "result"}', '"thing1"'), "wechat.templates.result.fields"),
            (WECHAT.replace('"phrase"', "1"), "wechat.templates.invitation.fields[phrase2]"),
            (WECHAT.replace("TPL_1", "TPL 1"), "wechat.templates.invitation.template_id"),
            (UTILITY + 'account_pattern = "["', "utilities[0].account_pattern"),
            (UTILITY + 'signing_hosts = ["https://sign.example"]', "utilities[0].signing_hosts"),
            (UTILITY + 'signing_hosts = ["http://192.0.2.1:80"]', "utilities[0].signing_hosts"),
            (UTILITY.replace('["530102", "530103"]', "[]"), "utilities[0].counties"),
            (UTILITY.replace('["530102", "530103"]', "530102"), "utilities[0].counties"),
            (UTILITY.replace('["530102", "530103"]', "[530102]"), "utilities[0].counties"),
            (UTILITY.replace('"kunming-water"', "1"), "utilities[0].id"),
        ],
    )
    def test_a_wrong_value_names_its_option(self, folder: Folder, text: str, key: str):
        """Nothing is coerced, nothing out of range is taken."""
        assert folder.keys(text) == [key]

    @pytest.mark.parametrize("url", ["http://127.0.0.1:8081", "http://localhost", "http://[::1]:1/x", "https://a.b/c"])
    def test_plain_http_is_for_this_machine(self, folder: Folder, url: str):
        """Everything else is https."""
        assert folder.load(f"[registry]\nurl = '{url}'").registry.url == url


class TestUnreadableFiles:
    @pytest.mark.parametrize(
        ("content", "told"),
        [
            (b"[gateway\nport = 1", "line 1"),
            (b"a = 1\na = 2\nb = 3", "line 2"),
            (b"\xff\xfe", "not UTF-8"),
            (b"[gateway]\x00", "not TOML"),
            (b"a = " + b"[" * 100_000, "The file is"),
            (b"#" * (4 * 1024 * 1024 + 1), "larger than 4 MiB"),
        ],
    )
    def test_what_is_no_toml(self, folder: Folder, content: bytes, told: str):
        """The file is named, and the place in it where there is one; its content is not shown."""
        folder.file.write_bytes(content)
        with pytest.raises(SettingsError) as caught:
            load(folder.file, NOTHING)
        (fault,) = caught.value.faults
        assert fault.source == str(folder.file)
        assert told in fault.wrong

    def test_neither_a_missing_file_nor_a_folder(self, tmp_path: Path):
        """The system's reason is told."""
        for path in (tmp_path / "none.toml", tmp_path):
            with pytest.raises(SettingsError, match="cannot be read"):
                load(path, NOTHING)

    def test_the_environment_is_judged_all_the_same(self, tmp_path: Path):
        """A missing file does not hide a wrong variable."""
        with pytest.raises(SettingsError) as caught:
            load(tmp_path / "none.toml", {"COTRANSFER_GATEWAY__PORT": "x", "COTRANSFER_X": ""})
        assert len(caught.value.faults) == 3


class TestSecrets:
    def test_are_not_shown(self, folder: Folder):
        """Neither by repr nor by str, nor by a fault."""
        settings = folder.load(f"[registry]\ntoken = '{TOKEN}'\n[database]\nurl = 'postgresql://me:{TOKEN}@db/x'")
        assert TOKEN not in f"{settings!r} {settings} {settings.registry.token}"
        faults = folder.faults(f"[gateway]\nport = '{TOKEN}'\nhost = ['{TOKEN}']\n[registry]\nurl = '{TOKEN}'")
        assert TOKEN not in f"{faults!r} {' '.join(map(str, faults))}"

    def test_a_broken_file_shows_nothing_of_itself(self, folder: Folder):
        """The line that does not parse may be the one with the password."""
        (fault,) = folder.faults(f"[registry]\ntoken = {TOKEN}")
        assert TOKEN not in str(fault)
        assert "sixteen" not in str(fault)

    def test_come_from_files_beside_the_settings(self, folder: Folder):
        """A trailing line break is no part of it."""
        (folder.file.parent / "token").write_text(f"{TOKEN}\n")
        assert folder.load('[registry]\ntoken = {file = "token"}').registry.token == Secret(TOKEN)

    @pytest.mark.parametrize(
        ("content", "told"),
        [
            (b"", "empty"),
            (b"\n \n", "empty"),
            (b"two\nlines of a certain length", "several lines"),
            (b"sixteen-chars\x00\x00\x00-and-a-hole", "hole"),
            (b"\xff\xfe not text", "not UTF-8"),
            (b"short", "too short"),
            (None, "cannot be read"),
        ],
    )
    def test_a_file_with_a_hole_is_told(self, folder: Folder, content: bytes | None, told: str):
        """Half a secret is worse than none."""
        if content is not None:
            (folder.file.parent / "token").write_bytes(content)
        (fault,) = folder.faults('[registry]\ntoken = {file = "token"}')
        assert fault.key == "registry.token"
        assert told in fault.wrong


class TestTogether:
    def test_identifiers_are_unique(self, folder: Folder):
        """A name stands for one utility, and for one client."""
        other = UTILITY.replace('service = "water"', 'service = "gas"')
        assert folder.keys(UTILITY + other) == ["utilities[1].id"]

    @pytest.mark.parametrize("name", ["platform", "registry", "notifier", "sms", "us"])
    def test_a_utility_does_not_bear_another_counterpartys_name(self, folder: Folder, name: str):
        """It would have that one's grants, and the citizens' consents to it."""
        (fault,) = folder.faults(UTILITY.replace("kunming-water", name))
        assert (fault.key, fault.wrong) == ("utilities[0].id", "It is the name of another counterparty.")

    @pytest.mark.parametrize("counties", ['["530103", "530111"]', '"all"'])
    def test_a_county_has_one_utility_of_a_service(self, folder: Folder, counties: str):
        """Otherwise nobody could tell who owns an account."""
        other = UTILITY.replace("kunming-water", "other-water").replace('["530102", "530103"]', counties)
        (fault,) = folder.faults(UTILITY + other)
        assert fault.key == "utilities[1].counties"
        assert "kunming-water" in fault.wrong

    def test_different_services_and_counties_do_not_clash(self, folder: Folder):
        """Water and gas in one county, water here and there."""
        gas = UTILITY.replace("kunming-water", "kunming-gas").replace('"water"', '"gas"')
        there = UTILITY.replace("kunming-water", "anning-water").replace('["530102", "530103"]', '["530181"]')
        assert len(folder.load(UTILITY + gas + there).utilities) == 3

    @pytest.mark.parametrize(
        ("lines", "key", "told"),
        [
            ('role = "utility"', "clients[0].utility", "Name the utility"),
            ('role = "utility"\nutility = "kunming-watr"', "clients[0].utility", '"kunming-water"'),
            ('role = "platform"\nutility = "kunming-water"', "clients[0].utility", "Take this line away"),
        ],
    )
    def test_a_client_that_is_a_utility_says_which(self, folder: Folder, lines: str, key: str, told: str):
        """A utility sees its own transfers only, so it must be one that there is."""
        (fault,) = folder.faults(f'{UTILITY}[[clients]]\nid = "c-1"\n{KEYS}\n{lines}')
        assert fault.key == key
        assert told in fault.remedy

    def test_without_utilities_nobody_is_one(self, folder: Folder):
        """The remedy says where utilities go."""
        (fault,) = folder.faults(f'[[clients]]\nid = "c-1"\n{KEYS}\nrole = "utility"\nutility = "water"')
        assert "[[utilities]]" in fault.remedy

    def test_a_faulty_utility_is_not_blamed_twice(self, folder: Folder):
        """While the utilities cannot be read, nobody can tell whether a client's is among them."""
        client = f'[[clients]]\nid = "c-1"\n{KEYS}\nrole = "utility"\nutility = "kunming-water"'
        assert folder.keys(UTILITY.replace('"water"', '"watr"') + client) == ["utilities[0].service"]

    def test_two_clients_never_share_a_name(self, folder: Folder):
        """Their tokens name them, and so do their keys of repetition."""
        client = f'[[clients]]\nid = "c-1"\nrole = "platform"\n{KEYS}\n'
        assert folder.keys(client * 2) == ["clients[1].id"]


KEYS = 'auth = "private_key_jwt"\njwks_file = "c.jwks.json"'
HASHES = f"""auth = "client_secret_basic"\nsecret_hashes = ["{"a" * 64}", "{"b" * 64}"]"""
FETCHES = f"""token_url = "https://x.example/oauth/token"\nclient_id = "us"\nclient_secret = "{TOKEN}"\n"""


class TestAccessTokens:
    @pytest.mark.parametrize("lines", [KEYS, HASHES, f'auth = "client_secret_basic"\nclient_secret = "{TOKEN * 2}"'])
    def test_a_client_proves_itself_in_one_way(self, folder: Folder, lines: str):
        """By keys, or by one or two secrets."""
        (client,) = folder.load(f'[[clients]]\nid = "c-1"\nrole = "platform"\n{lines}').clients
        assert client.auth in Auth

    @pytest.mark.parametrize(
        ("lines", "keys"),
        [
            ("", ["auth"]),
            (f'{KEYS}\ntoken = "{TOKEN}"', ["token"]),
            ('auth = "private_key_jwt"', ["jwks_file"]),
            (f'{HASHES}\njwks_file = "c.jwks.json"', ["jwks_file"]),
            ('auth = "client_secret_basic"', ["secret_hashes"]),
            (f'{KEYS}\nsecret_hashes = ["{"a" * 64}"]', ["secret_hashes"]),
            (f'{HASHES}\nclient_secret = "{TOKEN * 2}"', ["secret_hashes"]),
            ('auth = "client_secret_basic"\nsecret_hashes = ["a-secret-in-clear"]', ["secret_hashes"]),
            (f'{KEYS}\nscopes = ["everything"]', ["scopes"]),
        ],
    )
    def test_what_does_not_go_together_is_told(self, folder: Folder, lines: str, keys: list[str]):
        """What a client needs for its way, and what it cannot have: each fault at its option, no secret in its text."""
        faults = folder.faults(f'[[clients]]\nid = "c-1"\nrole = "platform"\n{lines}')
        assert [fault.key for fault in faults] == [f"clients[0].{key}" for key in keys]
        assert TOKEN not in str(faults)

    @pytest.mark.parametrize(
        ("lines", "key"),
        [
            ('issuer = "http://gateway.example"', "oauth.issuer"),
            ('issuer = "https://gateway.example/"', "oauth.issuer"),
            ('issuer = "https://gateway.example/x"', "oauth.issuer"),
            ("token_life_s = 301", "oauth.token_life_s"),
        ],
    )
    def test_our_own_tokens_are_short_and_our_address_is_plain(self, folder: Folder, lines: str, key: str):
        """300 seconds at most; the issuer is an origin over https."""
        assert folder.keys(f"[oauth]\n{lines}") == [key]

    def test_the_audience_is_the_issuer_unless_said(self, folder: Folder):
        """What tokens are for."""
        assert folder.load('[oauth]\nissuer = "https://g.example"').oauth.resource == "https://g.example"
        settings = folder.load('[oauth]\naudience = "https://a.example/v1"')
        assert settings.oauth.resource == "https://a.example/v1"

    def test_towards_others_one_way_as_well(self, folder: Folder):
        """A fixed token or a fetched one; by a key with its name, or by a secret."""
        assert folder.load(f"[registry.access]\n{FETCHES}").registry.access is not None
        both = f'[registry]\ntoken = "{TOKEN}-2"\n[registry.access]\n{FETCHES}'
        assert folder.keys(both) == ["registry.token"]
        twice = f'[registry.access]\n{FETCHES}client_key_file = "k.pem"\n'
        assert folder.keys(twice) == ["registry.access.client_key_file", "registry.access.client_key_id"]
        bare = "\n".join(line for line in UTILITY.splitlines() if not line.strip().startswith("token"))
        assert folder.keys(bare) == ["utilities[0].token"]
        assert folder.load(f"{bare}\n[utilities.access]\n{FETCHES}").utilities[0].token is None


SMS = """
[sms]
url = "https://sms.example"
token = "0123456789abcdef-sms"
[sms.templates]
invitation = "SMS_1"
result = "SMS_3"
"""


class TestSms:
    def test_the_reminder_may_be_left_out(self, folder: Folder):
        """Then it reads as the invitation does."""
        sms = folder.load(SMS).sms
        assert sms is not None
        assert (sms.templates.reminder, sms.remembers_s, sms.signing) == (None, 82_800.0, None)

    def test_without_it_there_is_none(self, folder: Folder):
        """Everything is as before."""
        assert folder.load("").sms is None

    @pytest.mark.parametrize(
        ("spoilt", "key"),
        [
            (SMS.replace('token = "0123456789abcdef-sms"', ""), "sms.token"),
            (SMS.replace("[sms.templates]", "[sms.access]\n" + FETCHES + "[sms.templates]"), "sms.token"),
            (SMS.replace('"SMS_3"', '"第三"'), "sms.templates.result"),
            (SMS.replace("[sms.templates]", "remembers_s = 90000\n[sms.templates]"), "sms.remembers_s"),
            (SMS.replace('url = "https://sms.example"\n', ""), "sms.url"),
        ],
    )
    def test_what_is_wrong_is_told_by_its_option(self, folder: Folder, spoilt: str, key: str):
        """One proof of who we are, names that a service can have, and no longer a memory than it has."""
        assert folder.keys(spoilt) == [key]


class TestDocs:
    def test_the_page_is_what_the_code_says(self):
        """docs/settings.md is printed by `describe`; print it again when this fails."""
        page = Path(__file__).parent.parent / "docs" / "settings.md"
        assert page.read_text(encoding="utf-8") == describe()

    def test_every_option_is_documented_in_both_languages(self):
        """One line of English and one of Chinese."""
        sections: list[type[attrs.AttrsInstance]] = [Settings]
        while sections:
            for one in attrs.fields(sections.pop()):
                assert one.metadata["en"].isascii(), one.name
                assert not one.metadata["zh"].isascii(), one.name
                kinds = [one.type, *getattr(one.type, "__args__", ())]
                sections += [it for it in kinds if attrs.has(it) and it not in (Secret, UtilityId, WorkingDays)]

    def test_every_variable_is_documented(self):
        """What the environment may set stands on the page."""
        page = describe()
        assert [path for path, _ in options() if f"`{variable(path)}`" not in page] == []


@given(
    st.recursive(
        st.booleans() | st.integers(-(2**40), 2**40) | st.floats() | st.text(max_size=8),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
        max_leaves=6,
    ),
    st.sampled_from([path for path, _ in options()]),
)
def test_no_value_is_ever_a_crash(value: object, path: tuple[str, ...]):
    """Whatever stands in an option: it is taken, or told as a fault of that option."""
    assert all(fault.key.startswith(path[0]) for fault in _told({variable(path): _toml(value)}))


def _told(environ: dict[str, str]) -> tuple[SettingsFault, ...]:
    try:
        load(None, environ)
    except SettingsError as error:
        return error.faults
    return ()


def _toml(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case list():
            return f"[{', '.join(map(_toml, value))}]"
        case dict():
            return f"{{{', '.join(f'{_quoted(key)} = {_toml(item)}' for key, item in value.items())}}}"
        case str():
            return _quoted(value)
        case _:
            return str(value)


def _quoted(text: str) -> str:
    return '"' + "".join(f"\\U{ord(mark):08X}" for mark in text) + '"'
