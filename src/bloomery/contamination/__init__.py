"""Contamination: test items in training data."""

from bloomery import callable_package

callable_package(__name__)
