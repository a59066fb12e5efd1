"""Splitting: training, validation and test, with nothing leaking between them."""
