"""The audit trail as it is handed out: an entry a line exactly as it is kept, each checkpoint after its last entry.

Never alters an entry: what is read is what was hashed. Read by `cotransfer.verifier`, which imports nothing of ours.
"""

from base64 import b64encode
from collections.abc import AsyncIterator

from cotransfer.adapters.wire.strict_json import dumps
from cotransfer.ports.audit import Audit, Checkpoint


async def exported(audit: Audit) -> AsyncIterator[bytes]:
    """The lines of all that is under a checkpoint by now."""
    latest = await audit.latest()
    leaf = after = 0
    while latest is not None and after < latest.size:
        for checkpoint in await audit.checkpoints(after):
            if checkpoint.size > latest.size:
                return
            async for body in _bodies(audit, leaf, checkpoint.size):
                yield body + b"\n"
            yield spelt(checkpoint) + b"\n"
            leaf = after = checkpoint.size


async def _bodies(audit: Audit, leaf: int, end: int) -> AsyncIterator[bytes]:
    while leaf < end:
        page = await audit.gathered(leaf, end - leaf)
        for link in page:
            yield link.body
        if not page:
            raise LookupError(f"The audit trail has no entry {leaf}, but a checkpoint over it.")
        leaf += len(page)


def spelt(checkpoint: Checkpoint) -> bytes:
    """A checkpoint's line."""
    signed = checkpoint.signed
    return dumps(
        {
            "checkpoint": {
                "root": b64encode(checkpoint.root).decode(),
                "signature": b64encode(signed.signature).decode(),
                "signer": signed.signer,
                "size": checkpoint.size,
            }
        }
    )
