"""What the core needs from the world: small async protocols, each law in its docstring, each proof in `cotransfer.testing`."""
