"""Suites: frozen items in categories with checks, for what a model must not lose."""
