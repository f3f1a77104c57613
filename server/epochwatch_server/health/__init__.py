"""Deciding whether a run goes wrong: pure rules over a window, no I/O and no clock."""
