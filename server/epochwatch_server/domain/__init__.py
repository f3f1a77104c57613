"""The product's words as frozen dataclasses; they know nothing of storage, web or drawing."""
