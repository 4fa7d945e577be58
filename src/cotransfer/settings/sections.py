"""The sections about ourselves and the registry. Each default works on a single machine as it is.

Values are checked when settings are loaded, not when these classes are built: who builds one in a program knows why.
"""

from attrs import field, frozen

from cotransfer.app import breaker
from cotransfer.app.desk import GROUP_LIMIT, WAITING_LIMIT
from cotransfer.app.patience import SCHEDULE_S
from cotransfer.app.worker import USUAL_LIMITS
from cotransfer.domain.case import Policy
from cotransfer.domain.values import Restriction

from .checks import base_url, between, doc, origin, page_url, schedule, secret, text
from .oauth import Access
from .secret import Secret
from .signing import SigningWith


@frozen(kw_only=True)
class Gateway:
    """The HTTP interface that the platform and the utilities call."""

    host: str = field(default="127.0.0.1", metadata=doc("Address to listen on.", "监听地址。", text()))
    port: int = field(
        default=8080,
        metadata=doc("Port to listen on; 0 takes a free one.", "监听端口；0 表示任取空闲端口。", between(0, 65535)),
    )
    public_url: str = field(
        default="http://127.0.0.1:8080",
        metadata=doc(
            "Where browsers find us; the provider sends them back to `/signin/callback` there.",
            "浏览器访问本网关的地址；登录后返回其 /signin/callback。",
            origin,
        ),
    )
    page_url: str = field(
        default="http://127.0.0.1:8080/transfers/",
        metadata=doc(
            "The citizen's page of a transfer, without its identifier, which is appended.",
            "市民查看过户进度的页面地址，末尾会接上过户编号。",
            page_url,
        ),
    )
    tls_proxy: bool = field(
        default=False,
        metadata=doc(
            "Whether a proxy in front of it speaks TLS; without one it is served on this machine only.",
            "网关前是否有终结 TLS 的代理；没有则只能在本机提供服务。",
        ),
    )
    body_limit_bytes: int = field(
        default=65536,
        metadata=doc("Largest request body taken.", "请求体大小上限（字节）。", between(1024, 16 * 1024 * 1024)),
    )
    connections: int = field(
        default=1000,
        metadata=doc(
            "Connections open at once in one process; while there are as many, requests are answered 503.",
            "单个进程同时打开的连接数上限，达到后请求以 503 拒绝。",
            between(10, 100_000),
        ),
    )
    per_client: int = field(
        default=64,
        metadata=doc(
            "Requests of one client in progress at once in one process; more are told to come back.",
            "单个进程内同一调用方同时处理的请求数上限，超出即请其稍后重试。",
            between(1, 10000),
        ),
    )


@frozen(kw_only=True)
class Database:
    """Where transfers are stored."""

    url: Secret = field(
        default=Secret("sqlite:///cotransfer.db"),
        metadata=doc(
            "SQLAlchemy address: `sqlite:///FILE`, or `postgresql+psycopg://USER:PASSWORD@HOST/NAME`.",
            "数据库地址（SQLAlchemy 格式）：SQLite 文件或 PostgreSQL。",
            secret(1),
        ),
    )


@frozen(kw_only=True)
class Worker:
    """What performs the agenda: sends, invites, announces, chases."""

    enabled: bool = field(
        default=True,
        metadata=doc("Whether `serve` works the agenda in its own process.", "serve 进程内是否同时处理待办。"),
    )
    lease_s: float = field(
        default=USUAL_LIMITS.lease_s,
        metadata=doc(
            "How long a claimed task is one worker's, in seconds.", "待办租约的时长（秒）。", between(1, 3600)
        ),
    )
    limit: int = field(
        default=USUAL_LIMITS.at_once,
        metadata=doc("Tasks under way at once.", "同时处理的待办数上限。", between(1, 10000)),
    )
    per_counterparty: int = field(
        default=USUAL_LIMITS.per_counterparty,
        metadata=doc("Tasks under way at once towards one counterparty.", "对同一对接方的并发上限。", between(1, 1000)),
    )
    retry_schedule_s: tuple[float, ...] = field(
        default=SCHEDULE_S,
        metadata=doc(
            "Pauses after each failed attempt, in seconds; after the last the task is tried once more and then buried "
            "with its reason.",
            "每次失败后的等待秒数；用尽后再试一次，仍不成则搁置并记录原因。",
            schedule,
        ),
    )
    withheld_pause_s: float = field(
        default=USUAL_LIMITS.withheld_s,
        metadata=doc(
            "Seconds until a task is judged again for which nothing may leave: its grant is suspended, or today's "
            "quota spent.",
            "因授权中止或当日额度用尽而暂缓的待办，再次判断前的等待秒数。",
            between(0.1, 86_400),
        ),
    )


