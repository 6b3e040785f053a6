"""Faults between and within real nodes, and what must hold whatever happens. `python -m tests.faults --help`."""
