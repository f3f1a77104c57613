"""The pages, one file each: a typed context and the template that shows it."""
