"""Benchmarks: run by hand with `make bench`, never as part of the tests."""
