"""LLM judges: rubric scores, comparisons, and how far each judge may be trusted.

A judge is a model with a rubric (what to look for) or a protocol (how to compare). It never gets the last word about itself: what
it could not say in the form asked for is *unscored*, canaries stand among what it judges, and `calibrate` puts it beside people.
"""
