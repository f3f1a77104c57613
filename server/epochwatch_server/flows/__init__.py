"""The whole behaviour of the server, one short file each."""
