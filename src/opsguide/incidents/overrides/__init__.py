"""Who stands in for whom: overrides that people make beside those of the bindings, and swaps that another accepts."""
