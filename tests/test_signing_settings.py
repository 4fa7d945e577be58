"""What settings say about signatures is checked as a whole, and wired into what signs and checks accordingly."""

import json
import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.adapters.test_crypto_primitives import EXAMPLE, EXAMPLE_PUBLIC

from cotransfer.adapters.crypto import sm2
from cotransfer.adapters.wire.signing import (
    BadSignature,
    Dressed,
    GovernmentRequests,
    Incoming,
    Outgoing,
    RequestSigner,
    Signatures,
    base64s,
    draw_pair,
    draw_secret,
)
from cotransfer.settings import Settings, SettingsError, SettingsFault, load
from cotransfer.wiring.agreements import request_signer, signatures

AT = datetime(2026, 6, 1, 8, 0, 0, tzinfo=UTC)
TARGET, BODY = "/v1/utility/transfers/019aaf3e-6b00-7c21-9d5e-0123456789ab/handling", b'{"result":"done"}'
ONE, TWO = draw_secret(), draw_secret()
PRIVATE, PUBLIC = draw_pair()
WITH_SM2 = pytest.mark.skipif(not sm2.available(), reason="The extra cotransfer[sm] is not installed.")
PAGE = Path(__file__).parents[1] / "docs" / "trust" / "signing.md"


def document(signing: str = "", signed: str = "", registry: str = "") -> str:
    """Settings in which a registry, a utility and a client have these signing sections."""

    def said(section: str) -> str:
        return f"signing = {section}\n" if section else ""

    return (
        f'[registry]\nurl = "https://registry.example"\n{said(registry)}'
        '[[utilities]]\nid = "kunming-water"\nservice = "water"\nurl = "https://water.example"\n'
        f'token = "sixteen-characters-at-least"\n{said(signing)}'
        '[[clients]]\nid = "kunming-water"\nrole = "utility"\nutility = "kunming-water"\n'
        f'auth = "private_key_jwt"\njwks_file = "water.jwks.json"\n{said(signed)}'
    )


def settings(folder: Path, text: str) -> Settings:
    """What the text says."""
    file = folder / "cotransfer.toml"
    file.write_text(text, "utf-8")
    return load(file, {})


def faults(folder: Path, text: str) -> tuple[SettingsFault, ...]:
    """What is wrong with it; a key is never shown."""
    with pytest.raises(SettingsError) as caught:
        settings(folder, text)
    for secret in (ONE, TWO, PRIVATE, EXAMPLE):
        assert secret not in str(caught.value)
    return caught.value.faults


def keys(*pairs: tuple[str, str]) -> str:
    """A signing section with these schemes and keys."""
    listed = ", ".join(f'{{scheme = "{scheme}", key = "{key}"}}' for scheme, key in pairs)
    return f"{{keys = [{listed}]}}"


async def once(kind: str, nonce: str, until: datetime) -> bool:
    """Every stamp is new."""
    return True


def sent(signer: RequestSigner | None) -> Dressed:
    """A report as the signer sends it."""
    assert signer is not None
    return signer.dress(Outgoing(method="POST", target=TARGET, key="r-1", body=BODY, at=AT))


async def taken(gate: Signatures, dressed: Dressed) -> bytes:
    """What is read of it."""
    headers = [(name.encode(), value.encode()) for name, value in dressed.headers.items()]
    assert dressed.body is not None
    incoming = Incoming(
        method="POST", target=TARGET, key="r-1", headers=headers, body=dressed.body, at=AT, peer="10.1.2.3"
    )
    return (await gate.check("kunming-water", incoming)).body


GOVERNMENT = 'requester = "kunming", service = "report", keys = ["an-app-key-of-some-length"]'
CITY = (
    'requester = "app", keys = ["an-app-key-of-some-length"], mac = "sm3", '
    'headers = {requester = "gateway_appid", time = "gateway_rtime", signature = "gateway_sig"}'
)
CITY_WITH_SERVICE = CITY.replace("headers = {", 'headers = {service = "sid", ')
PROVINCE = 'requester = "app", headers = {requester = "appid", time = "timestamp", nonce = "nonce"}'
ENVELOPE = f'our_key = "{EXAMPLE}", their_keys = ["{EXAMPLE_PUBLIC}"]'


