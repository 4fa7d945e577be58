"""`make fuzz`: random bytes at every target, each in a process of its own for so many seconds, guided by coverage.

Ends with 1 when a target failed; the bytes that did it stay in build/fuzz and are tried again first, next time.
"""

import argparse
import importlib
import importlib.util
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

KEPT = Path(__file__).parents[2] / "build" / "fuzz"
NAMES = ("verifier", "strict_json", "address", "assertion", "basic", "envelope")
LONGEST_INPUT = 4096
NOISE = ("INFO: Instrumenting", "#", "WARNING: Failed to find function", "/project/")
"""How lines begin that tell nothing about a failure."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run them all, or (in its own process) the one that was named."""
    options = argparse.ArgumentParser(prog="make fuzz", description=__doc__)
    options.add_argument("--seconds", type=int, default=60, help="for each target (60)")
    options.add_argument("--only", choices=NAMES, action="append", help="this target, more than once for several")
    options.add_argument("--in-here", choices=NAMES, help=argparse.SUPPRESS)
    said = options.parse_args(arguments)
    if importlib.util.find_spec("atheris") is None:
        print("FUZZING LEFT OUT: there is no atheris for this machine (it comes for Linux on x86-64 only).")
        return 0
    if said.in_here:
        fuzz(said.in_here, said.seconds)
    return max([run(name, said.seconds) for name in said.only or NAMES])


def run(name: str, seconds: int) -> int:
    """One target in its process; what it says is shown only when it failed."""
    command = [sys.executable, "-m", "tests.fuzz", "--in-here", name, "--seconds", str(seconds)]
    # A target that hangs is ended by the fuzzer itself; the limit is for a fuzzer that hangs.
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False, timeout=seconds + 300)
    tried = [line for line in done.stderr.splitlines() if line.startswith("Done ")]
    if done.returncode == 0 and tried:
        print(f"fuzz {name}: {tried[-1].removeprefix('Done ')}, nothing found", flush=True)
        return 0
    said = [line for line in (done.stdout + done.stderr).splitlines() if not line.startswith(NOISE)]
    print(f"fuzz {name}: FAILED", *said[-60:], f"The bytes that did it are in {KEPT}.", sep="\n", flush=True)
    return 1


def fuzz(name: str, seconds: int) -> None:
    """Never returns: the fuzzer ends the process."""
    atheris = importlib.import_module("atheris")
    with atheris.instrument_imports(include=["cotransfer"], exclude=["cotransfer.cli"]):
        from tests.fuzz.targets import TARGETS
    target = TARGETS[name]
    corpus = KEPT / "corpus" / name
    corpus.mkdir(parents=True, exist_ok=True)
    for failed in sorted(KEPT.glob(f"{name}-*")):
        if failed.is_file() and not failed.name.endswith(".words"):
            print(f"again: {failed}", file=sys.stderr, flush=True)
            target.run(failed.read_bytes())
    for nth, seed in enumerate(target.seeds()):
        (corpus / f"seed-{nth}").write_bytes(seed)
    words = KEPT / f"{name}.words"
    words.write_text("".join(f'"{_escaped(word)}"\n' for word in target.words))
    flags = [
        f"-max_total_time={seconds}",
        f"-max_len={LONGEST_INPUT}",
        f"-dict={words}",
        f"-artifact_prefix={KEPT}{os.sep}{name}-",
        "-timeout=10",
        "-rss_limit_mb=2048",
    ]
    atheris.Setup([sys.argv[0], *flags, str(corpus)], target.run)
    atheris.Fuzz()


def _escaped(word: str) -> str:
    return "".join(f"\\x{byte:02x}" if byte in b'"\\' or not 32 <= byte < 127 else chr(byte) for byte in word.encode())


if __name__ == "__main__":
    sys.exit(main())
