"""The page on which one chooses whom to sign in as: the city's people by kind, and the operators. Plain links."""

from collections.abc import Mapping
from html import escape
from urllib.parse import urlencode

from cotransfer.sandbox.city import City
from cotransfer.sandbox.identity_tokens import OPERATORS

OF_EACH_KIND = 3
HEADERS = {
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
}
FRAME = """<!doctype html>
<html lang="zh-CN">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>登录 · 模拟身份认证</title></head>
<body><main><h1>以谁的身份登录？</h1>
<p><small>这是模拟的身份认证页面，人员均为虚构。 A simulated provider; nobody here is real.</small></p>
<h2>市民 Citizens</h2>
<ul>
{citizens}
</ul>
<h2>工作人员 Operators</h2>
<ul>
{operators}
</ul>
</main></body></html>
"""


def choosing_page(city: City, asked: Mapping[str, str]) -> str:
    """`asked` is the authorization request, to which each link adds its hint."""
    citizens = [
        _link(asked, f"{kind}-{nth}", f"{city.someone(kind, nth).holder.name} · {kind} {nth}")
        for kind, count in city.kinds.items()
        for nth in range(min(count, OF_EACH_KIND))
    ]
    operators = [_link(asked, f"operator-{word}", f"{name} · {word}") for word, (name, _) in OPERATORS.items()]
    return FRAME.format(citizens="\n".join(citizens), operators="\n".join(operators))


def _link(asked: Mapping[str, str], hint: str, text: str) -> str:
    return f'<li><a href="?{escape(urlencode({**asked, "login_hint": hint}))}">{escape(text)}</a></li>'
