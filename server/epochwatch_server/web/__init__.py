"""HTTP: doors, pages and the API; no decision of the product is made here."""
