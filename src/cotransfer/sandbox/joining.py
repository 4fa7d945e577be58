"""What a gateway and the sandbox have agreed on: secrets, keys and signatures, and the whole settings file.

Only texts and keys are made here; the gateway's own settings check them when they read them. Never writes a file.
"""

import json
import secrets
from collections.abc import Mapping

import attrs
from joserfc.jwk import ECKey

from cotransfer.adapters.wire.jose import SigningKey, public_keys
from cotransfer.adapters.wire.signing import (
    Scheme,
    Signer,
    StandardCheck,
    StandardRequests,
    Verifier,
    checking_key,
    draw_secret,
    signing_key,
)
from cotransfer.adapters.wire.tokens import ByKey, BySecret, Credentials, TokenSource
from cotransfer.domain.parties import Party
from cotransfer.sandbox.authority import TokenDesk
from cotransfer.sandbox.identity import CLIENT_ID, PLATFORM_ID
from cotransfer.sandbox.signatures import MessageSigning
from cotransfer.sandbox.sms import INVITATION, REMINDER, RESULT
from cotransfer.sandbox.wechat import APP_ID, APP_SECRET
from cotransfer.sandbox.wechat_templates import INVITATION_TEMPLATE, RESULT_TEMPLATE

WATER = "kunming-water"
GATEWAY = "city-gateway"
"""What the counterparties call the gateway."""


def drawn() -> str:
    """A secret of 256 bits; hexadecimal, so that a double click takes all of it."""
    return secrets.token_hex(32)


@attrs.frozen
class Pair:
    """An EC P-256 key of somebody, with the name under which the other side knows it."""

    kid: str
    pem: bytes = attrs.field(repr=False)
    jwks: bytes

    @classmethod
    def drawn(cls, kid: str) -> "Pair":
        """A new one."""
        key = ECKey.generate_key("P-256", {"kid": kid, "use": "sig", "alg": "ES256"}, private=True)
        return cls(kid, key.as_pem(private=True), json.dumps({"keys": [key.as_dict(private=False)]}).encode())


@attrs.frozen(kw_only=True)
class Agreed:
    """Drawn unless given, and not printed.

    The gateway proves itself at the `registry` and at the identity provider by a secret, at the water company by
    `gateway_key`; at the gateway the platform proves itself by a secret and the water company by `water_key`. Calls to
    both and reports from the water company are signed, each direction under a secret of its own.
    """

    registry: str = attrs.field(factory=drawn, repr=False)
    identity: str = attrs.field(factory=drawn, repr=False)
    platform: str = attrs.field(factory=drawn, repr=False)
    gateway_key: Pair = attrs.field(factory=lambda: Pair.drawn("city-gateway-1"))
    water_key: Pair = attrs.field(factory=lambda: Pair.drawn("kunming-water-1"))
    sms: str = attrs.field(factory=drawn, repr=False)
    to_sms: str = attrs.field(factory=draw_secret, repr=False)
    to_registry: str = attrs.field(factory=draw_secret, repr=False)
    to_water: str = attrs.field(factory=draw_secret, repr=False)
    from_water: str = attrs.field(factory=draw_secret, repr=False)

    @property
    def desks(self) -> dict[str, TokenDesk]:
        """Where the gateway fetches its tokens."""
        return {
            "registry": TokenDesk(GATEWAY, secret=self.registry),
            "water": TokenDesk(GATEWAY, keys=public_keys(self.gateway_key.jwks)),
        }

    @property
    def shown(self) -> dict[str, str]:
        """The secrets that counterparties ask for otherwise."""
        return {"identity": self.identity, "sms": self.sms}

    @property
    def signing(self) -> MessageSigning:
        """Who signs with what."""

        def check(text: str) -> StandardCheck:
            return StandardCheck(Verifier([checking_key(Scheme.HMAC_SHA256, text)]))

        return MessageSigning(
            reports=StandardRequests(Signer([signing_key(Scheme.HMAC_SHA256, self.from_water)])),
            expected={"water": check(self.to_water), "registry": check(self.to_registry), "sms": check(self.to_sms)},
        )

    def reporting(self, gateway: str) -> TokenSource:
        """Where the water company fetches the tokens of its reports."""
        return _source(gateway, ByKey(WATER, SigningKey.from_pem(self.water_key.pem, kid=self.water_key.kid)))

    def files(self, stem: str) -> dict[str, bytes]:
        """What the settings name beside them, by file name: our key for the water company, its public one."""
        return {f"{stem}-{GATEWAY}.pem": self.gateway_key.pem, f"{stem}-{WATER}.jwks.json": self.water_key.jwks}

    def keepsakes(self, stem: str) -> dict[str, bytes]:
        """What the gateway is not given: the water company's private key, for whoever is to play it."""
        return {f"{stem}-{WATER}.pem": self.water_key.pem}


def reporting_by_secret(gateway: str, secret: str) -> TokenSource:
    """Where the water company fetches the tokens of its reports, at a gateway that knows it by a secret."""
    return _source(gateway, BySecret(WATER, secret))


