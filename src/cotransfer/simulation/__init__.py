"""The whole gateway and everybody it talks to in one event loop under a virtual clock, drawn from one seed.

What runs is the real desk, worker, gate and stores; counterparties, lines, clocks and crashes are simulated. Never
waits, never opens a socket or a thread, and never draws anything but from the seed.
"""
