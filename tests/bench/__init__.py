"""Benchmarks: what the fast paths of `study` gain over plain ones, on this machine.

``python -m tests.bench [ROW ...]`` prints both figures of every row and their ratio from one run.
No row asserts a time, since the machine may be busy with something else. See README.md here.
"""