def _source(gateway: str, credentials: Credentials) -> TokenSource:
    return TokenSource(f"{gateway}/oauth/token", credentials, name="the gateway", party=Party.US)


SETTINGS = """\
# A gateway that works with the simulated counterparties of `cotransfer sandbox`. For trials only.
# 与模拟系统配套的网关设置，仅供试用。

[gateway]
port = {port}
public_url = {gateway}
page_url = "http://127.0.0.1:{port}/transfers/"

[oauth]
issuer = {gateway}

[database]
url = {database}

[registry]
url = {registry}
access = {{token_url = {registry_tokens}, client_id = {name}, client_secret = {registry_secret}}}
signing = {{keys = [{{scheme = "v1", key = {to_registry}}}]}}

[wechat]
url = {wechat}
appid = {app_id}
secret = {app_secret}
name = "微信（模拟）"
contact = "sandbox"

[wechat.templates.invitation]
template_id = {invitation}
fields = {{thing1 = "location", thing2 = "service", phrase3 = "phrase", time4 = "time"}}

[wechat.templates.result]
template_id = {result}
fields = {{thing1 = "location", thing2 = "result", character_string3 = "transfer", date4 = "time"}}

{sms_section}# Who vouches for citizens and operators: the simulated provider, which lets anybody be anybody.
[identity_provider]
issuer = {identity}
client_id = {identity_client}
client_secret = {identity_secret}

[operators]
roles_claim = "roles"

[[utilities]]
id = {water_id}
can = ["cancels", "renews_signing_address", "lists"]
name = "昆明自来水集团（模拟）"
contact = "sandbox"
service = "water"
url = {water}
access = {{token_url = {water_tokens}, client_id = {name}, client_key_file = {key_file}, client_key_id = {key_id}}}
signing = {{keys = [{{scheme = "v1", key = {to_water}}}]}}
signing_hosts = [{water}]

# Who calls: with this secret you are the platform.
[[clients]]
id = "platform"
role = "platform"
auth = "client_secret_basic"
client_secret = {platform_secret}
audience = {identity_platform}

# Who reports: the simulated water company.
[[clients]]
id = {water_id}
role = "utility"
utility = {water_id}
auth = "private_key_jwt"
jwks_file = {jwks_file}
signing = {{keys = [{{scheme = "v1", key = {from_water}}}]}}
"""

SMS_SETTINGS = """\
# What WeChat cannot deliver goes by SMS.
[sms]
url = {sms}
token = {sms_token}
signing = {{keys = [{{scheme = "v1", key = {to_sms}}}]}}
name = "短信（模拟）"
contact = "sandbox"

[sms.templates]
invitation = {sms_invitation}
reminder = {sms_reminder}
result = {sms_result}

"""


def settings_text(
    addresses: Mapping[str, str],
    agreed: Agreed,
    *,
    gateway_port: int,
    stem: str = "cotransfer",
    database: str = "sqlite:///cotransfer.db",
) -> str:
    """The TOML of a gateway on `gateway_port` that joins the counterparties at `addresses`; complete together with
    `agreed.files(stem)` beside it. Without an SMS service among them it has none.
    """
    key_file, jwks_file = agreed.files(stem)
    texts = {
        "gateway": f"http://127.0.0.1:{gateway_port}",
        "database": database,
        "registry": addresses["registry"],
        "registry_tokens": f"{addresses['registry']}/oauth/token",
        "registry_secret": agreed.registry,
        "to_registry": agreed.to_registry,
        "name": GATEWAY,
        "wechat": addresses["wechat"],
        "app_id": APP_ID,
        "app_secret": APP_SECRET,
        "invitation": INVITATION_TEMPLATE,
        "result": RESULT_TEMPLATE,
        "identity": addresses["identity"],
        "identity_client": CLIENT_ID,
        "identity_secret": agreed.identity,
        "identity_platform": PLATFORM_ID,
        "water_id": WATER,
        "water": addresses["water"],
        "water_tokens": f"{addresses['water']}/oauth/token",
        "key_file": key_file,
        "key_id": agreed.gateway_key.kid,
        "to_water": agreed.to_water,
        "platform_secret": agreed.platform,
        "jwks_file": jwks_file,
        "from_water": agreed.from_water,
    }
    quoted = {name: _quoted(text) for name, text in texts.items()}
    return SETTINGS.format(port=gateway_port, sms_section=_sms_section(addresses.get("sms"), agreed), **quoted)


def _sms_section(address: str | None, agreed: Agreed) -> str:
    if address is None:
        return ""
    texts = {
        "sms": address,
        "sms_token": agreed.sms,
        "to_sms": agreed.to_sms,
        "sms_invitation": INVITATION,
        "sms_reminder": REMINDER,
        "sms_result": RESULT,
    }
    return SMS_SETTINGS.format(**{name: _quoted(text) for name, text in texts.items()})


def _quoted(text: str) -> str:
    """A TOML basic string; JSON's escapes are among TOML's."""
    return json.dumps(text, ensure_ascii=False)
