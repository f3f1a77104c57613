"""The Epochwatch server: stores what training runs send, draws it live, and says when a run goes wrong."""

__version__ = "0.1.0"
