"""Times each promise beside its peers: `python -m benchmarks [NAME ...] [--json]`.

Each file beside this one that has a `run() -> list[Row]` is a benchmark. It names what perpixel does and its peers as
`Work` (see `pairing`) and gives `compare(...)` back.

A peer that cannot share this environment runs in its own: set `PERPIXEL_PEERS` to that environment's Python (several
are joined as in PATH), and every peer that cannot be imported here is looked for there.
"""
