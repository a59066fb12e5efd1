"""Small embedding models, made on the spot: for tests only. Each function skips the test where its library is missing."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest

_SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]")


def words_tokenizer(words: Sequence[str], folder: Path) -> None:
    """``tokenizer.json``: lower case, split at white space and marks, [CLS] and [SEP] around a text."""
    tokenizers = pytest.importorskip("tokenizers")
    vocabulary = {word: place for place, word in enumerate((*_SPECIAL, *words))}
    tokenizer = tokenizers.Tokenizer(tokenizers.models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = tokenizers.normalizers.Lowercase()
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    tokenizer.post_processor = tokenizers.processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"))


def static(folder: Path, meanings: Mapping[str, Sequence[float]]) -> Path:
    """A model2vec folder in which a word has the vector that is given."""
    model2vec, tokenizers = pytest.importorskip("model2vec"), pytest.importorskip("tokenizers")
    words_tokenizer(list(meanings), folder)
    tokenizer = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
    dimensions = len(next(iter(meanings.values())))
    vectors = np.array([*np.zeros((len(_SPECIAL), dimensions)), *meanings.values()], dtype=np.float32)
    model2vec.StaticModel(vectors, tokenizer).save_pretrained(folder)
    return folder


def onnx(folder: Path, meanings: Mapping[str, Sequence[float]], *, window: int = 8) -> Path:
    """An encoder with ONNX weights that gives each token its vector, whatever stands around it."""
    library, _ = pytest.importorskip("onnx"), pytest.importorskip("onnxruntime")
    words_tokenizer(list(meanings), folder)
    dimensions = len(next(iter(meanings.values())))
    table = np.array([*np.zeros((len(_SPECIAL), dimensions)), *meanings.values()], dtype=np.float32)
    kind, helper = library.TensorProto, library.helper
    ids = helper.make_tensor_value_info("input_ids", kind.INT64, ["texts", "tokens"])
    states = helper.make_tensor_value_info("last_hidden_state", kind.FLOAT, ["texts", "tokens", dimensions])
    node = helper.make_node("Gather", ["table", "input_ids"], ["last_hidden_state"])
    graph = helper.make_graph([node], "table", [ids], [states], [library.numpy_helper.from_array(table, "table")])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    (folder / "onnx").mkdir()
    library.save(model, str(folder / "onnx" / "model.onnx"))
    (folder / "sentence_bert_config.json").write_text(json.dumps({"max_seq_length": window}))
    return folder


def torch(folder: Path, words: Sequence[str], *, window: int = 8) -> Path:
    """A BERT of one layer with random weights."""
    library, transformers = pytest.importorskip("torch"), pytest.importorskip("transformers")
    words_tokenizer(words, folder)
    library.manual_seed(0)
    config = transformers.BertConfig(
        vocab_size=len(words) + len(_SPECIAL),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=64,
    )
    transformers.BertModel(config).save_pretrained(folder)
    (folder / "sentence_bert_config.json").write_text(json.dumps({"max_seq_length": window}))
    return folder
