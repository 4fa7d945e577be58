"""What a gateway must be told to work with the sandbox: the agreed tokens, and the whole settings file.

Only text is made here; the gateway's own settings check it when they read it. Never writes a file.
"""

import json
import secrets
from collections.abc import Mapping

import attrs

from cotransfer.sandbox.wechat import APP_ID, APP_SECRET
from cotransfer.sandbox.wechat_templates import INVITATION_TEMPLATE, RESULT_TEMPLATE


def drawn() -> str:
    """A secret of 192 bits; hexadecimal, so that a double click takes all of it."""
    return secrets.token_hex(24)


@attrs.frozen(kw_only=True)
class Tokens:
    """What each side shows the other: the gateway at `registry` and `water`, at the gateway the water company
    (`reports`) and the platform. Drawn unless given, and not printed.
    """

    registry: str = attrs.field(factory=drawn, repr=False)
    water: str = attrs.field(factory=drawn, repr=False)
    reports: str = attrs.field(factory=drawn, repr=False)
    platform: str = attrs.field(factory=drawn, repr=False)

    @property
    def insisted_on(self) -> dict[str, str]:
        """Those that the counterparties of a sandbox ask for, by name."""
        return {"registry": self.registry, "water": self.water}


SETTINGS = """\
# A gateway that works with the simulated counterparties of `cotransfer sandbox`. For trials only.
# 与模拟系统配套的网关设置，仅供试用。

[gateway]
port = {port}
page_url = "http://127.0.0.1:{port}/transfers/"

[database]
url = {database}
claim_key = {claim_key}

[registry]
url = {registry}
token = {registry_token}

[wechat]
url = {wechat}
appid = {app_id}
secret = {app_secret}

[wechat.templates.invitation]
template_id = {invitation}
fields = {{thing1 = "location", thing2 = "service", phrase3 = "phrase", time4 = "time"}}

[wechat.templates.result]
template_id = {result}
fields = {{thing1 = "location", thing2 = "result", character_string3 = "transfer", date4 = "time"}}

[[utilities]]
id = "kunming-water"
service = "water"
url = {water}
token = {water_token}
signing_hosts = [{water}]

# Who calls: with this token you are the platform.
[[clients]]
id = "platform"
role = "platform"
token = {platform_token}

# Who reports: the simulated water company.
[[clients]]
id = "kunming-water"
role = "utility"
utility = "kunming-water"
token = {reports_token}
"""


def settings_text(
    addresses: Mapping[str, str],
    tokens: Tokens,
    *,
    gateway_port: int,
    database: str = "sqlite:///cotransfer.db",
    claim_key: str | None = None,
) -> str:
    """The TOML of a gateway on `gateway_port` that joins the counterparties at `addresses`; complete by itself."""
    return SETTINGS.format(
        port=gateway_port,
        database=_quoted(database),
        claim_key=_quoted(claim_key or drawn()),
        registry=_quoted(addresses["registry"]),
        registry_token=_quoted(tokens.registry),
        wechat=_quoted(addresses["wechat"]),
        app_id=_quoted(APP_ID),
        app_secret=_quoted(APP_SECRET),
        invitation=_quoted(INVITATION_TEMPLATE),
        result=_quoted(RESULT_TEMPLATE),
        water=_quoted(addresses["water"]),
        water_token=_quoted(tokens.water),
        platform_token=_quoted(tokens.platform),
        reports_token=_quoted(tokens.reports),
    )


def _quoted(text: str) -> str:
    """A TOML basic string; JSON's escapes are among TOML's."""
    return json.dumps(text, ensure_ascii=False)
