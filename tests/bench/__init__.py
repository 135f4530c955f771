"""The benchmark table: what the fast paths of `study` gain over plain ones, on this machine.

``python -m tests.bench [ROW ...]`` prints both figures of every row and their ratio from one run.
No row asserts a time: a table can be read, a slow neighbour cannot be argued with.
"""
