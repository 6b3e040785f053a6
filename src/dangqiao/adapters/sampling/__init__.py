"""Realistic, invented data for demonstrations, tests and benchmarks: catalogues, page images, queries with their truth.

Every number that looks like an identity number has a sequence from 900 on; every person is invented. The same seed
gives the same files.
"""

from dangqiao.adapters.sampling.entries import SHARES
from dangqiao.adapters.sampling.sample import Sample, write_sample

__all__ = ["SHARES", "Sample", "write_sample"]
