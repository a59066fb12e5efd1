import re

import pytest
from markupsafe import Markup

from bloomery.web.page import Link, environment, page


def test_the_title_heads_the_page_unless_a_hero_does():
    assert "<h1>Profile</h1>" in page("Profile", Markup("<p>x</p>"))
    assert page("Profile", Markup(""), hero=Markup("<h1>Other</h1>")).count("<h1>") == 1


def test_a_body_that_is_not_markup_is_escaped():
    assert "&lt;b&gt;bold&lt;/b&gt;" in page("t", "<b>bold</b>")


@pytest.mark.parametrize("place", ["title", "kicker", "footer"])
def test_hostile_text_in_the_frame_is_escaped(place):
    given = {"title": "t", "body": Markup("")} | {place: "</title><script>x\x00</script>"}
    html = page(**given)
    assert "<script" not in html and "\x00" not in html


def test_contents_link_to_sections():
    html = page("t", Markup('<section id="a"></section>'), contents=[Link("a", "First")])
    assert '<a href="#a">First</a>' in html


def test_the_policy_forbids_every_request_and_script():
    html = page("t", Markup(""))
    assert "default-src 'none'; style-src 'unsafe-inline'; img-src data:" in html
    assert html.index("Content-Security-Policy") < html.index("<style>")
    assert not re.search(r"https?:|@import|url\((?!#)", html)


def test_the_page_follows_the_readers_scheme_width_and_paper():
    html = page("t", Markup(""))
    for rule in ("prefers-color-scheme: dark", "@media (min-width", "@media print", 'name="viewport"'):
        assert rule in html


def test_every_template_escapes():
    assert environment("bloomery.web").autoescape is True
    assert environment("bloomery.web").from_string("{{ x }}").render(x="<b>") == "&lt;b&gt;"


def _luminance(colour):
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one, other):
    """WCAG 2.2: (L1 + 0.05) / (L2 + 0.05), lighter over darker."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_text_has_contrast_of_at_least_four_and_a_half(scheme):
    html = page("t", Markup(""))
    blocks = re.findall(r":root \{(.*?)\}", html, flags=re.DOTALL)
    colours = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", blocks[scheme]))
    pairs = [(text, ground) for text in ("ink", "quiet", "link") for ground in ("paper", "card")]
    pairs += [("gone-ink", "gone"), ("new-ink", "new"), ("ink", "code"), ("quiet", "code")]
    for text, ground in pairs:
        assert _contrast(colours[text], colours[ground]) >= 4.5, (text, ground)
    for shape in ("kept", "lost"):
        assert _contrast(colours[shape], colours["paper"]) >= 3, shape
