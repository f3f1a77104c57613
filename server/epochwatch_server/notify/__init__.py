"""Takes news to people: what kinds of receivers there are, and the guarded way to each of them."""
