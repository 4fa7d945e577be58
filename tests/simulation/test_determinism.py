"""I14: a seed decides everything: not the order of a set, not the machine, not what ran before."""

import os
import subprocess
import sys

import pytest

from cotransfer.simulation.schedule import play
from cotransfer.simulation.sqlite_disk import sqlite_disks

SEEDS = 40

_PRINT = f"""
from cotransfer.simulation.schedule import play
from cotransfer.simulation.sqlite_disk import sqlite_disks
from cotransfer.simulation.wires import over_http
for seed in range({SEEDS}):
    print(seed, play(seed).hash)
for seed in range(5):
    print(seed, play(seed, make_ports=over_http).hash)
with sqlite_disks() as disks:
    for seed in range(3):
        print(seed, play(seed, make_disk=disks).hash)
"""


class TestSameSeed:
    @pytest.mark.slow
    def test_every_hash_seed_of_python_gives_the_same_traces(self) -> None:
        """Two processes with different PYTHONHASHSEED: forty schedules, five over HTTP, three on SQLite."""
        told = [
            subprocess.run(
                [sys.executable, "-c", _PRINT],
                env={**os.environ, "PYTHONHASHSEED": hash_seed},
                capture_output=True,
                text=True,
                check=True,
                timeout=300,
            ).stdout
            for hash_seed in ("1", "4242")
        ]
        assert len(told[0].splitlines()) == SEEDS + 5 + 3
        assert told[0] == told[1]

    def test_twice_in_one_process_is_the_same(self) -> None:
        """Nothing of one run reaches the next."""
        first = [(play(seed).hash, play(seed).steps) for seed in (7, 8)]
        assert [(play(seed).hash, play(seed).steps) for seed in (7, 8)] == first
        assert len({trace for trace, _ in first}) == 2

    def test_twice_on_sqlite_is_the_same(self) -> None:
        """Random nonces and data keys do not show in what happens."""
        with sqlite_disks() as disks:
            assert play(11, make_disk=disks).hash == play(11, make_disk=disks).hash

    def test_what_is_left_out_shifts_nothing_else(self) -> None:
        """A schedule is data: with all of its parts named it is the same one."""
        whole = play(5)
        assert whole.struck
        assert play(5, only=whole.parts).hash == whole.hash
