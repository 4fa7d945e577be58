"""The command line: demo, serve, work, sandbox, conformance, bench, db upgrade, transfers show, agenda buried.

Every failure that has a known cause ends with one sentence that names it and the remedy, and a non-zero exit.
"""

from cotransfer.cli.entry import main

__all__ = ["main"]
