"""The sections about signing in: what is taken, and what is refused with its remedy."""

import json
from pathlib import Path
from textwrap import dedent

import pytest
from joserfc.jwk import ECKey, RSAKey

from cotransfer.domain.operators import OperatorRole
from cotransfer.domain.values import DocumentType
from cotransfer.settings import Settings, SettingsError, load

KEY = json.dumps(ECKey.generate_key("P-256", private=True).as_dict(private=True))
PROVIDER = """
[identity_provider]
issuer = "https://id.example"
client_id = "cotransfer"
client_secret = "sixteen or more characters"
"""
PLATFORM = """
[[clients]]
id = "{id}"
role = "platform"
auth = "client_secret_basic"
client_secret = "thirty-two characters, or some more of them"
audience = "{audience}"
"""
WATER = """
[[utilities]]
id = "water"
service = "water"
url = "https://water.example"
token = "sixteen or more characters"
"""


def loaded(folder: Path, text: str) -> Settings:
    """A settings file with this text."""
    (folder / "cotransfer.toml").write_text(dedent(text), encoding="utf-8")
    return load(folder / "cotransfer.toml", {})


def test_nobody_signs_in_by_default():
    """Without a provider there is no sign-in, and browsers find us on this machine."""
    assert (Settings().identity_provider, Settings().operators) == (None, None)
    assert Settings().gateway.public_url == "http://127.0.0.1:8080"


def test_everything_said(tmp_path):
    """Claims, words, audiences and lives, as the domain's own values."""
    settings = loaded(
        tmp_path,
        f"""
        gateway.public_url = "https://gateway.example:8443"
        {PROVIDER}
        allow_rs256 = true
        session_min = 20
        [identity_provider.claims]
        name = "xm"
        identity_number = "zjhm"
        document_types = {{"01" = "identity_card", "03" = "passport"}}
        [operators]
        roles_claim = "groups"
        role_words = {{"desk" = "act", "boss" = "administer"}}
        [operators.provider]
        issuer = "http://127.0.0.1:8084"
        client_id = "staff"
        client_key = '{KEY}'
        """,
    )
    citizens, operators = settings.identity_provider, settings.operators
    assert citizens is not None
    assert operators is not None
    assert citizens.algorithms == {"ES256", "PS256", "EdDSA", "RS256"}
    assert citizens.claims.document_types == {"01": DocumentType.IDENTITY_CARD, "03": DocumentType.PASSPORT}
    assert operators.role_words == {"desk": OperatorRole.ACT, "boss": OperatorRole.ADMINISTER}
    assert operators.provider is not None
    assert operators.provider.algorithms == {"ES256", "PS256", "EdDSA"}
    assert operators.provider.private_jwk == json.loads(KEY)
    assert "sixteen" not in repr(settings)
    assert json.loads(KEY)["d"] not in repr(settings)


RSA = json.dumps(RSAKey.generate_key(2048, private=True).as_dict(private=True))
WRONG = {
    "issuer_without_tls": (
        '[identity_provider]\nissuer="http://id.example"\nclient_id="a"',
        "identity_provider.issuer",
    ),
    "issuer_with_a_query": (
        '[identity_provider]\nissuer="https://id.example?a"\nclient_id="a"',
        "identity_provider.issuer",
    ),
    "no_client": ('[identity_provider]\nissuer="https://id.example"', "identity_provider.client_id"),
    "blank_client": (
        '[identity_provider]\nissuer="https://id.example"\nclient_id="a b"',
        "identity_provider.client_id",
    ),
    "short_secret": (PROVIDER.replace("sixteen or more characters", "short"), "identity_provider.client_secret"),
    "secret_and_key": (PROVIDER + f"client_key = '{KEY}'", "identity_provider.client_key"),
    "key_of_another_kind": (
        PROVIDER.replace("client_secret", "#") + f"client_key = '{RSA}'",
        "identity_provider.client_key",
    ),
    "key_that_is_none": (PROVIDER + 'client_key = "-----BEGIN"', "identity_provider.client_key"),
    "scope_without_openid": (PROVIDER + 'scope = "profile"', "identity_provider.scope"),
    "our_own_tokens_passed_on": (
        PROVIDER + PLATFORM.format(id="city", audience="cotransfer"),
        "clients[0].audience",
    ),
    "tokens_of_another_platform_passed_on": (
        PLATFORM.format(id="p1", audience="city") + PLATFORM.format(id="p2", audience="city"),
        "clients[1].audience",
    ),
    "tokens_passed_on_by_a_utility": (
        PLATFORM.format(id="p1", audience="city").replace('role = "platform"', 'role = "utility"\nutility = "water"')
        + WATER,
        "clients[0].audience",
    ),
    "audience_with_a_blank": (PLATFORM.format(id="p1", audience="the city"), "clients[0].audience"),
    "unknown_role": (PROVIDER + '[operators.role_words]\nx = "king"', "operators.role_words"),
    "nobody_for_operators": ("[operators]\nsession_h = 1", "operators.provider"),
    "a_session_without_end": (PROVIDER + "session_min = 100000", "identity_provider.session_min"),
    "public_url_with_a_path": ('gateway.public_url = "https://gateway.example/x"', "gateway.public_url"),
    "public_url_with_a_slash": ('gateway.public_url = "https://gateway.example/"', "gateway.public_url"),
    "public_url_without_tls": ('gateway.public_url = "http://gateway.example"', "gateway.public_url"),
    "public_url_with_capitals": ('gateway.public_url = "https://Gateway.example"', "gateway.public_url"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_will_not_do(tmp_path, case):
    """The option is named, with what is wrong and the remedy, and no value."""
    text, key = WRONG[case]
    with pytest.raises(SettingsError) as caught:
        loaded(tmp_path, text)
    assert caught.value.faults[0].key.startswith(key)
    assert len(caught.value.faults) == 1
    assert "sixteen" not in str(caught.value)
