"""The browser of units: every unit of every network on one page that opens offline."""
