"""Offline evaluation: suites, scorers and benchmarks, on top of everything else."""
