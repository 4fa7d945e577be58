"""Ends the system under test and starts it again, by a command of whoever runs the kit.

Never runs a shell, and never waits for ever.
"""

import asyncio
import shlex
from collections.abc import Awaitable, Callable

from cotransfer.conformance.calling import Caller, NotReachable

LONGEST_S = 60.0
PAUSE_S = 0.2


def restarting(command: str, caller: Caller) -> Callable[[], Awaitable[None]]:
    """Runs `command`, and returns when somebody answers again. Raises `NotReachable` where nobody does in time."""

    async def restart() -> None:
        nothing = asyncio.subprocess.DEVNULL  # Our standard output is the report's.
        process = await asyncio.create_subprocess_exec(*shlex.split(command), stdin=nothing, stdout=nothing)
        try:
            async with asyncio.timeout(LONGEST_S):
                if await process.wait() != 0:
                    raise NotReachable(f"The restart command ended with {process.returncode}. Correct it, then again.")
                while not await _answers(caller):  # noqa: ASYNC110 (another process: nothing here can tell us)
                    await asyncio.sleep(PAUSE_S)
        except TimeoutError:
            if process.returncode is None:
                process.kill()
            raise NotReachable(f"The system was not back {LONGEST_S:g} s after --restart. Start it.") from None

    return restart


async def _answers(caller: Caller) -> bool:
    try:
        await caller.knock()
    except NotReachable:
        return False
    return True
