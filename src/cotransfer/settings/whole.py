"""All settings together, and what must hold between them.

Never looks at a value alone: that is the option's own check.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from attrs import field, frozen

from .audit import AuditTrail
from .checks import doc
from .counterparties import Client, Role, UtilityEntry, WeChat
from .deadlines import Deadlines, WorkingTime
from .faults import near
from .identity_provider import IdentityProvider, Operators
from .keys import Keys, Retention
from .lookups import Lookups
from .oauth import MOST_SECRETS, Auth, OAuth, lacking
from .reconciliation import Reconciliation
from .sections import Circuits, Database, Desk, Gateway, Registry, Rules, Worker
from .sms import Sms

Finding = tuple[str, str, str]
"""The option, what is wrong, the remedy."""

TAKEN = frozenset({"platform", "registry", "notifier", "sms", "us"})
"""Other counterparties' names: grants, consents and tasks know each counterparty by its name alone."""


@frozen(kw_only=True)
class Settings:
    """One deployment."""

    gateway: Gateway = field(factory=Gateway, metadata=doc("The HTTP interface served.", "对外接口。"))
    database: Database = field(factory=Database, metadata=doc("Where transfers are stored.", "数据存储。"))
    worker: Worker = field(factory=Worker, metadata=doc("What performs the agenda.", "待办处理。"))
    circuits: Circuits = field(
        factory=Circuits, metadata=doc("When a failing counterparty is left alone.", "熔断：对接方持续失败时暂停调用。")
    )
    desk: Desk = field(factory=Desk, metadata=doc("Where commands are committed as groups.", "成组提交。"))
    deadlines: Deadlines = field(factory=Deadlines, metadata=doc("When a waiting step is chased.", "各步时限。"))
    working_time: WorkingTime = field(
        factory=WorkingTime, metadata=doc("When the city's offices are open.", "工作时间与节假日。")
    )
    policy: Rules = field(factory=Rules, metadata=doc("What a deployment may decide.", "办理政策。"))
    audit: AuditTrail = field(factory=AuditTrail, metadata=doc("How the audit trail is kept in order.", "审计记录。"))
    reconciliation: Reconciliation = field(
        factory=Reconciliation, metadata=doc("When both sides are compared.", "夜间对账。")
    )
    lookups: Lookups = field(factory=Lookups, metadata=doc("How accounts may be looked up.", "户号查询。"))
    keys: Keys = field(factory=Keys, metadata=doc("Where keys are, and what they seal with.", "密钥。"))
    retention: Retention = field(
        factory=Retention, metadata=doc("How long personal data is kept.", "个人信息保留期限。")
    )
    oauth: OAuth = field(factory=OAuth, metadata=doc("The access tokens that clients fetch.", "访问令牌的签发。"))
    registry: Registry = field(factory=Registry, metadata=doc("The certificate registry.", "不动产登记接口。"))
    wechat: WeChat | None = field(
        default=None,
        metadata=doc("The official account; left out: no notices by WeChat.", "公众号；不设则不发微信通知。"),
    )
    sms: Sms | None = field(
        default=None,
        metadata=doc(
            "What sends by SMS what WeChat cannot deliver; left out: the transfer's page alone tells it.",
            "微信无法送达时的短信服务；不设则仅在业务页面提示。",
        ),
    )
    identity_provider: IdentityProvider | None = field(
        default=None,
        metadata=doc("Who vouches for citizens; left out: none sign in.", "市民的身份认证方；不设则市民不能登录。"),
    )
    operators: Operators | None = field(
        default=None,
        metadata=doc("Who works for the city; left out: no operator signs in.", "工作人员；不设则工作人员不能登录。"),
    )
    utilities: tuple[UtilityEntry, ...] = field(
        default=(), metadata=doc("The utilities, a table each.", "接入的水电气暖单位，每家一节。")
    )
    clients: tuple[Client, ...] = field(
        default=(), metadata=doc("Who may call the gateway, a table each.", "可调用本网关的各方，每方一节。")
    )


