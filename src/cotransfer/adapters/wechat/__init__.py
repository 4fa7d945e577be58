"""Notices through a WeChat official account (公众号): template messages over Tencent's own interface.

Never sends a name, and nothing personal in an address: the page that a message leads to is ours.
"""

from cotransfer.adapters.wechat.notifier import WeChatNotifier, wechat_line
from cotransfer.adapters.wechat.templates import Template

__all__ = ["Template", "WeChatNotifier", "wechat_line"]
