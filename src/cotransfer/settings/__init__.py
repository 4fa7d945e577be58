"""How one deployment of the gateway is set up: read from a TOML file and the environment, checked as a whole.

Never opens a connection, and never shows a secret: what is read here is only wired elsewhere.
"""

from .audit import AuditTrail
from .counterparties import Client, Role, Template, Templates, UtilityEntry, WeChat
from .deadlines import Deadlines, WorkingTime
from .describing import describe
from .faults import SettingsError, SettingsFault
from .government import Government
from .identity_provider import ClaimNames, IdentityProvider, OpenIdProvider, Operators
from .keys import Keys, Retention, SuiteName
from .loading import load
from .lookups import Lookups
from .oauth import Access, Auth, OAuth
from .reconciliation import Reconciliation
from .secret import Secret
from .sections import Database, Desk, Gateway, Registry, Rules, Worker
from .signing import MessageKey, SignedWith, SigningWith
from .sms import Sms, SmsTemplates
from .startup import Facts, StartRefused, is_trial, refuse, refuse_clock
from .whole import Settings

__all__ = [
    "Access",
    "AuditTrail",
    "Auth",
    "ClaimNames",
    "Client",
    "Database",
    "Deadlines",
    "Desk",
    "Facts",
    "Gateway",
    "Government",
    "IdentityProvider",
    "Keys",
    "Lookups",
    "MessageKey",
    "OAuth",
    "OpenIdProvider",
    "Operators",
    "Reconciliation",
    "Registry",
    "Retention",
    "Role",
    "Rules",
    "Secret",
    "Settings",
    "SettingsError",
    "SettingsFault",
    "SignedWith",
    "SigningWith",
    "Sms",
    "SmsTemplates",
    "StartRefused",
    "SuiteName",
    "Template",
    "Templates",
    "UtilityEntry",
    "WeChat",
    "Worker",
    "WorkingTime",
    "describe",
    "is_trial",
    "load",
    "refuse",
    "refuse_clock",
]
