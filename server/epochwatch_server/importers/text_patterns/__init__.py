"""Forms of training output that are recognised: one file each."""
