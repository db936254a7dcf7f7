"""Names and words that must not be published are found in whatever form they are written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.publicity.rules_words import find_contact, find_exact_place, find_name, find_phrase, fold, pieces_of

HIDDEN = [
    ("Rosehaven", "They were seen near ROSEHAVEN."),
    ("Rosehaven", "the Rosehaveners know"),
    ("Rosehaven", "https://example.org/news/free-rosehaven-now"),
    ("Rosehaven", "#FreeRoseHaven"),
    ("Rosehaven", "R o s e h a v e n"),
    ("Rosehaven", "R.o.s.e.h.a.v.e.n"),
    ("Rosehaven", "Rose\u200bhaven"),  # An invisible space.
    ("Rosehaven", "\uff32\uff4f\uff53\uff45\uff48\uff41\uff56\uff45\uff4e"),  # Full-width letters.
    ("Rosehaven", "\U0001d411\U0001d428\U0001d42c\U0001d41e\U0001d421\U0001d41a\U0001d42f\U0001d41e\U0001d427"),
    ("Rosehaven", "Rоsеhаvеn"),  # Cyrillic о, е, а.
    ("Rosehaven", "Rösehävén"),
    ("Rosehaven", "https://example.org/%52osehaven"),
    ("Blue House", "the blue\nhouse by the sea"),
    ("Blue House", "at BlueHouse"),
    ("Country A", "in Country A."),
    ("Country A", "in Country A B"),
    ("Bücherstraße", "BUCHERSTRASSE 7"),
    ("Сосновка", "в Сосновке — нет, в СОСНОВКА"),
    ("مدرسة النور", "قرب مَدْرَسَة النُّور أمس"),
    ("مدرسة النور", "قرب مدرســـة النور"),
    ("مدرسة", "بالمدرسة"),
    ("كتاب", "کتاب"),  # Persian kaf.
    ("विद्यालय", "वह विद्यालय के पास"),
    ("學校", "他在學校附近"),
    ("bücher", "http://xn--bcher-kva.example/"),
    ("42", "room ٤٢ upstairs"),
]


@pytest.mark.parametrize(("word", "text"), HIDDEN)
def test_a_word_is_found_however_it_is_written(word, text):
    assert find_phrase(pieces_of(text), word) is not None


@pytest.mark.parametrize(
    ("word", "text"),
    [("heart", "behold the art of peace"), ("42", "142 people"), ("Blue House", "blue sky, white house"), ("", "text")],
)
def test_other_words_are_left_alone(word, text):
    assert find_phrase(pieces_of(text), word) is None


NAMES = [
    ("Maryam Testova", "Maryam was taken", "Maryam"),
    ("Maryam Testova", "the TESTOVA family", "TESTOVA"),
    ("Maryam Testova", "Maryam's sister", "Maryam's"),
    ("Maryam Testova", "#FreeMaryam", "#FreeMaryam"),
    ("Maryam Testova", "https://example.org/maryam-testova", "https://example.org/maryam-testova"),
    ("José Ñandú", "Jose said", "Jose"),
    ("Мария Тестова", "мы ждём Марию", "Марию"),
    ("Мария Тестова", "о Тестовой ничего", "Тестовой"),
    ("مريم الاختبار", "أُفرِج عن مَريَم", "مَريَم"),
    ("مريم الاختبار", "لمريم", "لمريم"),
    ("محمد بن علي", "وقال محمّد", "محمّد"),
    ("李娜", "我们等待李娜回家", "我们等待李娜回家"),
    ("Li Na", "Li was heard", "Li"),
    ("J. Examplesson", "the Examplesson case", "Examplesson"),
]


@pytest.mark.parametrize(("name", "text", "found"), NAMES)
def test_a_name_and_its_parts_are_found(name, text, found):
    assert find_name(pieces_of(text), name) == found


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Li Na", "Lisbon and the nation"),
        ("Omar de la Cruz", "de la noche"),
        ("محمد بن علي", "بن"),
        ("J. Examplesson", "J day"),
    ],
)
def test_other_people_are_left_alone(name, text):
    assert find_name(pieces_of(text), name) is None


@pytest.mark.parametrize(
    "text",
    [
        "call +44 7700 900123",
        "call 07700-900123 now",
        "call (0)7700.900.123",
        "٠٧٧٠٠ ٩٠٠١٢٣",
    ],
)
def test_a_number_is_found_however_it_is_grouped(text):
    assert find_contact(text, "+447700900123") is not None


def test_dates_and_amounts_are_not_numbers_of_people():
    assert find_contact("on 2026-11-23 at 17:23, 300 000 people", "+447700900123") is None


@pytest.mark.parametrize(
    "text",
    [
        "at 12.3456, -45.6789",
        "at 12.345678 N 45.678912 W",
        "12°20′44″ N",
        "geo:12.3,45.6",
        "https://www.openstreetmap.org/?mlat=12.3&mlon=4.5",
        "https://maps.google.com/?q=x",
        "https://example.org/@12.34567,45.67,15z",
        "8FVC9G8F+6W",
        "///first.second.third",
        "٣٣٫٣١٢٨، ٤٤٫٣٦١٥".replace("٫", ".").replace("،", ","),
        "33T WN 12345 67890",
    ],
)
def test_an_exact_place_is_found(text):
    assert find_exact_place(text) is not None


@pytest.mark.parametrize(
    "text", ["on 23.11.2026 at 12.30", "300,000 people, 12,500 letters", "Article 9.1, section 3.2", "call 1, 2, 3"]
)
def test_numbers_are_no_place(text):
    assert find_exact_place(text) is None


@given(st.text(max_size=200))
def test_folding_twice_changes_nothing_and_never_fails(text):
    assert fold(fold(text)) == fold(text)
    pieces_of(text)


@given(st.text(alphabet=st.characters(categories=["Lu", "Ll", "Lo"]), min_size=4, max_size=20))
def test_every_word_is_found_in_itself(word):
    assert not fold(word) or find_phrase(pieces_of(f"before {word} after"), word) is not None
