"""Claims of the statistics, tried where the truth is known: on nothing, and on something.

Each module is a command, ``python -m tests.simulations.NAME``, that prints its figures; tests run
them in reduced counts.
"""
