"""Planted faults that a reader can see: wrong lengths, placeholders, refusals, cut-off answers, repetition, markup.

Beside them stand good answers that mention such things (a to-do list, an "N/A" on a screen, a policy that says no), which
have to stay; and text that reading has garbled (mis-decoded characters, Windows line ends), which has to be mended.
"""

from bloomery.cli.demo.items import Desk, Item
from bloomery.cli.demo.slots import Slots

_SHORT_ANSWERS = ("Yes.", "No.", "Done.", "Ask billing.", "See above.", "Try again.", "Fixed now.", "Soon.")
_SHORT_PROMPTS = ("Help", "Hi", "Refund", "Broken!", "???", "Urgent")
_PLACEHOLDERS = (
    "N/A", "n/a", "TODO", "TBD", "[insert answer]", "[Insert answer here]", "<noinput>", "noinput", "placeholder text",
    "to be completed later", "[your answer here]", "Lorem ipsum dolor sit amet, consectetur adipiscing elit.",
)  # fmt: skip
_REFUSALS = (
    "I'm sorry, but as an AI language model I cannot access your account or look at your orders.",
    "I'm sorry, but I can't help with that request. Please contact a human agent instead.",
    "As an AI language model, I do not have access to shipping information or personal accounts.",
    "I apologize, but I am unable to provide assistance with billing matters.",
    "Unfortunately, I cannot assist with this. As an AI, I have no way to see your {product}.",
    "I cannot help with questions about the {plan} plan, as I am only a language model.",
    "I'm sorry, I can't provide information about deliveries to {city}.",
    "As a large language model, I am not able to check the state of your {product}.",
    "Sorry, but I can't assist with that.",
    "I'm afraid I cannot answer questions about {carrier} parcels, because I am an AI assistant.",
)
_GOOD_MENTIONS = (
    (
        "Why does my order page say N/A?",
        "“N/A” stands there until the parcel has been handed over. From then on you see the carrier and a day of arrival.",
    ),
    (
        "Does the task list sync?",
        "Yes. Whatever you add under TODO on one phone shows up on the others, as long as both share a household.",
    ),
    (
        "Can I return a filter that I opened?",
        "I'm sorry, opened filters cannot come back for reasons of hygiene. Unopened ones can, and we pay the postage.",
    ),
    (
        "Which text should I send to the landlord?",
        "Dear [Landlord's name], I would like to mount a small sensor with adhesive plates. It leaves no holes. "
        "Please let me know by Friday. Kind regards, [Your name]",
    ),
    (
        "What does the sign <3 on the display mean?",
        "It means that fewer than 3 percent of the battery are left. Charge the device tonight and the sign is gone.",
    ),
    (
        "What are the three lights for?",
        "Top: power\nMiddle: network\nBottom: updates, blinking while one is being installed",
    ),
    (
        "Can the chatbot on your site cancel my plan?",
        "No. It only answers questions; a plan is cancelled in the account under Plan, or by writing to the desk.",
    ),
    (
        "Is the answer to the security question shown anywhere?",
        "No, it is stored in a form that nobody can read. If you forgot it, we check who you are in another way.",
    ),
)
_GARBLED = (
    "It’s the café’s second order – “naïve” question, I know.",
    "My neighbour in Zürich says it’s the “green” one – is she right?",
    "The façade camera isn’t reachable – it’s been like that since Noël.",
    "I’ve paid €40 for it… and that’s a lot for one señor’s budget.",
    "The manual says “Öffnen – drücken – warten”, that’s all it’s got.",
)
_TAGS = (
    "<p>{}</p><br/><p>Was this helpful?</p>",
    '<div class="post-body">{}</div>&nbsp;<span style="color:#888">edited</span>',
    "{} &amp;nbsp;&lt;br&gt; <a href='/kb/118'>Read more</a>",
    "[quote]{}[/quote] [b]Solved[/b]",
)


def plant_faults(desk: Desk) -> None:
    """Every fault of this module, its look-alikes, and what is to be mended."""
    _plant_lengths(desk)
    for index in range(18):
        desk.write(kind="placeholder", short=False).completion = _PLACEHOLDERS[index % len(_PLACEHOLDERS)]
    for refusal in _REFUSALS:
        desk.write(kind="refusal", short=False).completion = refusal.format_map(Slots(desk.rng))
    for _ in range(12):
        _cut_off(desk, desk.write(kind="cut_off"))
    for index in range(8):
        item = desk.write(kind="repeated")
        item.completion = _repeat(item.completion, lines=index % 2 == 0)
    for index in range(8):
        item = desk.write(kind="markup")
        item.completion = _TAGS[index % len(_TAGS)].format(item.completion)
    for _ in range(8):
        item = desk.write(kind="echo", short=False)
        item.completion = item.prompt
    for ask, tell in _GOOD_MENTIONS:
        desk.add(Item(desk.source(), ask, tell, "general", "fault_lookalike"))
    _plant_mendable(desk)


def _plant_lengths(desk: Desk) -> None:
    """Too short, far too long, and empty (bounds: question 10 to 2,048 characters, answer 20 to 4,096)."""
    for answer in _SHORT_ANSWERS:
        desk.write(kind="short_completion", short=False).completion = answer
    for prompt in _SHORT_PROMPTS:
        desk.write(kind="short_prompt").prompt = prompt
    for _ in range(5):
        item = desk.write(kind="long_prompt", short=False)
        item.prompt = "\n".join([item.prompt, *(desk.exchange().completion for _ in range(8))])
        item = desk.write(kind="long_completion")
        item.completion = "\n\n".join([item.completion, *(desk.exchange().completion for _ in range(16))])
    for index in range(4):
        desk.write(kind="empty_completion", short=False).completion = "" if index % 2 else "  "


def _cut_off(desk: Desk, item: Item) -> None:
    """The answer ends in the middle, after a word that ends no sentence."""
    words = item.completion.split(" ")
    places = [i for i, word in enumerate(words) if word in {"and", "the", "a", "of", "to", "with", "from", "or", "is"}]
    late = [place for place in places if place > 0.5 * len(words)]
    item.completion = " ".join(words[: (late or places)[desk.rng.randrange(len(late or places))] + 1])


def _repeat(answer: str, *, lines: bool) -> str:
    """An answer that gets stuck in its longest sentence, a line each time or all in one line."""
    sentences = answer.replace("\n", " ").split(". ")
    stuck = max(sentences, key=len).rstrip(".") + "."
    return f"{sentences[0].rstrip('.')}." + ("\n" if lines else " ") + ("\n" if lines else " ").join([stuck] * 7)


def _plant_mendable(desk: Desk) -> None:
    """UTF-8 read as Windows-1252, and line ends of another system."""
    for index in range(10):
        item = desk.write(kind="mojibake", short=False)
        text = f"{item.prompt} {_GARBLED[index % len(_GARBLED)]}"
        item.prompt = "".join(_as_windows(byte) for byte in text.encode("utf-8"))
    for _ in range(10):
        item = desk.write(kind="crlf", short=False)
        item.completion = item.completion.replace("\n", " ").replace(". ", ".\r\n")
        item.completion += "" if "\r\n" in item.completion else "\r\nKind regards"


def _as_windows(byte: int) -> str:
    """One byte as Windows-1252 shows it; the five it does not define stay control characters."""
    try:
        return bytes([byte]).decode("cp1252")
    except UnicodeDecodeError:
        return chr(byte)
