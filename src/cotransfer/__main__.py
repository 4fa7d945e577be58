"""`python -m cotransfer`: the same as the command."""

from cotransfer.cli import main

main()
