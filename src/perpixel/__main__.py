"""`python -m perpixel` is the command line."""

from perpixel.cli import main

main()
