"""The BSDS500 benchmark of the methods that need no training: `python -m benchmarks bsds DATA --split val`.

`layout` knows what lies where in DATA, `methods` the rows of the table and their scales. `protocol` counts one picture,
`scores` makes ODS, OIS and AP of the counts of all, `table` shows them beside what was published. `choose` compares
settings on train; `command` is the command line.
"""

from benchmarks.bsds.command import main

__all__ = ["main"]
