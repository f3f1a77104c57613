"""The rules: one file each, named after the trouble; `health/catalogue.py` lists them."""
