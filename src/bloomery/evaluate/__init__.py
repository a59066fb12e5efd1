"""Evaluated models: their scores, compared and decided on."""
