"""The public status page: what users may know, on an address of its own, in a folder, as feeds and as messages."""
