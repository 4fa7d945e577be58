"""What the process says on standard error can be read by machines."""

import json
import subprocess
import sys

SAYING = """
import logging, structlog
from cotransfer.cli.saying import log_to_stderr
log_to_stderr()
log = structlog.get_logger("tests")
log.warning("turned_away", client="water", why="grant_suspended")
log.info("withheld", transfer="甲")
log.debug("unheard")
"""


def test_each_line_is_an_object() -> None:
    """With its moment in UTC, its level and its event; what is below the level is not told."""
    said = subprocess.run([sys.executable, "-c", SAYING], capture_output=True, text=True, check=True, timeout=60)
    assert said.stdout == ""
    lines = [json.loads(line) for line in said.stderr.splitlines()]
    assert [(one["event"], one["level"]) for one in lines] == [("turned_away", "warning"), ("withheld", "info")]
    assert all(one["timestamp"].endswith("Z") for one in lines)
    assert lines[1]["transfer"] == "甲"
