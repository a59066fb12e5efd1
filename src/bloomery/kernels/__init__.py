"""Compiled kernels: arrays in, arrays out, no interpreter lock."""
