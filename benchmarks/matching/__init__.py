"""How well and how fast records are found, and how others do on the same data: python -m benchmarks.matching"""
