"""One file for each kind of receiver; `notify/catalogue.py` lists them."""
