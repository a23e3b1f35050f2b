"""Times ahead with nobody on call, or with somebody whom no channel reaches: alarmed while there is time to mend it."""
