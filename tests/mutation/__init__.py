"""Mutation check: plants small faults in the code one at a time and counts those tests detect."""
