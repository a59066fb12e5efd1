"""Models from weights on this machine, by `transformers`: no server, no network, nothing downloaded.

A folder is read with its own tokenizer and chat template, with a LoRA adapter on top where one is named; weights are
safetensors only, and code in the folder is not run. Prompts are padded on the left and answered in batches. A folder without a
template takes single messages, as they are.

At temperature 0 the likeliest token is taken, whatever the folder's ``generation_config.json`` recommends. Above 0 each prompt is
sampled by itself, from a seed that is made of the request: so a repeat is the same again, whatever else is asked or cached.
(The likeliest token of a batch is that of the prompt alone up to rounding: two tokens that are equal to the last bits may change
places.)

Log-probabilities of texts are told as well (`bloomery.llm.local_logprobs`).

The identity holds SHA-256 digests of weights, adapter, configuration, tokenizer and template.
"""

import hashlib
import importlib
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from bloomery.errors import MissingExtraError, RecipeError
from bloomery.llm.base import Answer, Draw, Logprobs, Message, Passage, Prices, Request, Take, failed
from bloomery.llm.family import family_of
from bloomery.llm.local_logprobs import Reader, as_messages
from bloomery.llm.options import ModelOptions

_WEIGHTS = ("*.safetensors", "*.safetensors.index.json")
_TELLING = (
    "config.json",
    "generation_config.json",
    "tokenizer*",
    "special_tokens_map.json",
    "chat_template*",
    "vocab*",
    "merges*",
)
_ADAPTER = ("adapter_config.json", "adapter_model.safetensors")
_BLOCK = 1 << 20
#: the longest answer where none is said
_LONGEST = 1024


class Local:
    """A model in a folder, as `options` of kind ``local`` say. The weights are read when it is first asked."""

    live = True
    scores = True

    def __init__(self, name: str, options: ModelOptions) -> None:
        """Raises RecipeError if the folder holds no model."""
        self.name, self.options = name, options
        self._folder = _folder(options.path or "", name, "config.json")
        self._adapter = _folder(options.adapter, name, _ADAPTER[1]) if options.adapter else None
        if not any(self._folder.glob(_WEIGHTS[0])):
            raise RecipeError(
                f"The model '{name}' has no weights that can be used",
                expected=f"*.safetensors in {self._folder}",
                found="none",
            )
        kind = str(_settings(self._folder / "config.json").get("model_type", ""))
        self.family = options.family or family_of(kind) or family_of(self._folder.name)
        self.prices: Prices | None = options.prices or Prices(input=0, output=0)
        self.max_tokens: int | None = options.max_tokens or _LONGEST
        self._identity = ""
        self._opened: _Opened | None = None

    def identity(self) -> str:
        """The digests, and how tokens are chosen."""
        if not self._identity:
            digests = [_digest(self._folder, (*_WEIGHTS, *_TELLING))]
            digests += [_digest(self._adapter, _ADAPTER)] if self._adapter else []
            told = self.options
            chosen = (told.temperature or 0, self.max_tokens, told.seed or 0 if told.temperature else None)
            self._identity = msgspec.json.encode(("local", digests, chosen)).decode()
        return self._identity

    def run(self, draw: Draw, take: Take) -> None:
        """Answer in batches. MissingExtraError if a library is not installed, RecipeError if weights cannot be read."""
        opened = self._open()
        size = 1 if self.options.temperature else self.options.batch
        while True:
            drawn: list[tuple[int, Request]] = []
            while len(drawn) < size and (one := draw()):
                drawn.append(one)
            if not drawn:
                return
            answers = opened.answers([request for _, request in drawn])
            take.many([(number, answer) for (number, _), answer in zip(drawn, answers, strict=True)])

    def token_logprobs(self, passages: Sequence[Passage]) -> list[Logprobs]:
        """The log-probabilities of the tokens of each passage. Raises as `run`."""
        return self._open().logprobs(passages)

    def _open(self) -> "_Opened":
        if self._opened is None:
            self._opened = _Opened(self.name, self._folder, self._adapter, self.options)
        return self._opened


