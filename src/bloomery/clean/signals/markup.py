"""Leftover markup and escape sequences: what a scraper or a double encoding left in prose.

HTML tags and entities, BBCode, newlines written as backslash-n, letters written as ``\\u00e9``, and the control tokens and
headings of prompt templates. All of these are right in code, in answers about code, and where the prompt holds them too.
A control token at the very end of an answer does not count: older completion sets end every answer with one on purpose.
An answer that is wholly wrapped in tags is code where it is a page or a widget, and leftover markup where the tags are those
of paragraphs or quotations and what they hold is prose.
Sub- and superscript tags, and ``<br>`` between the bars of a table, do not count either: Markdown has no other way.
In running text, which is long and whose subject nobody names, one or two finds do not count.
"""

import polars as pl

from bloomery.clean.signals.code import not_about_code, without_code, without_tables
from bloomery.clean.signals.view import View
from bloomery.text.pattern import having, lacking, pattern

MIN_IN_TEXT = 3

_MARKUP = pattern(
    r"</(?:p|div|span|a|b|i|u|em|strong|li|ul|ol|h[1-6]|td|tr|th|table|tbody|font|center|blockquote|pre|body|html|head"
    r"|section|iframe|style)>",
    r"<br ?/?>|<(?:a|img|div|span|font|p|iframe|table|td)\s+[a-z-]+\s*=[^<>]+>",
    r"&(?:nbsp|amp|lt|gt|quot|apos|[lr]squo|[lr]dquo|mdash|ndash|hellip|eacute|bull|copy|#\d{2,5}|#x[0-9a-fA-F]{2,5});",
    r"[.!?:,;。！？：，；]\s?\\n|\\n\\n|\\r\\n|\\n(?:\d+[.)]|[-*•]) ",
    r"(?:^|[^\\\w])\w*\\u[0-9a-fA-F]{4}",
    r"\[/(?:b|i|u|url|img|quote|color|size|list|center)\]",
    r"<\|(?:im_start|im_end|endoftext|eot_id|start_header_id|end_header_id|begin_of_text|user|assistant|system|end)\|>\s*\S",
    r"\[/?INST\]|<</?SYS>>|(?m:^###? ?(?:Instruction|Response|Input|Human|Assistant|User)\s?:)",
)
_WRAPPED = pattern(r"^\s*(?:<(?:p|div|span|blockquote|section)\b(?s:.*)>|\[quote\b(?s:.*)\])\s*$", any_case=True)
_WRAPPERS = pattern(
    r"</?(?:p|div|span|blockquote|section|b|i|u|em|strong|br)(?:\s+(?:class|id)=[\"'][\w -]*[\"'])?\s*/?>",
    r"<span style=\"[^<>\"]*\">|&nbsp;",
    r"\[/?(?:quote|b|i|u)(?:=[^\[\]\n]*)?\]",
    any_case=True,
)
_TAG = r"[<\[]/?[A-Za-z]"
_PROSE = r"\p{Ll}[.!?]\s+[\p{Lu}\p{N}](?s:.*)[.!?]|[。！？].*[。！？]"


def leftover_markup(view: View) -> pl.DataFrame:
    """Rows with markup or escape sequences in an answer that has no business with them; the score is how many."""
    found = having(view.marked, _MARKUP)
    plain = without_code(found)
    if view.batch.format != "text":  # a text that is one page of HTML is meant so
        plain = pl.concat([plain, _wrapped(found.join(plain, on="index", how="anti", maintain_order="left"))])
    found = without_tables(plain)
    found = lacking(not_about_code(view.with_prompt(found)), _MARKUP, column="prompt")
    if found.is_empty():
        return view.settle(found)
    found = found.with_columns(score=pl.col("text").str.count_matches(_MARKUP).cast(pl.Float64))
    return view.settle(found.filter(pl.col("score") >= (MIN_IN_TEXT if view.batch.format == "text" else 1)))


def _wrapped(found: pl.DataFrame) -> pl.DataFrame:
    """Those of `found` that look like code only for the tags around their sentences."""
    bare = pl.col("text").str.replace_all(_WRAPPERS, " ")
    wrapped = having(found, _WRAPPED)
    prose = having(lacking(wrapped.with_columns(bare=bare), _TAG, column="bare"), _PROSE, column="bare")
    return without_code(prose, column="bare").drop("bare")
