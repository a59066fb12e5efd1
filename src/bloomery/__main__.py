"""``python -m bloomery``."""

from bloomery.cli import main

main()
