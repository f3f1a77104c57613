"""Reports: whole pages in one file, for those who were not there."""
