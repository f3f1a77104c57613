"""What viewers are told while it happens."""
