"""Splitting: training, validation and test, with nothing leaking between them."""

from bloomery import callable_package

callable_package(__name__)
