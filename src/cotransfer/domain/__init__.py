"""The pure core: what is, what happened, what follows. Never a clock, an identifier drawn, input or output."""
