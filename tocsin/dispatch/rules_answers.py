"""What a person means by a short message: yes, no, on the way, help. In any script, in any case, with any digits."""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

TATWEEL = "\u0640"
# Letters that phones write in two ways; compared as one (Unicode, "Arabic": Farsi and Arabic keyboards differ).
SAME_LETTERS = str.maketrans({"أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي", "ی": "ي", "ک": "ك", "ة": "ه", "ё": "е"})
WORDS_MAX = 400  # A longer message is a letter, not an answer.


class Meaning(StrEnum):
    """What somebody answered."""

    YES = "yes"
    NO = "no"
    ON_THE_WAY = "on_the_way"
    THERE = "there"
    SAFE = "safe"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class Reply:
    """A meaning, and the number of the call it is about, where one was written."""

    meaning: Meaning
    code: int | None = None


def normalised(text: str) -> str:
    """Give a text as it is compared: one script form, lower case, no accents or vowel signs, digits as 0-9."""
    plain = unicodedata.normalize("NFKC", text).casefold().replace(TATWEEL, "").translate(SAME_LETTERS)
    plain = plain.replace("'", "").replace("’", "").replace("\u200c", "")
    signs = []
    for sign in unicodedata.normalize("NFD", plain):
        if unicodedata.category(sign) in ("Mn", "Cf"):
            continue
        digit = unicodedata.digit(sign, None)
        signs.append(str(digit) if digit is not None else sign if sign.isalnum() else " ")
    return " ".join("".join(signs).translate(SAME_LETTERS).split())


def _table(*phrases: str) -> frozenset[str]:
    return frozenset(normalised(text) for text in phrases)


YES = _table(
    "yes", "y", "ok", "okay", "coming", "i come", "i can", "i will", "i go", "going", "respond", "i take it", "take",
    "نعم", "ايوه", "اجل", "موافق", "قادم", "قادمة", "سآتي", "استطيع",
    "sí", "vale", "claro", "voy", "puedo", "de acuerdo",
    "بله", "آره", "اره", "باشه", "می‌آیم", "میام", "می‌توانم", "میتونم",
    "oui", "d'accord", "j'arrive", "je viens", "je peux", "je m'en charge",
    "sim", "posso", "vou", "estou a ir", "tá bem",
    "да", "еду", "иду", "могу", "хорошо", "ладно", "приеду",
    "ndiyo", "ndio", "sawa", "naja", "ninakuja", "nakuja", "naweza",
)  # fmt: skip
NO = _table(
    "no", "n", "nope", "cannot", "can't", "cant", "can not", "not coming", "unable", "not",
    "لا", "لا أستطيع", "لا استطيع", "ما اقدر", "لن آتي",
    "no puedo", "no voy", "imposible",
    "نه", "خیر", "نمی‌توانم", "نمیتونم", "نمی‌آیم", "نمیام",
    "non", "impossible", "je ne peux pas", "peux pas", "je ne viens pas",
    "não", "nao", "não posso",
    "нет", "не могу", "не еду", "не приеду", "не", "никак",
    "hapana", "siwezi", "sitaweza",
)  # fmt: skip
ON_THE_WAY = _table(
    "on the way", "on my way", "omw", "في الطريق", "en camino", "در راهم", "در راه", "en route", "a caminho",
    "в пути", "в дороге", "njiani", "niko njiani",
)  # fmt: skip
THERE = _table(
    "here", "arrived", "i am there", "im there", "وصلت", "llegué", "he llegado", "رسیدم", "je suis là", "arrivé",
    "arrivée", "cheguei", "я на месте", "на месте", "приехал", "приехала", "nimefika",
)  # fmt: skip
SAFE = _table(
    "safe", "with them", "all well", "بأمان", "بخير", "a salvo", "در امان", "en sécurité", "em segurança",
    "в безопасности", "salama", "yuko salama",
)  # fmt: skip
HELP = _table(
    "help", "mayday", "emergency", "save me", "help me",
    "النجدة", "نجدة", "ساعدوني", "ساعدني", "استغاثة", "انقذوني", "أنقذوني",
    "ayuda", "auxilio", "socorro", "ayúdame", "ayúdenme",
    "کمک", "کمکم کنید", "نجاتم دهید",
    "au secours", "secours", "à l'aide", "aidez-moi", "aidez moi",
    "ajuda", "ajudem", "ajuda-me",
    "помогите", "помощь", "спасите", "на помощь",
    "msaada", "nisaidie", "nisaidieni", "saidia",
)  # fmt: skip
SOS = frozenset({"sos", "сос", "s o s"})
HELP_WORDS_MAX = 4  # In a longer message a word for help calls only when it comes first.


def read_reply(text: str) -> Reply:
    """Read an answer. A first figure 1 or 2 decides, and a second figure is the number of the call.

    Words decide when they say only one thing; "no problem, coming" is asked about once more.
    """
    plain = normalised(text[:WORDS_MAX])
    figures = [int(figure) for figure in re.findall(r"\b\d{1,9}\b", plain)]
    code = figures[1] if len(figures) > 1 else None
    if figures and figures[0] in (1, 2):
        return Reply(Meaning.YES if figures[0] == 1 else Meaning.NO, code)
    code = figures[0] if figures else None
    rest = _without(plain, NO)  # Else the "can" in "I can not" would say yes.
    said = next((meaning for meaning, table in _YES_TABLES if _holds(rest, table)), None)
    if rest != plain:
        return Reply(Meaning.NO if said is None else Meaning.UNCLEAR, code)
    return Reply(said or Meaning.UNCLEAR, code)


def is_cry(text: str) -> bool:
    """Say whether a defender's message calls for help."""
    plain = normalised(text[:WORDS_MAX])
    words = plain.split()
    if "sos" in words or _holds(plain, SOS):
        return True
    if len(words) <= HELP_WORDS_MAX:
        return _holds(plain, HELP)
    return any(plain.startswith(f"{word} ") for word in HELP)


def _holds(plain: str, table: frozenset[str]) -> bool:
    """Say whether a phrase of the table stands in the text, as whole words."""
    padded = f" {plain} "
    return any(f" {phrase} " in padded for phrase in table)


def _without(plain: str, table: frozenset[str]) -> str:
    """Take every phrase of the table out, the longest first. Without one the text comes back as it was."""
    padded = f" {plain} "
    for phrase in sorted(table, key=len, reverse=True):
        padded = padded.replace(f" {phrase} ", " | ")
    return padded[1:-1]


# The stronger statement first: "here, all safe" is safe.
_YES_TABLES = (
    (Meaning.SAFE, SAFE),
    (Meaning.THERE, THERE),
    (Meaning.ON_THE_WAY, ON_THE_WAY),
    (Meaning.YES, YES),
)
