"""Evaluated models: their scores, compared and decided on."""

from bloomery import callable_package

callable_package(__name__)
