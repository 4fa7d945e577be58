"""The use cases: the ports come in as arguments, the rules come from the domain."""
