"""`opsguide init`: writes the bindings that a guide's promises need, from answers and from what can be found."""
