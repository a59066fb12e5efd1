"""Prompts that ask for what a text model does not have: images, links, files, live data, the world.

Two kinds. *Shown*: the task is about something that is not in the row ("Who painted this?" over the address of an image,
``[a photo of a mountain]``, "explain this cartoon" and nothing else). *Wanted*: "Draw me a cat", "Play some music", "What
is the weather today". Such rows teach a model to pretend.

Only plain requests in at most `MAX_PROMPT` bytes count, because longer prompts quote texts that ask for photos. Drawing a
conclusion, a caption, a story or a program that draws are tasks for text, and an answer that is code (SVG, ASCII art) has
met the request. Rows with tools, and rows with media of their own (``<image>``), do not count. In a chat at least half of
the prompts must ask.
"""

import numpy as np
import polars as pl

from bloomery.clean.signals.code import not_about_code, without_code
from bloomery.clean.signals.view import View
from bloomery.kernels.marks import FAR
from bloomery.kernels.phrases import holds, phrases
from bloomery.text.pattern import having, lacking, pattern

MAX_PROMPT = 400
BARE = 90  # bytes: nothing but the task itself

_A = r"(?:me |us )?(?:an? |the |some |two |three |this |that )?(?:[\w-]+ ){0,2}"
_IMAGE = (
    r"(?:pictures?|photos?|photographs?|images?|drawings?|paintings?|sketch(?:es)?|illustrations?|screenshots?|selfies?"
    r"|gifs?|videos?|wallpapers?)"
)
_PLEASE = r"(?:please |can you |could you |hey,? |now |kindly )*"
_SCAN = (
    r"hoto|icture|mage|aint|ttached|http|ideo|eather|[Dd]raw |urrent (?:we|te|ti|da|st|ex)|hat (?:time|da)|lay (?:me|a|the|s|my)"
    r"|ketch|witch o|urn o|图|画|片|播放|天气|几点|声"
)
#: four characters of each of these words; what is not ASCII in the scan is all beyond U+3000
_PIECES = phrases(
    *("hoto", "ictu", "mage", "aint", "ttac", "http", "ideo", "eath", "raw ", "rren", ("t", " ", "td", "ia"), "lay "),
    *("ketc", "itch", "rn o"),
)
_WANTED = pattern(
    rf"(?m:^|[.!?] ){_PLEASE}(?:(?:draw|sketch|paint) (?:me |us )?(?:an? |the |some |this |your )(?:[\w-]+ ){{0,3}}\w"
    rf"|(?:show|send|give|generate|create|make|find|provide|display|take|produce) {_A}{_IMAGE}\b(?: of|\W*$)"
    r"|(?:play|put on|queue) (?:me )?(?:a|the|some|my) (?:\w+ ){0,2}(?:songs?|music|video|playlist|track)\W*$"
    r"|(?:open|click|visit|browse|go to|download) (?:\w+ ){0,3}(?:https?://|www\.)"
    r"|(?:turn|switch) (?:on|off) the (?:lights?|tv|heating|music))",
    r"\bwhat(?:['’]s| is) the (?:current |present )?(?:weather|temperature|stock price|traffic)(?: like)?(?: \w+){0,4}"
    r" (?:now|today|right now|at the moment|tomorrow)\b",
    r"\bwhat(?:['’]s| is) the current (?:weather|temperature|time|date|stock price|exchange rate)"
    r"(?: (?:in|for|of)(?: \w+){1,5})?\W*$",
    r"\bwhat (?:time|day|date) is it(?: now| today| right now)?\W*$",
    r"(?:画|绘制)(?:一[幅张只]|出)|(?:给我|发)一?[张幅].{0,6}(?:图片|照片)|播放.{0,8}(?:歌|音乐|视频)|现在几点",
    r"(?:预测|找到|查[找询]?|告诉我?|发现|获取).{0,12}(?:今天|明天|现在|当前|后天|天后).{0,12}天气",
    any_case=True,
)
_SHOWN = pattern(
    r"https?://\S+\.(?:jpe?g|png|gif|svg|webp|bmp|mp[34]|wav|pdf)\b|!\[[^\]\n]*\]\(",
    r"[\[<【][^\[\]<>【】\n]*(?:图片|图像|照片|截图)[^\[\]<>【】\n]*[\]>】]",
    r"\[(?:an? |the )?(?:[\w-]+ ){0,2}(?:image|photo|picture|painting|screenshot|video|audio)"
    r"(?: (?:of|here|attached)[^\[\]\n]*)?\]",
    r"(?:\b(?:article|paper|report|blog post|video|podcast|document|story)\b|文章|论文|视频)[^\n]*\n?[^\n]*https?://\S+\s*$",
    r"\bthe attached (?:file|document|pdf|spreadsheet|photo|image|picture|video|audio|article)",
    r"如[下上]?图所示|\bas (?:shown|seen|depicted) in the (?:figure|image|picture|photo|diagram)\b",
    any_case=True,
)
_SHOWN_BARE = pattern(
    r"(?:这幅|这张|给定的?|以下|下面的?|该)(?:画作?|图片|图像|照片|漫画|gif图?|视频|绘画|拼图)",
    rf"\b(?:this|the given|the following|the attached|the provided) {_IMAGE}\W*$",
    any_case=True,
)
_QUOTED = '[:：“"\n]'
_IN_TEXT = pattern(
    r"\b(?:ascii|emojis?|words?|describe|description|caption|prompts?|svg|conclusions?|inferences?|comparisons?|parallels?"
    r"|attention|distinctions?|stor(?:y|ies)|poems?|how to|vivid|mental|clear|bigger|complete|concept|ideas?)\b",
    r"描述|文字|故事",
    any_case=True,
)
_NOT_ALONE = pattern(r"<(?:image|audio|video)>|toolformer|\btools?\b|\bascii\b", any_case=True)


