"""Runs side by side: what differs, which did better, and what the data supports saying about it. Pure."""
