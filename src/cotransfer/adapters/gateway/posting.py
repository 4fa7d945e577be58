"""The one pipeline of every POST: read strictly, act once per key, answer what was stored.

Draft-07 of the Idempotency-Key header is followed, with draft-07's statuses. Never acts before the whole message has
been read, never acts twice for one key of one client, and never answers what is not durable.

A refusal, a fault or a counterparty that is away is not stored: nothing has happened, so the same key may be tried
again as soon as what was in the way is gone: the arrears paid, the field corrected, the line back.
"""

import contextlib
import hmac
import re
from collections.abc import Awaitable, Callable, Iterator

import attrs
import structlog
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import Message as StarletteMessage

from cotransfer.adapters.gateway.answers import JSON, Answer
from cotransfer.adapters.gateway.bodies import body_of, check_media_type, object_in
from cotransfer.adapters.gateway.clients import NotAuthorised
from cotransfer.adapters.gateway.exchange import Exchange
from cotransfer.adapters.gateway.problems import Wrong
from cotransfer.adapters.wire import strict_json
from cotransfer.adapters.wire.signing import Incoming, Signatures, target_of
from cotransfer.app.desk import Desk
from cotransfer.app.errand import Message, MessageReused, Reply
from cotransfer.ports.clock import Clock
from cotransfer.ports.keys import KeyProvider, KeyUse, current
from cotransfer.ports.transfers import MessageKey

BODY_TIMEOUT_S = 30.0
KEY_HEADER = "Idempotency-Key"
STILL_RUNNING_RETRY_S = 1

_log = structlog.get_logger(__name__)

_KEY = re.compile(r"[A-Za-z0-9_-]{1,64}")


@attrs.frozen
class Post:
    """A message that was read: what the interface calls its body, and what the desk calls its key."""

    exchange: Exchange
    body: dict[str, object] = attrs.field(repr=False)
    message: Message


Act = Callable[[Post], Awaitable[Reply]]


class Posting:
    """One for all operations, because a key belongs to its client and not to an operation."""

    def __init__(
        self,
        desk: Desk,
        *,
        keys: KeyProvider,
        clock: Clock,
        body_limit: int,
        body_timeout_s: float,
        signatures: Signatures | None = None,
    ) -> None:
        self._desk = desk
        self._clock = clock
        self._signatures = signatures
        self._keys = keys
        self._body_limit = body_limit
        self._body_timeout_s = body_timeout_s
        self._running: set[MessageKey] = set()

    async def take(self, exchange: Exchange, act: Act) -> tuple[Answer, bool]:
        """The answer, and whether it had been given before. Raises `Wrong`, and as the desk and `act` do."""
        request = exchange.request
        check_media_type(request.headers, JSON)
        body = await self._signed(exchange, await self._body(request))
        value = object_in(body, limit=self._body_limit)
        key = MessageKey(exchange.known_client.id, _key(request.headers))
        post = Post(exchange, value, self._message(key, exchange, value))
        with self._alone(key), _watched(exchange):
            reply = await self._desk.recall(post.message) or await act(post)
        return Answer.unpack(reply.answer), reply.replayed

    async def signed(self, exchange: Exchange) -> Exchange:
        """The same exchange, its request with the body that may be read: for what is posted without a key."""
        body = await self._signed(exchange, await self._body(exchange.request))

        async def receive() -> StarletteMessage:
            return {"type": "http.request", "body": body, "more_body": False}

        return attrs.evolve(exchange, request=Request(exchange.request.scope, receive))

    def check_where_from(self, request: Request, client: str) -> None:
        """A token that somebody carried off is good for nothing outside its client's networks: as if it were none."""
        peer = request.client.host if request.client else None
        if self._signatures is not None and not self._signatures.admits(client, peer):
            raise NotAuthorised(shown=True)

    async def _signed(self, exchange: Exchange, body: bytes) -> bytes:
        """What may be read of the body; before it is known who wrote it, nothing of it is looked at."""
        if self._signatures is None:
            return body
        request = exchange.request
        keys = request.headers.getlist(KEY_HEADER)
        incoming = Incoming(
            method=request.method,
            target=target_of(request.scope),
            key=keys[0] if len(keys) == 1 else "",
            headers=request.headers.raw,
            body=body,
            at=self._clock.now(),
            peer=request.client.host if request.client else None,
        )
        return (await self._signatures.check(exchange.known_client.id, incoming)).body

    def _message(self, key: MessageKey, exchange: Exchange, value: dict[str, object]) -> Message:
        """What the key was used for, as digests; raises `KeyMissing` when there is nothing to make one with."""
        current(self._keys, KeyUse.INDEX)
        said = _said(exchange, value)
        *former, newest = (
            hmac.digest(self._keys.key(KeyUse.INDEX, name), said, "sha256") for name in self._keys.names(KeyUse.INDEX)
        )
        return Message(key, newest, tuple(former))

    async def _body(self, request: Request) -> bytes:
        """What it says of its own length is only good for turning it away sooner."""
        announced = request.headers.get("content-length", "")
        if re.fullmatch("[0-9]+", announced) and (len(announced) > 18 or int(announced) > self._body_limit):
            raise Wrong("too_large")
        return await body_of(request, limit=self._body_limit, timeout_s=self._body_timeout_s)

    @contextlib.contextmanager
    def _alone(self, key: MessageKey) -> Iterator[None]:
        """Whoever comes while the key is at work is told to come back.

        A second process may be at work on the same key unseen; then the store lets only one of the two commit.
        """
        if key in self._running:
            raise Wrong("still_running", headers={"Retry-After": str(STILL_RUNNING_RETRY_S)})
        self._running.add(key)
        try:
            yield
        finally:
            self._running.discard(key)


@contextlib.contextmanager
def _watched(exchange: Exchange) -> Iterator[None]:
    """A message that changed on its way is for those who keep watch; what it held is not."""
    try:
        yield
    except MessageReused:
        _log.warning("message_reused", correlation_id=exchange.correlation_id, client=exchange.known_client.id)
        raise


def _key(headers: Headers) -> str:
    keys = headers.getlist(KEY_HEADER)
    if not any(keys):
        raise Wrong("idempotency_key_missing")
    if len(keys) > 1 or not _KEY.fullmatch(keys[0]):
        raise Wrong("header_invalid")
    return keys[0]


def _said(exchange: Exchange, value: dict[str, object]) -> bytes:
    """All that a message asks, in one spelling: two spellings of the same JSON are the same message.

    For another citizen it is another message, whatever it says: what was answered to one is nothing for the next.
    Only its digest is kept, and that under a key: whoever has the database shall not be able to guess an identity
    number from it.
    """
    request, citizen = exchange.request, exchange.citizen
    whose = "" if citizen is None else f"{citizen.identity.document_type.value} {citizen.identity.text}\n"
    line = f"message\0{request.method} {request.scope['path']}\n{whose}".encode("utf-8", "surrogatepass")
    return line + strict_json.dumps(value)