@frozen(kw_only=True)
class Circuits:
    """When a counterparty that keeps failing is left alone for a while."""

    in_a_row: int = field(
        default=breaker.USUAL_RULES.in_a_row,
        metadata=doc(
            "Failures in a row after which a counterparty is left alone.",
            "连续失败多少次后暂停调用该对接方。",
            between(1, 1000),
        ),
    )
    of_last: int = field(
        default=breaker.USUAL_RULES.of_last,
        metadata=doc("How many calls are looked back on.", "统计最近多少次调用。", between(2, 1000)),
    )
    share: float = field(
        default=breaker.USUAL_RULES.share,
        metadata=doc(
            "Share of these that fail, from which on it is left alone.",
            "其中失败比例达到多少即暂停调用。",
            between(0.01, 1),
        ),
    )
    first_pause_s: float = field(
        default=breaker.USUAL_RULES.first_pause_s,
        metadata=doc(
            "Seconds until one call is let through to see; doubled each time it fails.",
            "暂停多少秒后放行一次试探；每次失败加倍。",
            between(0.1, 86_400),
        ),
    )
    longest_pause_s: float = field(
        default=breaker.USUAL_RULES.longest_pause_s,
        metadata=doc("Longest such pause, in seconds.", "暂停的最长秒数。", between(0.1, 86_400)),
    )

    def rules(self) -> breaker.Rules:
        """As the breakers want them."""
        return breaker.Rules(
            in_a_row=self.in_a_row,
            of_last=self.of_last,
            share=self.share,
            first_pause_s=self.first_pause_s,
            longest_pause_s=max(self.first_pause_s, self.longest_pause_s),
        )


@frozen(kw_only=True)
class Desk:
    """Where commands are gathered and committed as groups."""

    group_limit: int = field(
        default=GROUP_LIMIT, metadata=doc("Commands committed at once.", "一次提交的命令数上限。", between(1, 10000))
    )
    waiting_limit: int = field(
        default=WAITING_LIMIT,
        metadata=doc(
            "Commands that may wait; more are turned away.", "排队命令数上限，超出即拒绝。", between(1, 10**6)
        ),
    )


@frozen(kw_only=True)
class Rules:
    """What a deployment may decide about step 4."""

    mismatch_to_utility: bool = field(
        default=False,
        metadata=doc(
            "Whether the utility's pre-review decides when account and home do not match; otherwise it is refused.",
            "户号与房屋不匹配时是否交由供水等单位预审；否则拒绝。",
        ),
    )
    refused_restrictions: tuple[Restriction, ...] = field(
        default=(),
        metadata=doc(
            "Restrictions in the registry under which a home is not transferred.", "登记簿上有这些限制时不予办理。"
        ),
    )

    def policy(self) -> Policy:
        """As the core wants it."""
        return Policy(
            mismatch_to_utility=self.mismatch_to_utility, refused_restrictions=frozenset(self.refused_restrictions)
        )


@frozen(kw_only=True)
class Registry:
    """The certificate registry that we ask."""

    url: str = field(
        default="http://127.0.0.1:8081",
        metadata=doc("Where the registry is called.", "不动产登记接口地址。", base_url),
    )
    token: Secret | None = field(
        default=None,
        metadata=doc("A fixed token, where it gives out none.", "固定令牌；对方不签发令牌时使用。", secret(16)),
    )
    access: Access | None = field(
        default=None, metadata=doc("How we fetch access tokens from it.", "向其申请访问令牌的方式。")
    )
    signing: SigningWith | None = field(
        default=None,
        metadata=doc(
            "What we sign our calls with; left out: they are not signed.", "我方调用的签名方式；不设则不签名。"
        ),
    )
    connect_timeout_s: float = field(
        default=3.0,
        metadata=doc("Longest wait for a connection, in seconds.", "建立连接的最长等待（秒）。", between(0.1, 60)),
    )
    read_timeout_s: float = field(
        default=15.0,
        metadata=doc("Longest wait for an answer, in seconds.", "等待应答的最长时间（秒）。", between(0.1, 120)),
    )
