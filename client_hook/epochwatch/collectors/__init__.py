"""The only part of the hook that knows torch and numpy; each is looked up when a value of its kind arrives."""
