"""What the HTTP adapters share, inbound and outbound: the line to a counterparty, strict JSON, spelling tables."""
