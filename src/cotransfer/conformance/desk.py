"""The endpoint's token desk, asked as its client would ask, and as somebody would who only knows the client's name.

Never shows a proof: its requests are printed without headers that hold one, and its forms not at all.
"""

from urllib.parse import urlencode

import attrs

from cotransfer.adapters.wire.tokens import Credentials
from cotransfer.conformance.exchanges import Sent

FORM = "application/x-www-form-urlencoded"


@attrs.frozen(kw_only=True)
class Desk:
    """`right` proves who we are, `wrong` does not; `path` follows the address that is called."""

    url: str
    right: Credentials = attrs.field(repr=False)
    wrong: Credentials = attrs.field(repr=False)
    path: str = ""

    def request(self, *, spoilt: bool) -> Sent:
        """Client credentials (RFC 6749 §4.4)."""
        credentials = self.wrong if spoilt else self.right
        form, headers = credentials.dress({"grant_type": "client_credentials"}, token_url=self.url)
        return Sent(
            method="POST",
            path=self.path,
            headers=(*headers.items(), ("Content-Type", FORM)),
            body=urlencode(form).encode("ascii"),
        )
