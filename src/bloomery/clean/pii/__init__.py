"""Personal data: e-mail addresses, phone numbers, US social security numbers and payment cards become placeholders.

``[EMAIL] [PHONE] [SSN] [CREDIT_CARD]``. Precision first: a training set full of numbers, versions and dates must not
lose them, so a number is taken for personal data only when its checks hold (`numbers`, `phones`, `emails`).

Reserved examples are not people and stay by default: example.com, .test, .invalid (RFC 2606), 555-01xx and area code 555,
social security numbers published as specimens. ``reserved: true`` replaces these too. Test cards (4111 1111 1111 1111)
and the numbers other countries keep for films are replaced always: only lists that change would tell them from real ones.

JSON stays JSON. A part that is JSON (the arguments of a tool call, an extracted record) is searched as its readers see
it, escapes decoded, and a placeholder for a bare number is put in quotes; a number behind a key such as "phone" counts
as labelled. See `json_text`.

A text is searched again after its replacements until nothing is found, so scrubbing twice is scrubbing once.

The ledger gets counts and positions, never the text that matched::

    {"counts": {"EMAIL": 1}, "spans": [[start, end, "EMAIL", new_start]]}

in characters: ``text[start:end]`` before the edit became the placeholder that starts at ``new_start`` after it.

Cost: two searches in Rust rule out most rows; only what is left is looked at in Python.
"""

from bloomery.clean.pii.op import Pii
from bloomery.clean.pii.phones import REGIONS
from bloomery.clean.pii.scrub import TYPES, Scrubbed, Span, candidates, find, mask, scrub

__all__ = ["REGIONS", "TYPES", "Pii", "Scrubbed", "Span", "candidates", "find", "mask", "scrub"]
