"""Performance: budgets, vitals, capacity."""
