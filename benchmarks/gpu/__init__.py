"""What the GPU proof works with."""
