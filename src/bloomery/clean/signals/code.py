"""Is it code, and is the prompt about code? Exclusions shared by the signals, so both lean towards yes.

What looks broken in prose (repeated lines, no full stop, HTML tags, ``\\n``) is right in code, in tables and in data
formats. Called on the few texts that a cheap scan has left over.
"""

import polars as pl

from bloomery.text.pattern import lacking, pattern

_CODE = pattern(
    r"```|~~~",
    r"(?m:^\s*(?:def|class|import|from|return|elif|except|public|private|static|void|function|struct|package|using|fn|func"
    r"|module|namespace|template|typedef|interface)\b[^.!?\n]*[({;:=]?\s*$)",
    r"(?m:[;{}]\s*$)",
    r"(?m:^\s*(?:#include|#!/|<\?php|@\w+|//|/\*|--\s))",
    r"(?m:^\s*(?:var|let|const|int|float|double|char|bool|string|String|auto|val)\s+\w+\s*[=;(\[])",
    r"(?m:^\s*(?:if|for|while|switch|foreach|elseif)\s*\()",
    r"(?m:^\s*(?:if|for|while|with|try|else)\b[^.!?\n]*:\s*$)",
    r"(?m:^\s*[\w.\[\]]+\s*(?:=|\+=|:=|<-)\s*\S)",
    r"(?m:^\s*\$\s*\w+|^\s*(?:sudo|pip|npm|git|cd|curl)\s)",
    r"(?i:\bselect\b[^;]*\bfrom\b|\binsert\s+into\b|\bcreate\s+table\b|\bupdate\s+\w+\s+set\b|\bdelete\s+from\b)",
    r"\w+\([^()\n]*\)\s*(?:;|\{|=>|\.\w+\()",
    r"\b(?:print|printf|println|console\.log|len|range)\(|\bSystem\.out|\bstd::|\bdocument\.\w",
    r"=>|->\s*\w+\s*[{(]|&&|\|\||::|===|!==",
    r'^\s*[\[{](?s:.*)[\]}]\s*$|"\w+"\s*:\s*["\[{\d]',
    r"\\(?:begin|end|frac|section|documentclass)\{",
    r"(?i:</?script|javascript:|^\s*<(?:!doctype|\?xml|html|head|body|svg|table|div|form|style|section|main|nav)\b(?s:.*)>\s*$)",
    r"^\s*<[^<>]*>\s*$",  # a single tag
)

_ABOUT_CODE = pattern(
    r"\b(?:codes?|coding|coded|program(?:s|ming|mer)?|functions?|scripts?|x?html\d?|css\d?|xml|svg|json|ya?ml|csv|toml|sql"
    r"|mysql|regex(?:es|p)?|regular expressions?|python|java|javascript|typescript|php|ruby|rails|perl|bash|shell|golang"
    r"|rust|kotlin|swift|scala|haskell|matlab|react|vue|angular|node(?:\.?js)?|jquery|django|flask|commands?|algorithms?"
    r"|quer(?:y|ies)|tags?|markup|markdown|latex|bbcode|apis?|class(?:es)?|methods?|variables?|arrays?|strings?|loops?"
    r"|web ?pages?|websites?|databases?|compil\w+|debug\w*|unicode|escap(?:e|ed|ing)|entit(?:y|ies)|encod\w+|pseudo-?code"
    r"|terminal|stdout|printf?|syntax|parse\w*|urls?|templates?)\b",
    r"c\+\+|c#|```|</\w|\.(?:py|js|html)\b",
    r"代码|函数|编程|程序|脚本|网页|网站|算法|正则|字符串|数组|标签|查询|数据库",
    any_case=True,
)


_CELLS = r"(?m)^[^\n]*(?:(?:^|[^<|])\|(?:[^|>]|$)|\t|[^\s,],[^\s,][^,\n]*,[^\s,])[^\n]*$"
_LINES = r"(?m)\S[^\n]*$"


def without_code(frame: pl.DataFrame, *, column: str = "text") -> pl.DataFrame:
    """The lines of `frame` whose `column` holds no code, data format or LaTeX."""
    return lacking(frame, _CODE, column=column)


def not_about_code(frame: pl.DataFrame) -> pl.DataFrame:
    """The lines of `frame` whose ``prompt`` does not speak of code, markup or data formats, and holds none."""
    return lacking(frame, _ABOUT_CODE, column="prompt")


def without_tables(frame: pl.DataFrame) -> pl.DataFrame:
    """The lines of `frame` of whose ``text`` less than half of the lines are cells: bars, tabs, commas without a space."""
    if frame.is_empty():
        return frame
    text = pl.col("text").str
    lines = text.count_matches(_LINES)
    return frame.filter((lines < 2) | (2 * text.count_matches(_CELLS) < lines))
