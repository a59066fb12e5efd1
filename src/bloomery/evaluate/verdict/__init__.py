"""The verdict, and how it is told: JSON, terminal, report, JUnit, Markdown."""
