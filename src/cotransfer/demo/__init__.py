"""The demo: simulated counterparties, the real gateway, and stories driven over HTTP, each shown while it happens."""

from cotransfer.demo.playing import Outcome, play
from cotransfer.demo.programme import STORIES, Story
from cotransfer.demo.stage import Stage

__all__ = ["STORIES", "Outcome", "Stage", "Story", "play"]