def asks_for_media(view: View) -> pl.DataFrame:
    """Rows in which at least half of the prompts ask for images, links, files, live data or an action in the world."""
    turns = _turns(view)
    if turns.is_empty():
        return view.settle(turns)
    bare = lacking(turns.filter(pl.col("prompt").str.len_bytes() <= BARE), _QUOTED, column="prompt")
    asks = [
        lacking(having(turns, _WANTED, column="prompt"), _IN_TEXT, column="prompt"),
        having(bare, _SHOWN_BARE, column="prompt"),
        having(turns, _SHOWN, column="prompt"),
    ]
    found = view.without_tools(pl.concat(asks).unique("turn", maintain_order=True))
    found = not_about_code(lacking(found, _NOT_ALONE, column="prompt"))
    return view.settle(without_code(found.with_columns(text=view.joined(found["row"], "completion"))), "half")


def _turns(view: View) -> pl.DataFrame:
    """``row, turn, prompt`` of the short turns of the user in which the scan finds a word of interest."""
    places, text = view.places("prompt"), pl.col("text").str
    short = view.known.size[places] <= MAX_PROMPT
    hopeful = places[short]
    hopeful = hopeful[view.known.has(FAR)[hopeful] | holds(view.known.views.take(hopeful), _PIECES)]
    hit = having(view.lines(hopeful), _SCAN)
    wanted = np.zeros(view.batch.parts.height, dtype=bool)
    wanted[view.turns[np.searchsorted(places, hit["index"].to_numpy())]] = True
    mine = wanted[view.turns]
    parts = view.lines(places[mine]).with_columns(turn=pl.Series(view.turns[mine].astype(np.uint32)))
    if parts["turn"].equals(parts["index"]):  # each part is a turn
        return parts.select("row", "turn", prompt="text")
    turns = parts.group_by("row", "turn", maintain_order=True).agg(prompt=text.join("\n"))
    return turns.filter(pl.col("prompt").str.len_bytes() <= MAX_PROMPT)
