"""What is in the raw data: streamed once, counted with the same ops that cleaning uses, and turned into advice."""

from bloomery import callable_package

callable_package(__name__)
