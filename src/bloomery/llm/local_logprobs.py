"""Log-probabilities of texts under weights on this machine.

**What is counted.** After messages, the tokens of the answer, up to its last one: neither those of the prompt nor what a template
puts after the answer. Prompt and answer are made into tokens together, as in training, where the prompt's tokens are then the
first ones; where a token would reach over their border, each by itself.

**First token.** A text by itself stands after the tokenizer's begin-of-text token, else its end-of-text token (which parts the
texts of a packed training), so that its first token is counted as well. A tokenizer that has neither leaves the first one out.

**Window.** A text by itself that is longer than the model's window is read in windows that move on by half of it: each token is
told once, and after the first window by at least half a window of what stands before it. An answer that does not fit with its
prompt is ``too_long``, as when it is asked.

**Memory.** Rows of like length are padded on the right, `batch` at a time. The scores over the vocabulary are made for the places
that are counted only (where the model can leave the others out), at most `CELLS` of them at a time, and a batch that does not fit
is halved.
"""

import inspect
import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from bloomery.llm.base import Logprobs, Message, Passage

#: scores (places × vocabulary) of one batch, about a gigabyte
CELLS = 1 << 28
#: places at a time that scores are made into log-probabilities for
_PLACES = 256


class Piece(NamedTuple):
    """Tokens that are read at once, and those of them that are told: ``tokens[begin:]``, `begin` ≥ 1."""

    owner: int  #: the number of the passage
    tokens: list[int]
    begin: int

    @property
    def told(self) -> int:
        """How many are told."""
        return len(self.tokens) - self.begin


