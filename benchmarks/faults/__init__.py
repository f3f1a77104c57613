"""Killing, cutting and losing on purpose, and the books that tell whether anything was lost."""
