"""Grading checks: reports, runs, claims and submissions in, verdicts with their causes out."""
