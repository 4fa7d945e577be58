"""Signing in by OpenID Connect: citizens and operators in a browser, citizens of a platform by their ID token.

Authorization code with PKCE (RFC 7636), state and nonce; everything that a sign-in under way needs travels sealed in
the browser's own cookie, so that any process can finish it. Never holds anything in memory but the provider's public
documents, never sends a person anywhere but to the configured provider and to pages of our own.
"""

from cotransfer.adapters.gateway.signin.back_ends import BackEnds
from cotransfer.adapters.gateway.signin.browser import BrowserSide
from cotransfer.adapters.gateway.signin.cookies import Cookies
from cotransfer.adapters.gateway.signin.discovery import Discovery
from cotransfer.adapters.gateway.signin.fetching import Fetch
from cotransfer.adapters.gateway.signin.lives import Life, Opening
from cotransfer.adapters.gateway.signin.pending import Jar
from cotransfer.adapters.gateway.signin.provider import Claims, Provider
from cotransfer.adapters.gateway.signin.relying import RelyingParty
from cotransfer.adapters.gateway.signin.routes import sign_in_routes
from cotransfer.adapters.gateway.signin.signed_in import CITIZEN_SESSION, SignedIn

__all__ = [
    "CITIZEN_SESSION",
    "BackEnds",
    "BrowserSide",
    "Claims",
    "Cookies",
    "Discovery",
    "Fetch",
    "Jar",
    "Life",
    "Opening",
    "Provider",
    "RelyingParty",
    "SignedIn",
    "sign_in_routes",
]
