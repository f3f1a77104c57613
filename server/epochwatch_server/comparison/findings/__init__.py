"""One kind of finding a file: each says only what the numbers of the compared runs support."""
