"""Measurements of the engine, fair in one run. Never a test: no figure of it passes or fails anything."""
