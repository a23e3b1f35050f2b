"""Two weeks of the shop before the demo was first started: made up, and lived through by the real core."""
