"""Where a case stands, in the one word that a statement has for it. Never changes a case."""

from collections.abc import Mapping
from typing import Any


def stage_of(
    pre_review: Mapping[str, Any] | None, signing: Mapping[str, Any] | None, handling: Mapping[str, Any] | None
) -> str:
    """By the last result that there is."""
    if handling is not None:
        return "completed" if handling["result"] == "done" else "handling_failed"
    if signing is not None:
        return "in_handling" if signing["outcome"] == "signed" else str(signing["outcome"])
    if pre_review is not None:
        return "awaiting_signing" if pre_review["result"] == "passed" else "pre_review_failed"
    return "in_pre_review"
