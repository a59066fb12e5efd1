"""Metrics over predictions and references; each is a class with two verbs (`bloomery.metrics.base`)."""
