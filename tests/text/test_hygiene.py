"""Text hygiene: tags, entities, spaces, and folding that keeps its place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorstepd.carriers.text import clean
from doorstepd.carriers.text.hygiene import fold


@pytest.mark.parametrize(
    ("raw", "seen"),
    [
        ("【&lt;浦东&gt;】", "【<浦东>】"),
        ("<b>已签收</b>", "已签收"),
        ('快件<a href="tel:95311">95311</a>', "快件95311"),
        ("已发往<br/>北京", "已发往 北京"),
        ("a&nbsp;&nbsp;b\u3000c\n d", "a b c d"),
        ("<浦东>", "<浦东>"),
        ("5 < 6 & 7 > 3", "5 < 6 & 7 > 3"),
        ("&amp;lt;b&amp;gt;", "&lt;b&gt;"),
        ("&lt;b&gt;粗&lt;/b&gt;", "<b>粗</b>"),
        ("&#12304;金华&#12305;", "【金华】"),
        ("\u200b已\ufeff签收\x00", "已签收"),
        ("", ""),
    ],
)
def test_a_sentence_is_cleaned(raw: str, seen: str) -> None:
    assert clean(raw) == seen


@given(st.text(max_size=200))
def test_folding_never_moves_a_character(text: str) -> None:
    assert len(fold(text)) == len(text)


@given(st.text("已签收 <>&;ab\n\t", max_size=100))
def test_cleaned_text_has_single_spaces_and_no_edges(text: str) -> None:
    cleaned = clean(text)
    assert cleaned == " ".join(cleaned.split())


def test_traditional_and_full_width_text_folds_to_the_same() -> None:
    assert fold("派送員：趙敏（ＡＢ１２）已簽收，運單") == "派送员:赵敏(ab12)已签收,运单"
