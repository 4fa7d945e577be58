"""Where something went wrong, for the log. Never what was in hand at that moment: it may be personal."""

import traceback

_FRAMES = 3


def where(error: Exception) -> str:
    """The innermost places that `error` came through, outermost first."""
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    return " > ".join(f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in frames)