class _Opened:
    """Weights and tokenizer in memory."""

    def __init__(self, name: str, folder: Path, adapter: Path | None, options: ModelOptions) -> None:
        self.name, self.options = name, options
        self.torch, library = _library("torch", name), _library("transformers", name)
        given: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
        try:
            self.tokenizer = library.AutoTokenizer.from_pretrained(str(folder), **given)
            model = library.AutoModelForCausalLM.from_pretrained(
                str(folder), use_safetensors=True, dtype="auto", **given
            )
            self.tokenizer.padding_side = "left"
            self.ends = _ends(model.generation_config.eos_token_id, self.tokenizer.eos_token_id)
            if self.tokenizer.pad_token_id is None:
                self.tokenizer.pad_token_id = self.ends[0] if self.ends else 0
            self.longest = options.max_tokens or _LONGEST
            # in place of the folder's: what is left out of one that is given to a call is filled in from there
            model.generation_config = self._how(library)
            if adapter:
                model = _library("peft", name).PeftModel.from_pretrained(model, str(adapter), is_trainable=False)
        except MissingExtraError:
            raise
        except Exception as error:  # whatever is wrong with the files
            raise RecipeError(f"The model '{name}' cannot be read", found=str(error)[:300]) from error
        self.model = model.to("cuda" if self.torch.cuda.is_available() else "cpu").eval()
        self.window = getattr(model.config, "max_position_embeddings", None)
        self._reader = Reader(self.torch, self.model, self.tokenizer, window=self.window, batch=options.batch)

    def _how(self, library: Any) -> Any:
        """How tokens are chosen, and where an answer ends."""
        sampled = {"temperature": self.options.temperature, "top_k": 0, "top_p": 1.0}
        return library.GenerationConfig(
            max_new_tokens=self.longest,
            do_sample=bool(self.options.temperature),
            eos_token_id=self.ends or None,
            pad_token_id=self.tokenizer.pad_token_id,
            **(sampled if self.options.temperature else {}),
        )

    def answers(self, requests: Sequence[Request]) -> list[Answer]:
        """An answer for each; one prompt that cannot be made or is too long costs no other."""
        found: dict[int, Answer] = {}
        prompts: dict[int, list[int]] = {}
        for number, request in enumerate(requests):
            try:
                prompts[number] = self._tokens(request)
            except Exception as error:  # templates raise what they like
                found[number] = failed(request, "failed", f"{type(error).__name__}: {error}"[:300])
                continue
            if self.window and len(prompts[number]) + self.longest > self.window:
                lengths = (
                    f"{len(prompts[number]):,} tokens and {self.longest:,} of an answer, in a window of {self.window:,}"
                )
                found[number] = failed(request, "too_long", lengths)
                del prompts[number]
        found |= self._generated({k: requests[k] for k in prompts}, prompts)
        return [found[number] for number in range(len(requests))]

    def logprobs(self, passages: Sequence[Passage]) -> list[Logprobs]:
        """Those of each passage; one whose prompt cannot be made or is too long costs no other."""
        prompts: list[str | Exception | None] = []
        for passage in passages:
            try:
                prompts.append(self._rendered(passage.messages) if passage.messages else None)
            except Exception as error:  # templates raise what they like
                prompts.append(error)
        return self._reader.logprobs(passages, prompts)

    def _tokens(self, request: Request) -> list[int]:
        templated = bool(self.tokenizer.chat_template)
        return list(self.tokenizer(self._rendered(request.messages), add_special_tokens=not templated)["input_ids"])

    def _rendered(self, messages: Sequence[Message]) -> str:
        """What the model reads before its answer."""
        if self.tokenizer.chat_template:
            made = self.tokenizer.apply_chat_template(as_messages(messages), add_generation_prompt=True, tokenize=False)
            return str(made)
        if len(messages) > 1:
            raise ValueError("the model has no chat template, and takes one message only")
        return messages[0].content

    def _generated(self, requests: dict[int, Request], prompts: dict[int, list[int]]) -> dict[int, Answer]:
        """Answers by number. What does not fit into memory is halved."""
        if not prompts:
            return {}
        try:
            return self._batch(requests, prompts)
        except RuntimeError as error:  # torch's, for a lack of memory as well
            numbers = list(prompts)
            if len(numbers) == 1:
                return {numbers[0]: failed(requests[numbers[0]], "failed", str(error)[:300])}
            halves = numbers[: len(numbers) // 2], numbers[len(numbers) // 2 :]
            return {
                k: v for half in halves for k, v in self._generated(requests, {n: prompts[n] for n in half}).items()
            }

    def _batch(self, requests: dict[int, Request], prompts: dict[int, list[int]]) -> dict[int, Answer]:
        began = time.monotonic()
        padded = self.tokenizer.pad({"input_ids": list(prompts.values())}, return_tensors="pt").to(self.model.device)
        if self.options.temperature:
            self.torch.manual_seed(_seed(self.options.seed or 0, requests[next(iter(prompts))]))
        with self.torch.inference_mode():
            made = self.model.generate(**padded)
        seconds = (time.monotonic() - began) / len(prompts)
        new = made[:, padded["input_ids"].shape[1] :].tolist()
        return {
            number: self._answer(requests[number], len(prompts[number]), tokens, seconds)
            for number, tokens in zip(prompts, new, strict=True)
        }

    def _answer(self, request: Request, prompt: int, tokens: list[int], seconds: float) -> Answer:
        """The text up to the first token that ends it."""
        end = next((k for k, token in enumerate(tokens) if token in self.ends), None)
        said = tokens if end is None else tokens[:end]
        text = self.tokenizer.decode(said, skip_special_tokens=True)
        counted = len(said) + (end is not None)
        finish = "length" if end is None else "stop"
        return Answer(
            request.item, request.repeat, text, None, prompt, counted, False, seconds, False, self.name, finish
        )


def _seed(seed: int, request: Request) -> int:
    whole = hashlib.sha256(msgspec.json.encode((seed, request.messages, request.repeat))).digest()
    return int.from_bytes(whole[:7], "big")


def _ends(*told: Any) -> list[int]:
    """Tokens that end an answer; each is told as a number, a list, or None."""
    lists = [one if isinstance(one, list) else [one] for one in told]
    return list(dict.fromkeys(token for one in lists for token in one if isinstance(token, int)))


def _folder(path: str, name: str, wanted: str) -> Path:
    folder = Path(path).expanduser()
    if not (folder / wanted).is_file():
        raise RecipeError(
            f"The model '{name}' cannot be used",
            expected=f"a folder with {wanted}",
            found=path if folder.is_dir() else f"no folder {path}",
            next="Nothing is downloaded here: name a folder on this machine",
        )
    return folder


def _settings(path: Path) -> dict[str, Any]:
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, Any])
    except (OSError, msgspec.DecodeError):
        return {}


def _digest(folder: Path, patterns: Sequence[str]) -> str:
    """SHA-256 over the files of those names."""
    told = hashlib.sha256()
    for file in sorted({one for pattern in patterns for one in folder.glob(pattern) if one.is_file()}):
        told.update(f"{file.name}\0{file.stat().st_size}\0".encode())
        with file.open("rb") as opened:
            while block := opened.read(_BLOCK):
                told.update(block)
    return told.hexdigest()


def _library(name: str, model: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError:
        raise MissingExtraError(f"The local model '{model}'", "train") from None
