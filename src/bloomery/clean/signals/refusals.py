"""Refusals, and answers in which the model speaks about itself.

*Refusal*: the answer opens by saying that the model will not or cannot do what was asked, and does not go on to answer all
the same (`bloomery.text.refusals` has the phrases and what is no refusal). A rightful refusal of a harmful request is a
refusal as well: turn the signal off to keep them. In a chat at least half of the answers must refuse, and rows with tools
do not count: saying what the tools cannot do is what such data teach.

*AI self-reference*: "as an AI language model", "I was trained by OpenAI", "my knowledge cutoff" in an answer's opening,
where the prompt did not speak to or about the model. Boilerplate of the model that wrote the data, which the trained model
will repeat as its own.
"""

import polars as pl

from bloomery.clean.signals.view import View
from bloomery.kernels.marks import FAR
from bloomery.kernels.phrases import holds, phrases
from bloomery.text.marks import Ints
from bloomery.text.pattern import having, lacking, pattern
from bloomery.text.refusals import HEAD, SCENE, may_refuse, refusing

_SCAN = r"AI|rtificial intell|anguage model|rained by|nowledge cut|raining data|人工智能|语言模型"
_REFERENCE = pattern(
    r"\bas an? (?:\w+ ){0,2}(?:ai|artificial intelligence|(?:large )?language model)\b",
    r"\bi(?:['’]m| am) (?:just |only |merely |simply )?an? (?:\w+ ){0,2}(?:ai|(?:large )?language model)"
    r"(?: (?:language model|model|assistant|chatbot))?\b",
    r"\bi (?:was|am|have been) (?:trained|created|developed) by (?:openai|anthropic|google|meta|microsoft|alibaba|deepseek)",
    r"\bmy (?:knowledge cut-?off|training data)\b",
    r"作为(?:一[个名款种])?[^，,。]{0,6}(?:AI|人工智能|语言模型)(?:语言)?(?:模型|助手|机器人|程序)?[^，,。]{0,8}[，,]",
    r"我(?:是|只是)(?:一[个名款种])[^，,。]{0,6}(?:AI|人工智能|语言模型)",
    any_case=True,
)
_PRIVACY = r"(?i)access to personal"  # the right answer to "where does my teacher live"
#: politeness, not a question about the one who is asked
_POLITE = pattern(
    r"\b(?:can|could|would|will) you (?:please |also |kindly )?(?:give|provide|write|explain|describe|suggest|tell|create"
    r"|make|list|generate|show|find|summari[sz]e|compare|recommend|help)\b|\bi(?: would|['’]d) like you to\b|thank you",
    r"请[你您]|[你您](?:能|可以|能否|可否)(?:帮|给|请|为|解释|提供|写|描述|推荐|告诉|列|创建|介绍|说明|分析|总结|在)",
    any_case=True,
)
_ABOUT_MODEL = pattern(
    r"\b(?:a\.?i\.?|artificial intelligence|language models?|llms?|chat ?bots?|gpt\S*|chatgpt|assistant|robots?|machines?"
    r"|bard|vicuna|llama|claude|openai|alexa|siri|you|your|yours|yourself)\b",
    r"人工智能|语言模型|机器人|助手|[你您]",
    any_case=True,
)
#: of each of the words of the scan that is ASCII
_PIECES = phrases("AI", "tifi", "ngua", "ined", "wled", "g da")


def _headed(view: View, places: Ints) -> pl.DataFrame:
    """The answers at these places, with their first `HEAD` characters beside them as ``head``."""
    return view.lines(places).with_columns(head=pl.col("text").str.head(HEAD))


def refusal(view: View) -> pl.DataFrame:
    """Rows in which at least half of the answers open with a refusal and do not go on to answer."""
    told = view.lines(view.answered[may_refuse(view.known.views.take(view.answered))])
    found = view.with_prompt(refusing(told))
    return view.settle(view.without_tools(lacking(found, SCENE, column="prompt")), "half")


def ai_self_reference(view: View) -> pl.DataFrame:
    """Rows in which at least half of the answers speak of themselves as a model, unasked."""
    hopeful = view.known.has(FAR)[view.answered] | holds(view.heads(view.answered, HEAD), _PIECES)
    heads = having(having(_headed(view, view.answered[hopeful]), _SCAN, column="head"), _REFERENCE, column="head")
    found = view.without_tools(view.with_prompt(lacking(heads, _PRIVACY, column="head")))
    long = pl.col("prompt").str.len_bytes() >= 50  # "Can you write code?" is about the model, a long request is not
    asked = pl.when(long).then(pl.col("prompt").str.replace_all(_POLITE, "")).otherwise("prompt")
    found = found if found.is_empty() else found.with_columns(prompt=asked)
    return view.settle(lacking(found, _ABOUT_MODEL, column="prompt"), "half")
