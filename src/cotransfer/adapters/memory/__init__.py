"""Every port without a world: real small adapters that keep every law, for tests, examples and simulation."""
