"""What holds whatever a guide, its bindings or its change say; fuzzed by hypothesis (test_properties.py) and by atheris
(`python -m tests.fuzz`, `make fuzz`)."""
