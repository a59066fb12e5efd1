"""Where a model lies, of which kind it is, and what tells it from others."""

import hashlib
import importlib
from pathlib import Path
from typing import Any, Literal

import msgspec

from bloomery.errors import MissingExtraError, RecipeError

Kind = Literal["static", "onnx", "torch"]

ONNX = ("onnx/model.onnx", "model.onnx")
#: what decides about a model's vectors, as far as a folder has it
_TELLING = (
    *("config.json", "modules.json", "sentence_bert_config.json", "tokenizer.json", "1_Pooling/config.json"),
    *("model.safetensors", "0_StaticEmbedding/model.safetensors", "0_StaticEmbedding/tokenizer.json"),
    *("onnx/model.onnx", "onnx/model.onnx_data", "model.onnx", "model.onnx_data"),
)
_BLOCK = 1 << 20


def find(model: str) -> Path:
    """The folder of a model that is given by path or by name. RecipeError if there is none."""
    folder = Path(model).expanduser()
    if folder.is_dir():
        return folder
    if not model or model.startswith((".", "/", "~")) or model.count("/") > 1 or folder.exists():
        raise RecipeError(f"There is no model '{model}'", expected="a folder with an embedding model")
    try:
        hub = importlib.import_module("huggingface_hub")
    except ImportError:
        raise MissingExtraError(f"'{model}' is no folder; to look for a model by name", "embed") from None
    try:
        return Path(hub.snapshot_download(model, local_files_only=True))
    except Exception as error:  # the library has many ways to say no
        raise RecipeError(
            f"There is no model '{model}'",
            expected="a folder, or the name of a model in the local Hugging Face cache",
            next=f"Nothing is downloaded here. To fetch it once: hf download {model}",
        ) from error


def kind_of(folder: Path, name: str) -> Kind:
    """Static, ONNX or torch. RecipeError if the folder holds none of these."""
    modules = settings(folder / "modules.json", [])
    static = any(str(one.get("type", "")).endswith("StaticEmbedding") for one in modules)
    config = settings(folder / "config.json", {})
    if static or config.get("model_type") == "model2vec" or "StaticModel" in config.get("architectures", []):
        return "static"
    if any((folder / file).is_file() for file in ONNX):
        return "onnx"
    if (folder / "model.safetensors").is_file() and "model_type" in config:
        return "torch"
    raise RecipeError(
        f"There is no embedding model in {name}",
        expected="a folder of model2vec (config.json, model.safetensors, tokenizer.json), or of an encoder with "
        "tokenizer.json and onnx/model.onnx or model.safetensors",
        found=", ".join(sorted(path.name for path in folder.iterdir())[:8]) or "an empty folder",
    )


def identity(folder: Path) -> str:
    """SHA-256 over the weights, the tokenizer and the settings."""
    told = hashlib.sha256()
    for name in _TELLING:
        if (folder / name).is_file():
            told.update(f"{name}\0{(folder / name).stat().st_size}\0".encode())
            with (folder / name).open("rb") as file:
                while block := file.read(_BLOCK):
                    told.update(block)
    return told.hexdigest()


def settings(path: Path, otherwise: Any) -> Any:
    """What a JSON file of the model says; `otherwise` if there is none of that kind."""
    try:
        found = msgspec.json.decode(path.read_bytes())
    except (OSError, msgspec.DecodeError):
        return otherwise
    return found if isinstance(found, type(otherwise)) else otherwise
