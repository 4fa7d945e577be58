"""The gateway as an OAuth 2 server for client credentials, and as the resource that its tokens are good for.

Never gives a token to anybody but a registered client that proved itself, never one for more than it may do, and never
takes one that is not its own.
"""

from cotransfer.adapters.gateway.oauth.accepting import AccessTokens
from cotransfer.adapters.gateway.oauth.endpoints import Authority
from cotransfer.adapters.gateway.oauth.metadata import Place
from cotransfer.adapters.gateway.oauth.registered import Registered
from cotransfer.adapters.gateway.oauth.secrets import new_secret, secret_hash

__all__ = ["AccessTokens", "Authority", "Place", "Registered", "new_secret", "secret_hash"]
