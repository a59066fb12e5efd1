"""Texts that try to act on a page: markup, style ends, direction overrides, endless words, stacked marks, controls."""

HOSTILE = [
    "<script>alert(1)</script>",
    "</style><img src=x onerror=alert(1)>",
    "</title></svg><svg onload=alert(1)>",
    "{{ 7 * 7 }} {% raw %} {# x #}",
    "\u202egnp.exe\u2066 rtl \u05e9\u05dc\u05d5\u05dd",
    "w" * 100_000,
    "\x00\x07\x1b[31mred\x1b[0m\x9b1m",
    "Z" + "\u0301\u0489\u0310" * 400,
    "\ud800 lone surrogate",
    "&lt;b&gt; &amp;amp; \"quoted\" 'quoted' `tick`",
    "line\u2028separator\r\nand\rreturn",
    "--></pre></textarea><!--",
]
