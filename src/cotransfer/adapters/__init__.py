"""What connects the core to the world; each adapter knows the ports and never another adapter (`wire` is shared)."""
