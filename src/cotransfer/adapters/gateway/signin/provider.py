"""A provider of identities as this deployment knows it: who it is, who we are to it, and what its claims are called.

Never fetches anything: what the provider says about itself is `discovery`'s.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import attrs

from cotransfer.domain.operators import OperatorRole
from cotransfer.domain.parties import Party
from cotransfer.domain.values import DocumentType

USUAL_ALGORITHMS = frozenset({"ES256", "PS256", "EdDSA"})
USUAL_ROLES: Mapping[str, OperatorRole] = MappingProxyType({role.value: role for role in OperatorRole})


@attrs.frozen(kw_only=True)
class Claims:
    """What the provider calls things. Without a name for the kind of document everybody has an identity card; words
    that `documents` does not translate are taken as the contracts' own.
    """

    name: str = "name"
    document_type: str | None = "document_type"
    identity_number: str = "identity_number"
    roles: str = "roles"
    documents: Mapping[str, DocumentType] = MappingProxyType({})
    role_words: Mapping[str, OperatorRole] = USUAL_ROLES


@attrs.frozen(kw_only=True)
class Provider:
    """One issuer. We prove ourselves there by `client_key` (a private JWK), by `client_secret`, or by PKCE alone.

    `party` is who is to blame when the provider fails.
    """

    issuer: str
    client_id: str
    client_secret: str | None = attrs.field(default=None, repr=False)
    client_key: Mapping[str, Any] | None = attrs.field(default=None, repr=False)
    scopes: tuple[str, ...] = ("openid",)
    algorithms: frozenset[str] = USUAL_ALGORITHMS
    claims: Claims = Claims()
    party: Party = Party.PLATFORM
