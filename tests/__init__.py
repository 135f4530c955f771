"""The tests; their helpers are imported from this package, as ``from tests.NAME import ...``."""
