"""The water company's contract page, where the customer signs: a small page with a real form, readable without scripts.

Never shows a personal value, and never says who else knows the link.
"""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from cotransfer.sandbox.water_book import Case
from cotransfer.sandbox.water_handling import Handling

FRAME = """<!doctype html>
<html lang="zh-CN">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>供用水合同 · 模拟自来水公司</title></head>
<body><main><h1>供用水合同</h1>
{content}
<p><small>这是模拟的签章页面，不产生任何法律效力。 A simulated page without any legal effect.</small></p>
</main></body></html>
"""
UNSIGNED = """<p>业务编号 {reference}</p>
<p>请阅读合同后签章。 Please read the contract, then sign.</p>
<form method="post">
<button type="submit" name="decision" value="sign">签订合同</button>
<button type="submit" name="decision" value="decline">拒绝签订</button>
</form>"""
STANDING = {
    "signed": "合同已签订，正在办理中。 Signed; in handling.",
    "declined": "您已拒绝签订。 Declined.",
    "expired": "签章已过期。 The link has expired.",
}
HEADERS = {"cache-control": "no-store", "referrer-policy": "no-referrer"}


def signing_page(handling: Handling) -> Callable[[Request], Awaitable[Response]]:
    """The endpoint of GET and POST /sign/{token}."""

    async def page(request: Request) -> Response:
        door = handling.door(request.path_params["token"])
        if door is None:
            return _page("<p>链接无效。 This link leads nowhere.</p>", 404)
        case, channel = door
        if request.method == "POST":
            decision = (await request.body()).decode("ascii", "replace")
            if decision == "decision=decline":
                handling.decline(case)
            elif decision in ("", "decision=sign"):
                handling.sign(case, channel)
            else:
                return _page("<p>无法识别的操作。 Not understood.</p>", 400)
        return _page(_content(case))

    return page


def _content(case: Case) -> str:
    if case.signing is None:
        return UNSIGNED.format(reference=case.reference)
    return f'<p role="status">{STANDING[case.signing["outcome"]]}</p>'


def _page(content: str, status: int = 200) -> Response:
    return HTMLResponse(FRAME.format(content=content), status, headers=HEADERS)
