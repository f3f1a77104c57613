"""Tests in a real browser. A package of its own, so that its browser is closed before the next tests begin."""
