"""Contamination: test items in training data."""