class TestAgreements:
    @pytest.mark.parametrize(
        ("signing", "signed"),
        [
            (keys(("v1", ONE)), keys(("v1", ONE), ("v1", TWO))),
            (keys(("v1sm3", ONE), ("v1", TWO)), keys(("v1", TWO))),
            (keys(("v1a", PRIVATE)), keys(("v1a", PUBLIC))),
            pytest.param(keys(("v1sm2", EXAMPLE)), keys(("v1sm2", EXAMPLE_PUBLIC)), marks=WITH_SM2),
            (f"{{government = {{{GOVERNMENT}}}}}", f'{{government = {{{GOVERNMENT}, networks = ["10.0.0.0/8"]}}}}'),
            pytest.param(
                f"{{government = {{{GOVERNMENT}, nonce = true, envelope = {{{ENVELOPE}, gcm = true}}}}}}",
                f"{{government = {{{GOVERNMENT}, nonce = true, envelope = {{{ENVELOPE}, gcm = true}}}}}}",
                marks=WITH_SM2,
            ),
            pytest.param(
                f'{{government = {{{GOVERNMENT}, mac = "sm3", envelope = {{{ENVELOPE}, signs = "hex", '
                'hexadecimal = true, raw_signature = true, cipher = "c1c2c3", marked = false}}}',
                f'{{government = {{{GOVERNMENT}, mac = "sm3", envelope = {{{ENVELOPE}, signs = "hex", '
                'hexadecimal = true, raw_signature = true, cipher = "c1c2c3", marked = false}}}',
                marks=WITH_SM2,
            ),
            (f"{{government = {{{CITY}}}}}", f'{{government = {{{CITY}, networks = ["10.0.0.0/8"]}}}}'),
            pytest.param(
                f'{{government = {{{PROVINCE}, envelope = {{{ENVELOPE}, covers = "data", shows_key = true}}}}}}',
                f'{{government = {{{PROVINCE}, envelope = {{{ENVELOPE}, covers = "data"}}, networks = ["10.1.2.3"]}}}}',
                marks=WITH_SM2,
            ),
        ],
        ids=[
            "v1",
            "rotation",
            "v1a",
            "v1sm2",
            "government",
            "envelope",
            "an envelope written otherwise",
            "a city's gateway",
            "a province's platform",
        ],
    )
    async def test_what_one_side_signs_the_other_takes(self, tmp_path: Path, signing: str, signed: str):
        """Here both sides are told in one file of each; the redirect is refused where the profile can see it."""
        ours = settings(tmp_path, document(signing=signing)).utilities[0].signing
        theirs = settings(tmp_path, document(signed=signed)).clients
        assert await taken(signatures(theirs, first_use=once), sent(request_signer(ours))) == BODY

    async def test_nothing_said_is_nothing_signed(self, tmp_path: Path):
        """Today's settings still load, and nobody is asked to sign."""
        told = settings(tmp_path, document())
        assert request_signer(told.utilities[0].signing) is None
        assert request_signer(told.registry.signing) is None
        assert await taken(signatures(told.clients, first_use=once), Dressed(body=BODY, headers={})) == BODY

    async def test_required_is_the_default(self, tmp_path: Path):
        """And may be loosened while a partner learns to sign."""
        strict = settings(tmp_path, document(signed=keys(("v1", ONE)))).clients
        with pytest.raises(BadSignature):
            await taken(signatures(strict, first_use=once), Dressed(body=BODY, headers={}))
        loose = settings(tmp_path, document(signed=keys(("v1", ONE)).replace("{keys", "{required = false, keys", 1)))
        assert await taken(signatures(loose.clients, first_use=once), Dressed(body=BODY, headers={})) == BODY

    def test_the_registry_may_be_reached_through_a_government_gateway(self, tmp_path: Path):
        """It is a government body; outbound the pattern needs no quarantine."""
        told = settings(tmp_path, document(registry=f'{{government = {{{GOVERNMENT}, prefix = "gjzwfwpt_"}}}}'))
        signer = request_signer(told.registry.signing)
        assert isinstance(signer, GovernmentRequests)
        assert "gjzwfwpt_sign" in sent(signer).headers

    @pytest.mark.parametrize(
        ("government", "names", "fields"),
        [
            (CITY, {"gateway_appid", "gateway_rtime", "gateway_sig"}, {"result"}),
            pytest.param(
                f'{PROVINCE}, envelope = {{{ENVELOPE}, covers = "data", shows_key = true}}',
                {"appid", "timestamp", "nonce"},
                {"encData", "encKey", "iv", "signature", "qPubkey"},
                marks=WITH_SM2,
            ),
            pytest.param(
                f'requester = "app", envelope = {{{ENVELOPE}}}',
                {"gjgxjhpt_rid", "gjgxjhpt_rtime"},
                {"encData", "encKey", "iv", "signature"},
                marks=WITH_SM2,
            ),
        ],
        ids=["a city's gateway", "a province's platform", "an envelope alone"],
    )
    def test_each_gateway_gets_its_own_headers(
        self, tmp_path: Path, government: str, names: set[str], fields: set[str]
    ):
        """What a city, a province and the national platform are met with, by settings alone; no header too many."""
        told = settings(tmp_path, document(signing=f"{{government = {{{government}}}}}"))
        dressed = sent(request_signer(told.utilities[0].signing))
        assert set(dressed.headers) == names
        assert dressed.body is not None
        assert set(json.loads(dressed.body)) == fields

    def test_nothing_secret_is_printed(self, tmp_path: Path):
        """Settings and what is made of them may stand in a log line."""
        told = settings(tmp_path, document(signing=keys(("v1", ONE)), signed=keys(("v1", TWO))))
        shown = f"{told} {request_signer(told.utilities[0].signing)}"
        assert all(secret.removeprefix("whsec_") not in shown for secret in (ONE, TWO))

    def test_halves_that_are_no_pair_are_found_where_they_are_wired(self, tmp_path: Path):
        """With the remedy, and without the key."""
        wrong = "whsk_" + base64s.written(b"seed" * 8 + b"another public key, 32 bytes ...")
        told = settings(tmp_path, document(signing=keys(("v1a", wrong))))
        with pytest.raises(ValueError, match="not a pair") as refused:
            request_signer(told.utilities[0].signing)
        assert wrong not in str(refused.value)


