"""Moves a home's utility accounts to its new owner. This module holds the public names, and never any behaviour."""
