"""What the server says of itself (RFC 8414): addresses, methods, algorithms. Never promises what it does not do."""

from typing import Any

import attrs
from authlib.oauth2.rfc8414 import AuthorizationServerMetadata

from cotransfer.adapters.gateway.clients import OPERATIONS
from cotransfer.adapters.gateway.oauth.proving import METHODS
from cotransfer.adapters.gateway.oauth.registered import spelt
from cotransfer.adapters.wire.jose import ALGORITHMS

TOKEN = "/oauth/token"  # noqa: S105 - an address
INTROSPECT = "/oauth/introspect"
REVOKE = "/oauth/revoke"
JWKS = "/oauth/jwks.json"
METADATA = "/.well-known/oauth-authorization-server"


@attrs.frozen(kw_only=True)
class Place:
    """Where the server is: `issuer` is an origin such as https://gateway.example, `audience` what tokens are for."""

    issuer: str
    audience: str

    @property
    def token_endpoint(self) -> str:
        return self.issuer + TOKEN

    def document(self) -> dict[str, Any]:
        """The metadata, held against RFC 8414 by Authlib; raises `ValueError` when they are not right."""
        ways: dict[str, Any] = {}
        for endpoint in ("token", "introspection", "revocation"):
            ways[f"{endpoint}_endpoint_auth_methods_supported"] = list(METHODS)
            ways[f"{endpoint}_endpoint_auth_signing_alg_values_supported"] = list(ALGORITHMS)
        document = {
            "issuer": self.issuer,
            "token_endpoint": self.token_endpoint,
            "introspection_endpoint": self.issuer + INTROSPECT,
            "revocation_endpoint": self.issuer + REVOKE,
            "jwks_uri": self.issuer + JWKS,
            "grant_types_supported": ["client_credentials"],
            "response_types_supported": [],
            "scopes_supported": spelt(operation for of_role in OPERATIONS.values() for operation in of_role),
            **ways,
        }
        AuthorizationServerMetadata(document | {"response_types_supported": ["none"]}).validate()
        return document
