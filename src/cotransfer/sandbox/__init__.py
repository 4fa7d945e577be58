"""Simulated counterparties as real HTTP servers: registry, water company, WeChat,
identity provider, SMS service; each can be told to misbehave.

For the demo, for tests, and for whoever must connect to the gateway. Never to be reached from outside the machine.
"""

from cotransfer.sandbox.authority import TokenDesk
from cotransfer.sandbox.city import City
from cotransfer.sandbox.identity import CLIENT_ID, PLATFORM_ID, Identity
from cotransfer.sandbox.joining import Agreed, reporting_by_secret, settings_text
from cotransfer.sandbox.memory import Beginning, Memory, OtherBeginning
from cotransfer.sandbox.pace import Pace
from cotransfer.sandbox.people import Holder
from cotransfer.sandbox.plans import Delivery, Plan, Signing
from cotransfer.sandbox.platform import Platform
from cotransfer.sandbox.records import Property, Someone, WaterAccount
from cotransfer.sandbox.registry import Registry
from cotransfer.sandbox.script import (
    AnswerLost,
    ErrCode,
    Garbage,
    Order,
    RequestLost,
    Script,
    Slow,
    Status,
    WrongContentType,
)
from cotransfer.sandbox.server import Sandbox
from cotransfer.sandbox.serving import CannotListen, PortInUse
from cotransfer.sandbox.signatures import MessageSigning
from cotransfer.sandbox.sms import SmsService
from cotransfer.sandbox.water import Water
from cotransfer.sandbox.wechat import WeChat
from cotransfer.sandbox.wechat_templates import INVITATION_TEMPLATE, RESULT_TEMPLATE

__all__ = [
    "CLIENT_ID",
    "INVITATION_TEMPLATE",
    "PLATFORM_ID",
    "RESULT_TEMPLATE",
    "Agreed",
    "AnswerLost",
    "Beginning",
    "CannotListen",
    "City",
    "Delivery",
    "ErrCode",
    "Garbage",
    "Holder",
    "Identity",
    "Memory",
    "MessageSigning",
    "Order",
    "OtherBeginning",
    "Pace",
    "Plan",
    "Platform",
    "PortInUse",
    "Property",
    "Registry",
    "RequestLost",
    "Sandbox",
    "Script",
    "Signing",
    "Slow",
    "SmsService",
    "Someone",
    "Status",
    "TokenDesk",
    "Water",
    "WaterAccount",
    "WeChat",
    "WrongContentType",
    "reporting_by_secret",
    "settings_text",
]
