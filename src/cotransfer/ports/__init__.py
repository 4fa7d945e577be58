"""What the core needs from the world: small async protocols.

Each law stands in its docstring, each proof in `cotransfer.testing`. Never an implementation.
"""