class Reader:
    """Reads texts with an opened model: `model` and `tokenizer` of transformers, `window` tokens at most (None: any)."""

    def __init__(self, torch: Any, model: Any, tokenizer: Any, *, window: int | None, batch: int) -> None:
        self.torch, self.model, self.tokenizer, self.window, self.batch = torch, model, tokenizer, window, batch
        inner = model.get_base_model() if hasattr(model, "get_base_model") else model
        self._keeps = "logits_to_keep" in inspect.signature(inner.forward).parameters
        self._vocabulary = int(getattr(inner.config.get_text_config(), "vocab_size", 0) or len(tokenizer))

    def logprobs(self, passages: Sequence[Passage], prompts: Sequence[str | Exception | None]) -> list[Logprobs]:
        """Those of each passage; `prompts` has what stands before it, rendered: None for a text by itself.

        An exception in the place of a prompt is why there is none.
        """
        errors: dict[int, tuple[str, str]] = {}
        pieces: list[Piece] = []
        for number, (passage, prompt) in enumerate(zip(passages, prompts, strict=True)):
            try:
                pieces += self._pieces(number, passage, prompt)
            except Refused as refused:
                errors[number] = (refused.error, str(refused)[:300])
        told: dict[int, list[float]] = {number: [] for number in range(len(passages))}
        values = self._in_batches(pieces, errors)
        for place, piece in enumerate(pieces):  # in the order of the text
            told[piece.owner] += values.get(place, [])
        for number, found in told.items():
            if number not in errors and not all(map(math.isfinite, found)):
                errors[number] = ("failed", "a log-probability is no finite number")
        return [
            Logprobs(passage.item, None, *errors[number])
            if number in errors
            else Logprobs(passage.item, tuple(told[number]))
            for number, passage in enumerate(passages)
        ]

    def _pieces(self, number: int, passage: Passage, prompt: str | Exception | None) -> list[Piece]:
        if isinstance(prompt, Exception):
            raise Refused("failed", f"{type(prompt).__name__}: {prompt}")
        if prompt is None:
            return self._alone(number, passage.text)
        before, whole = self._after(prompt, passage.text)
        if len(before) == len(whole):
            return []
        if not before:
            raise Refused("failed", "the prompt has no tokens")
        if self.window and len(whole) > self.window:
            raise Refused("too_long", f"{len(whole):,} tokens of prompt and answer, in a window of {self.window:,}")
        return [Piece(number, whole, len(before))]

    def _after(self, prompt: str, text: str) -> tuple[list[int], list[int]]:
        """The tokens of the prompt, and of prompt and text."""
        special = not self.tokenizer.chat_template  # a template writes them itself
        before = self._tokens(prompt, special=special)
        whole = self._tokens(prompt + text, special=special)
        if whole[: len(before)] == before:
            return before, whole
        return before, before + self._tokens(text, special=False)

    def _tokens(self, text: str, *, special: bool) -> list[int]:
        return list(self.tokenizer(text, add_special_tokens=special)["input_ids"])

    def _alone(self, number: int, text: str) -> list[Piece]:
        tokens = self._tokens(text, special=False)
        begin = self.tokenizer.bos_token_id
        begin = self.tokenizer.eos_token_id if begin is None else begin
        tokens = tokens if begin is None or not tokens else [begin, *tokens]
        return [Piece(number, some, first) for some, first in windows(tokens, self.window) if len(some) > first]

    def _in_batches(self, pieces: list[Piece], errors: dict[int, tuple[str, str]]) -> dict[int, list[float]]:
        """The values of each piece, by its place."""
        order = sorted(range(len(pieces)), key=lambda place: -len(pieces[place].tokens))
        found: dict[int, list[float]] = {}
        while order:
            size = self._size([pieces[place] for place in order[: self.batch]])
            some, order = order[:size], order[size:]
            found |= self._read(some, pieces, errors)
        return found

    def _size(self, pieces: Sequence[Piece]) -> int:
        """How many of these, the longest first, may be read at once."""
        size = 1
        while size < len(pieces):
            if (size + 1) * len(self._places(pieces[: size + 1])) * self._vocabulary > CELLS:
                break
            size += 1
        return size

    def _places(self, pieces: Sequence[Piece]) -> list[int]:
        """The places whose scores are needed, of any of the pieces: that before each token that is told."""
        if not self._keeps:
            return list(range(max(len(piece.tokens) for piece in pieces)))
        return sorted({place for piece in pieces for place in range(piece.begin - 1, len(piece.tokens) - 1)})

    def _read(
        self, places: list[int], pieces: list[Piece], errors: dict[int, tuple[str, str]]
    ) -> dict[int, list[float]]:
        """What does not fit into memory is halved."""
        try:
            return dict(zip(places, self._forward([pieces[place] for place in places]), strict=True))
        except RuntimeError as error:  # torch's, for a lack of memory as well
            if len(places) == 1:
                errors[pieces[places[0]].owner] = ("failed", str(error)[:300])
                return {}
            half = len(places) // 2
            return self._read(places[:half], pieces, errors) | self._read(places[half:], pieces, errors)

    def _forward(self, pieces: Sequence[Piece]) -> list[list[float]]:
        torch, longest = self.torch, max(len(piece.tokens) for piece in pieces)
        ids = torch.full((len(pieces), longest), self.tokenizer.pad_token_id or 0)
        mask = torch.zeros_like(ids)
        for row, piece in enumerate(pieces):
            ids[row, : len(piece.tokens)] = torch.tensor(piece.tokens)
            mask[row, : len(piece.tokens)] = 1
        kept = self._places(pieces)
        at = {place: k for k, place in enumerate(kept)}
        device = self.model.device
        given = {"logits_to_keep": torch.tensor(kept, device=device)} if self._keeps else {}
        with torch.inference_mode():
            scores = self.model(
                input_ids=ids.to(device), attention_mask=mask.to(device), use_cache=False, **given
            ).logits
            return [
                self._told(scores[row], [at[place] for place in range(piece.begin - 1, len(piece.tokens) - 1)], piece)
                for row, piece in enumerate(pieces)
            ]

    def _told(self, scores: Any, rows: list[int], piece: Piece) -> list[float]:
        """The log-probability of each told token, from the scores at the places before them; some places at a time."""
        torch, wanted = self.torch, piece.tokens[piece.begin :]
        found: list[float] = []
        for first in range(0, len(rows), _PLACES):
            some = torch.tensor(rows[first : first + _PLACES], device=scores.device)
            logs = torch.log_softmax(scores[some].float(), dim=-1)
            picked = torch.tensor(wanted[first : first + _PLACES], device=scores.device)
            found += logs.gather(1, picked[:, None])[:, 0].tolist()
        return found


class Refused(Exception):
    """A passage that cannot be read, with the short reason."""

    def __init__(self, error: str, detail: str) -> None:
        super().__init__(detail)
        self.error = error


def windows(tokens: list[int], window: int | None) -> list[tuple[list[int], int]]:
    """The tokens as windows, each with the place of the first token that it tells; the first token of all is told by none.

    >>> windows([0, 1, 2, 3, 4, 5, 6, 7], 4)
    [([0, 1, 2, 3], 1), ([2, 3, 4, 5], 2), ([4, 5, 6, 7], 2)]
    >>> windows([0, 1, 2], 4), windows([0, 1, 2, 3, 4], 4)
    ([([0, 1, 2], 1)], [([0, 1, 2, 3], 1), ([1, 2, 3, 4], 3)])
    """
    if window is None or len(tokens) <= window:
        return [(tokens, 1)]
    half = max(1, window // 2)
    found, told = [(tokens[:window], 1)], window
    while told < len(tokens):
        end = min(told + half, len(tokens))
        found.append((tokens[end - window : end], window - (end - told)))
        told = end
    return found


def as_messages(messages: Sequence[Message]) -> list[dict[str, str]]:
    """Messages as templates take them."""
    return [{"role": role, "content": content} for role, content in messages]