WRONG: dict[str, tuple[dict[str, str], str]] = {
    "no profile": ({"signing": "{}"}, "utilities[0].signing"),
    "two profiles": (
        {"signing": f"{{{keys(('v1', ONE))[1:-1]}, government = {{{GOVERNMENT}}}}}"},
        "utilities[0].signing",
    ),
    "three keys": ({"signing": keys(("v1", ONE), ("v1", TWO), ("v1", draw_secret()))}, "utilities[0].signing.keys"),
    "a key twice": ({"signing": keys(("v1", ONE), ("v1sm3", ONE))}, "utilities[0].signing.keys"),
    "no prefix": ({"signing": keys(("v1", "secret"))}, "utilities[0].signing.keys"),
    "a short secret": ({"signing": keys(("v1", "whsec_c2hvcnQ="))}, "utilities[0].signing.keys"),
    "no base64": ({"signing": keys(("v1", "whsec_!!!"))}, "utilities[0].signing.keys"),
    "a public key to sign with": ({"signing": keys(("v1a", PUBLIC))}, "utilities[0].signing.keys"),
    "a private key to check with": ({"signed": keys(("v1a", PRIVATE))}, "clients[0].signing.keys"),
    "half an SM2 key": ({"signing": keys(("v1sm2", EXAMPLE[:64]))}, "utilities[0].signing.keys"),
    "an unknown scheme": ({"signing": keys(("v2", ONE))}, "utilities[0].signing.keys[0].scheme"),
    "one secret in both directions": (
        {"signing": keys(("v1", ONE)), "signed": keys(("v1", ONE))},
        "clients[0].signing",
    ),
    "one secret for two partners": (
        {"signing": keys(("v1", ONE)), "registry": keys(("v1", ONE))},
        "utilities[0].signing",
    ),
    "the bare government pattern inbound": (
        {"signed": f"{{government = {{{GOVERNMENT}}}}}"},
        "clients[0].signing.government",
    ),
    "an envelope that leaves the address out": (
        {"signed": f'{{government = {{{GOVERNMENT}, envelope = {{{ENVELOPE}, covers = "data"}}}}}}'},
        "clients[0].signing.government",
    ),
    "no network": (
        {"signed": f'{{government = {{{GOVERNMENT}, networks = ["everywhere"]}}}}'},
        "clients[0].signing.government.networks",
    ),
    "a short app key": (
        {"signing": '{government = {requester = "k", keys = ["short"]}}'},
        "utilities[0].signing.government.keys",
    ),
    "neither keys nor an envelope": (
        {"signing": '{government = {requester = "k"}}'},
        "utilities[0].signing.government.keys",
    ),
    "keys without their header": (
        {
            "signing": '{government = {requester = "k", keys = ["an-app-key-of-some-length"], '
            'headers = {requester = "appid", time = "time"}}}'
        },
        "utilities[0].signing.government.headers",
    ),
    "a header of a service that is none": (
        {"signing": f"{{government = {{{CITY_WITH_SERVICE}}}}}"},
        "utilities[0].signing.government.headers",
    ),
    "a nonce without its header": (
        {"signing": f"{{government = {{{CITY}, nonce = true}}}}"},
        "utilities[0].signing.government.headers",
    ),
    "a header in capitals": (
        {"signing": f"{{government = {{{CITY.replace('gateway_appid', 'appId')}}}}}"},
        "utilities[0].signing.government.headers.requester",
    ),
    "a prefix in capitals": (
        {"signing": f'{{government = {{{GOVERNMENT}, prefix = "GJ_"}}}}'},
        "utilities[0].signing.government.prefix",
    ),
}


class TestFaults:
    @pytest.mark.parametrize("name", WRONG)
    def test_what_is_wrong_is_told_at_its_place(self, tmp_path: Path, name: str):
        """Before anything runs, with a remedy, and without a key."""
        sections, key = WRONG[name]
        (fault,) = faults(tmp_path, document(**sections))
        assert fault.key == key
        assert fault.remedy


def test_the_pages_settings_hold(tmp_path: Path) -> None:
    """The TOML of docs/trust/signing.md, with secrets in its files."""
    text = PAGE.read_text("utf-8")
    block = text.split("```toml\n")[1].split("```")[0]

    def files(value: Any) -> list[str]:
        match value:
            case {"file": str(name)}:
                return [name]
            case dict():
                return [name for each in value.values() for name in files(each)]
            case list():
                return [name for each in value for name in files(each)]
            case _:
                return []

    for name in files(tomllib.loads(block)):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(draw_secret() if name.endswith(".key") else f"token-of-sixteen-characters-{name}")
    told = settings(tmp_path, block)
    assert request_signer(told.utilities[0].signing) is not None
    assert told.clients[0].signing is not None
