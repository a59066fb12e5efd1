"""Frozen sets of questions with checks of the answers: capability, safety, over-refusal, and the user's own."""
