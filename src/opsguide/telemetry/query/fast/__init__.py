"""The same answers by columns: rewrites of an expression for many series, judged by the plain evaluator in tests."""