def between_utilities(utilities: Sequence[UtilityEntry]) -> Iterator[Finding]:
    """Identifiers are unique and nobody else's, and each service in each county has one utility."""
    yield from _unique("utilities", "id", [entry.id.text for entry in utilities])
    for nth, entry in enumerate(utilities):
        if entry.id.text in TAKEN:
            yield f"utilities[{nth}].id", "It is the name of another counterparty.", "Give another one."
        for earlier in utilities[:nth]:
            if entry.service is earlier.service and _overlap(entry, earlier):
                yield (
                    f"utilities[{nth}].counties",
                    f'The utility "{earlier.id.text}" already supplies {entry.service.value} in one of these counties.',
                    "Give every county to one utility of a service.",
                )


def between_clients(clients: Sequence[Client], known: Sequence[str] | None) -> Iterator[Finding]:
    """Identifiers are unique, and who is a utility says which; `known` is None when nobody can tell."""
    yield from _unique("clients", "id", [client.id for client in clients])
    for nth, client in enumerate(clients):
        for option, wrong, remedy in _proofs(client):
            yield f"clients[{nth}].{option}", wrong, remedy
        key = f"clients[{nth}].utility"
        match client:
            case Client(role=Role.UTILITY, utility=None):
                yield key, "It is missing.", "Name the utility that this client is."
            case Client(role=Role.UTILITY, utility=own) if own and known is not None and own.text not in known:
                remedy = near(own.text, known) if known else "Add it to [[utilities]]."
                yield key, "There is no such utility.", remedy
            case Client(role=Role.PLATFORM, utility=own) if own:
                yield key, "The platform is no utility.", "Take this line away, or change the role."


def between_audiences(clients: Sequence[Client], provider: IdentityProvider | None) -> Iterator[Finding]:
    """A token that was issued to one is never another's to pass on, and one that was issued to us nobody's."""
    named = [client.audience for client in clients]
    for nth, client in enumerate(clients):
        key = f"clients[{nth}].audience"
        if client.audience is None:
            continue
        if client.role is not Role.PLATFORM:
            yield key, "Only a platform passes ID tokens on.", "Take this line away, or change the role."
        elif provider is not None and client.audience == provider.client_id:
            yield key, "It is our own client_id.", "Give the platform a client of its own at the provider."
        elif client.audience in named[:nth]:
            earlier = named.index(client.audience)
            yield key, f"It is the same as that of clients[{earlier}].", "Give each its own client at the provider."


def _proofs(client: Client) -> Iterator[Finding]:
    """A client proves itself in one way, and brings what that way needs."""
    secrets = len(client.secret_hashes) + (client.client_secret is not None)
    if (client.auth is Auth.PRIVATE_KEY_JWT) != (client.jwks_file is not None):
        yield "jwks_file", "Public keys go with private_key_jwt, and with nothing else.", "Add it, or change auth."
    if (client.auth is Auth.CLIENT_SECRET_BASIC) != (secrets > 0):
        yield "secret_hashes", "Secrets go with client_secret_basic, and with nothing else.", "Add one, or change auth."
    if secrets > MOST_SECRETS:
        yield "secret_hashes", "There are more than two secrets.", "Take the oldest away."


def between_accesses(settings: Mapping[str, Any]) -> Iterator[Finding]:
    """Towards each counterparty we show a fixed token or fetch one, never both; all but the registry want one."""
    named = [(name, settings.get(name), name != "registry") for name in ("registry", "sms")]
    utilities = enumerate(settings.get("utilities", ()))
    entries = [*named, *((f"utilities[{nth}]", entry, True) for nth, entry in utilities)]
    for key, entry, needed in entries:
        if entry is None:
            continue
        if entry.token is not None and entry.access is not None:
            yield f"{key}.token", "There is a fixed token besides access.", "Take one of the two away."
        if needed and entry.token is None and entry.access is None:
            yield f"{key}.token", "It is missing.", f"Give [{key.partition('[')[0]}.access], or a fixed token."
        if entry.access is not None:
            for option, wrong, remedy in lacking(entry.access):
                yield f"{key}.access.{option}", wrong, remedy


def _unique(section: str, name: str, values: Sequence[str]) -> Iterator[Finding]:
    for nth, value in enumerate(values):
        if value in values[:nth]:
            earlier = values.index(value)
            yield f"{section}[{nth}].{name}", f"It is the same as that of {section}[{earlier}].", "Give another one."


def _overlap(one: UtilityEntry, other: UtilityEntry) -> bool:
    return one.counties is None or other.counties is None or not set(one.counties).isdisjoint(other.counties)
