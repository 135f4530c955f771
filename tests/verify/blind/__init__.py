"""Single faults planted by somebody who had not read the checks, and honest variants.

``python -m tests.verify.blind [--seed N] [--only WORD]`` plants them and runs the command line.
"""
