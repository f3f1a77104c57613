"""Reading the logs of others into the neutral recording: one file a format."""
