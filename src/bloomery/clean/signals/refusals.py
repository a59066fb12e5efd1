"""Refusals, and answers in which the model speaks about itself.

*Refusal*: the answer opens by saying that the model will not or cannot do what was asked ("I'm sorry, but I can't …",
"As an AI language model, I cannot …", "很抱歉，我无法…") and does not go on to answer all the same. An apology alone is
none: letters apologise, translations hold the word sorry, a character in a story refuses things. So the opening must join
a first person with not being able or willing; prompts that ask for a letter, a translation, a scene or a role are left
alone, and so is "I cannot determine …", which may be the right answer to a sum. A rightful refusal of a harmful request
is a refusal as well: turn the signal off to keep them. In a chat at least half of the answers must refuse, and rows with
tools do not count: saying what the tools cannot do is what such data teach.

*AI self-reference*: "as an AI language model", "I was trained by OpenAI", "my knowledge cutoff" in an answer's opening,
where the prompt did not speak to or about the model. Boilerplate of the model that wrote the data, which the trained model
will repeat as its own.
"""

import numpy as np
import polars as pl

from bloomery.clean.signals.pattern import having, lacking, pattern
from bloomery.clean.signals.view import HEAD, View
from bloomery.kernels.marks import FAR
from bloomery.kernels.phrases import holds, openings, phrases
from bloomery.text.marks import Bools, Ints

_SELF = (
    r"as an? (?:\w+ ){0,2}(?:ai|artificial intelligence|language model|chatbot|virtual assistant|assistant)"
    r"(?: (?:language model|model|assistant|program|chatbot|system))?(?: (?:trained|created|developed) by \w+)?"
)
_NOT = (
    r"(?:(?:can['’]?t|can ?not|could ?n['’]?t|could not|won['’]t|will not|am not able to|['’]m not able to|am unable to"
    r"|['’]m unable to|(?:do not|don['’]t) have (?:\w+ ){0,3}(?:access|ability|capability|capabilities|permission))\b)"
)
_DEED = (
    r"(?:assist|help|fulfil+|comply|provide|answer|complete|generate|create|write|engage|support|discuss|share|offer|give"
    r"|do (?:that|this|so)|respond|perform|process|access|browse|draw|show|display|recommend|suggest|make|predict|tell|play"
    r"|open|watch|see|view|hear|listen|encourage|condone|endorse|promote|participate|continue|produce|advise|instruct"
    r"|explain|translate|edit|summari[sz]e)"
)
_SORRY = (
    r"(?:i['’]m|i am|we['’]re|my)?\s*(?:very |so |really |deeply |sincerest )?(?:sorry|apologies|afraid)|i apologi[sz]e"
    r"|unfortunately"
)
_NOT_ZH = r"我[^，。]{0,6}(?:无法|不能|没有能力|没法|不会|不便)"
_REFUSAL = pattern(
    rf"^[\s\"'“*]*(?:(?:{_SORRY})[,.!:;—–-]*\s*(?:but|that|for (?:the|any) \w+)?[,.]?\s*(?:{_SELF},?\s*)?(?:i|we)\s*{_NOT}",
    rf"{_SELF},?\s*(?:i|we)\s*{_NOT}",
    rf"i\s*{_NOT}\s+(?:\w+ )?{_DEED}\b",
    r"(?:我?(?:很|非常|十分|真的)?(?:抱歉|对不起|遗憾)|不好意思|抱歉地说)[，,。！!]?(?:但是?)?[，,]?(?:作为[^，,。]*[，,])?"
    + _NOT_ZH,
    rf"作为[^，,。]*(?:AI|人工智能|语言模型|机器人|助手)[^，,。]*[，,]\s*{_NOT_ZH})",
    any_case=True,
)
#: what a sum or a riddle may well be answered with ("cannot be determined"), or "I cannot …. However, here is what I know":
#: what follows is the answer
_ANSWERED = pattern(
    r"^.{0,60}\b(?:not|can['’]?t|cannot|unable to) (?:\w+ )?(?:determine|conclude|infer|deduce|solve|calculate|compute)\b",
    r"\b(?:however|that said|nevertheless|nonetheless|but (?:i can|i(?:['’]m| am) able to|in general|generally|here)"
    r"|in general|for example|here (?:is|are)|if i were|if we)\b(?s:.{160})",
    r"(?:但是|不过|但我|然而|一般来说|但可以)(?s:.{60})",
    any_case=True,
)
_SCENE = pattern(
    r"\b(?:e-?mails?|letters?|apolog\w+|translat\w+|role-?play\w*|pretend|imagine you|act as|you are (?:a|an|the) \w+"
    r"|character|stor(?:y|ies)|dialogue?|scene|script|conversation between|rewrite|rephrase|paraphrase|reply to|respond to"
    r"|customer|complaint|poem|song|lyrics|grammar|sentence|say no|declin\w+|refus\w+|turn down|excuse|toolformer)\b",
    r"_{3}|邮件|信|道歉|翻译|扮演|角色|故事|对话|改写|拒绝|句子|回复",
    any_case=True,
)
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
#: how refusals open, in lower case: first letter, and what may come next (* for white space)
_FIRST_TWO = {"i": "'*cwad", "w": "e", "m": "y", "v": "e", "s": "oi", "r": "e", "d": "e", "a": "pfs", "u": "n"}
_BEFORE = np.array([chr(byte) in " \t\n\v\f\r\"'*" for byte in range(256)])


def _openers() -> Bools:
    """For 256 · first + second byte whether a refusal may open with them; any may that is not ASCII."""
    may = np.zeros((256, 256), dtype=np.bool_)
    may[0x80:] = True
    for first, seconds in _FIRST_TWO.items():
        for one in (first, first.upper()):
            may[ord(one), 0x80:] = True
            for second in seconds.replace("*", " \t\n\v\f\r"):
                may[ord(one), [ord(second), ord(second.upper())]] = True
    return may.reshape(-1)


_OPENERS = _openers()


def _openings(view: View) -> Bools:
    """Which answers open as a refusal may."""
    opens: Bools = _OPENERS[openings(view.known.views.take(view.answered), _BEFORE)]
    return opens


def _headed(view: View, places: Ints) -> pl.DataFrame:
    """The answers at these places, with their first `HEAD` characters beside them as ``head``."""
    return view.lines(places).with_columns(head=pl.col("text").str.head(HEAD))


def refusal(view: View) -> pl.DataFrame:
    """Rows in which at least half of the answers open with a refusal and do not go on to answer."""
    found = view.with_prompt(
        lacking(having(_headed(view, view.answered[_openings(view)]), _REFUSAL, column="head"), _ANSWERED)
    )
    return view.settle(view.without_tools(lacking(found, _SCENE, column="prompt")), "half")


def ai_self_reference(view: View) -> pl.DataFrame:
    """Rows in which at least half of the answers speak of themselves as a model, unasked."""
    hopeful = view.known.has(FAR)[view.answered] | holds(view.heads(view.answered, HEAD), _PIECES)
    heads = having(having(_headed(view, view.answered[hopeful]), _SCAN, column="head"), _REFERENCE, column="head")
    found = view.without_tools(view.with_prompt(lacking(heads, _PRIVACY, column="head")))
    long = pl.col("prompt").str.len_bytes() >= 50  # "Can you write code?" is about the model, a long request is not
    asked = pl.when(long).then(pl.col("prompt").str.replace_all(_POLITE, "")).otherwise("prompt")
    found = found if found.is_empty() else found.with_columns(prompt=asked)
    return view.settle(lacking(found, _ABOUT_MODEL, column="prompt"), "half")
