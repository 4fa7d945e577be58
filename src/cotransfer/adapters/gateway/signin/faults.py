"""Why a sign-in came to nothing. The caller is told one thing only; the code is for the log, and holds no value."""


class NotVouched(Exception):
    """Nobody proved who they are; `why` is a stable code."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why
