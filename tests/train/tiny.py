"""A model made on the spot: a random Llama, and a BPE over bytes with a chat template."""

from pathlib import Path
from typing import Any

TEMPLATE = (
    "{% for message in messages %}"
    "{% if message.role == 'tool' %}{{ raise_exception('no tools here') }}{% endif %}"
    "<|{{ message.role }}|>{{ message.content }}<|end|>"
    "{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
_SPECIAL = ["<|end|>", "<pad>", "<|system|>", "<|user|>", "<|assistant|>"]
_SIZES = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2}
WINDOW = 256


def make(folder: Path, *, seed: int = 0, template: str | None = TEMPLATE, recommends: bool = True) -> Path:
    """Weights, tokenizer and settings in `folder`; `recommends` says whether these ask for samples and a penalty."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast, set_seed

    words: Any = Tokenizer(models.BPE())
    words.pre_tokenizer, words.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
    learner = trainers.BpeTrainer(
        vocab_size=320,
        special_tokens=_SPECIAL,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    words.train_from_iterator([f"Item {k} is what is asked about here." for k in range(50)], learner)
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=words, eos_token="<|end|>", pad_token="<pad>")
    tokenizer.chat_template = template
    set_seed(seed)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        eos_token_id=0,
        pad_token_id=1,
        bos_token_id=None,
        max_position_embeddings=WINDOW,
        **_SIZES,
    )
    model = LlamaForCausalLM(config)
    if recommends:
        model.generation_config.update(temperature=0.7, top_p=0.9, do_sample=True, repetition_penalty=1.3)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder
