"""What supporters read around an approved text, in their languages. Pure.

The approved words are never changed here. What is added (the link, the way to leave) is the same for everybody and is
shown with the text to those who approve it.
"""

from dataclasses import dataclass
from html import escape

from tocsin.publicity.rules_check import Text
from tocsin.publicity.rules_words import words_of

RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ur", "ps", "ckb", "sd", "ug", "yi", "dv"})
FALLBACK = "en"
# What somebody writes by SMS to leave. Compared without case, diacritics and punctuation.
LEAVE_WORDS = (
    *("stop", "stopall", "unsubscribe", "cancel", "end", "quit", "leave"),
    *("توقف", "إلغاء", "الغاء", "إيقاف", "baja", "parar", "alto", "لغو", "توقف کن", "arret", "arreter", "desabonner"),
    *("sair", "cancelar", "стоп", "отписаться", "отписка", "acha", "sitisha", "ondoa"),
)


@dataclass(frozen=True, slots=True)
class Words:
    """The fixed sentences of one language."""

    read: str  # Before the link to the page.
    act: str  # Heading of the suggested action.
    why: str  # Why somebody gets this; `{organisation}`.
    leave: str  # Before the link to leave.
    sms_leave: str  # How to leave by SMS.
    confirm_subject: str
    confirm: str  # `{organisation}`, `{link}`, `{hours}`.
    confirm_sms: str  # `{organisation}`, `{code}`.
    already_subject: str
    already: str  # `{organisation}`.
    already_sms: str
    update: str  # Before the title of an update.
    good_end: str  # Before the title of the good end.


WORDS: dict[str, Words] = {
    "en": Words(
        read="Read and share",
        act="What you can do",
        why="You get this because you asked {organisation} to tell you.",
        leave="To leave, open this link",
        sms_leave="Leave: reply STOP",
        confirm_subject="Please confirm that you want to be told",
        confirm=(
            "Somebody, we hope you, asked {organisation} to send appeals to this address.\n\n"
            "To confirm, open this link and press the button:\n{link}\n\n"
            "The link works for {hours} hours. If you did not ask, do nothing: you will hear nothing more."
        ),
        confirm_sms="{organisation}: your code is {code}. If you did not ask for it, do nothing.",
        already_subject="You are subscribed already",
        already="Somebody asked {organisation} to send appeals to this address. You get them already: nothing to do.",
        already_sms="{organisation}: you get our appeals already. Nothing to do.",
        update="Update",
        good_end="Good news",
    ),
    "ar": Words(
        read="اقرأ وشارك",
        act="ما يمكنك فعله",
        why="تصلك هذه الرسالة لأنك طلبت من {organisation} أن تُعلمك.",
        leave="لإلغاء الاشتراك افتح هذا الرابط",
        sms_leave="لإلغاء الاشتراك أرسل: توقف",
        confirm_subject="يرجى تأكيد رغبتك في تلقي النداءات",
        confirm=(
            "طلب شخص ما، ونأمل أن تكون أنت، من {organisation} إرسال النداءات إلى هذا العنوان.\n\n"
            "للتأكيد افتح هذا الرابط واضغط الزر:\n{link}\n\n"
            "يعمل الرابط لمدة {hours} ساعة. إن لم تطلب ذلك فلا تفعل شيئًا ولن يصلك شيء آخر."
        ),
        confirm_sms="{organisation}: رمزك هو {code}. إن لم تطلبه فلا تفعل شيئًا.",
        already_subject="أنت مشترك بالفعل",
        already=(
            "طلب شخص ما من {organisation} إرسال النداءات إلى هذا العنوان. النداءات تصلك بالفعل، "
            "ولا حاجة إلى فعل أي شيء."
        ),
        already_sms="{organisation}: نداءاتنا تصلك بالفعل. لا حاجة إلى فعل شيء.",
        update="مستجدات",
        good_end="خبر سار",
    ),
    "es": Words(
        read="Leer y compartir",
        act="Qué puede hacer",
        why="Recibe este mensaje porque pidió a {organisation} que le avisara.",
        leave="Para darse de baja, abra este enlace",
        sms_leave="Baja: responda BAJA",
        confirm_subject="Confirme que quiere recibir avisos",
        confirm=(
            "Alguien, esperamos que usted, pidió a {organisation} que enviara llamamientos a esta dirección.\n\n"
            "Para confirmar, abra este enlace y pulse el botón:\n{link}\n\n"
            "El enlace funciona durante {hours} horas. Si no lo pidió, no haga nada: no recibirá nada más."
        ),
        confirm_sms="{organisation}: su código es {code}. Si no lo pidió, no haga nada.",
        already_subject="Ya está suscrito",
        already=(
            "Alguien pidió a {organisation} que enviara llamamientos a esta dirección. Ya los recibe: no haga nada."
        ),
        already_sms="{organisation}: ya recibe nuestros llamamientos. No haga nada.",
        update="Novedades",
        good_end="Buenas noticias",
    ),
    "fa": Words(
        read="بخوانید و به اشتراک بگذارید",
        act="چه کاری از شما برمی‌آید",
        why="این پیام را دریافت می‌کنید چون از {organisation} خواسته‌اید به شما خبر دهد.",
        leave="برای لغو اشتراک این پیوند را باز کنید",
        sms_leave="برای لغو بفرستید: لغو",
        confirm_subject="لطفاً تأیید کنید که می‌خواهید باخبر شوید",
        confirm=(
            "کسی، امیدواریم خود شما، از {organisation} خواسته است فراخوان‌ها را به این نشانی بفرستد.\n\n"
            "برای تأیید این پیوند را باز کنید و دکمه را بزنید:\n{link}\n\n"
            "این پیوند {hours} ساعت کار می‌کند. اگر شما نخواسته‌اید کاری نکنید؛ پیام دیگری نمی‌رسد."
        ),
        confirm_sms="{organisation}: کد شما {code} است. اگر شما نخواسته‌اید کاری نکنید.",
        already_subject="شما پیش از این مشترک شده‌اید",
        already=(
            "کسی از {organisation} خواسته است فراخوان‌ها را به این نشانی بفرستد. شما آن‌ها را "
            "دریافت می‌کنید؛ کاری لازم نیست."
        ),
        already_sms="{organisation}: فراخوان‌های ما را دریافت می‌کنید. کاری لازم نیست.",
        update="خبر تازه",
        good_end="خبر خوش",
    ),
    "fr": Words(
        read="Lire et partager",
        act="Ce que vous pouvez faire",
        why="Vous recevez ce message parce que vous avez demandé à {organisation} de vous prévenir.",
        leave="Pour vous désabonner, ouvrez ce lien",
        sms_leave="Pour ne plus recevoir : STOP",
        confirm_subject="Confirmez que vous voulez être prévenu",
        confirm=(
            "Quelqu'un, vous sans doute, a demandé à {organisation} d'envoyer ses appels à cette adresse.\n\n"
            "Pour confirmer, ouvrez ce lien et appuyez sur le bouton :\n{link}\n\n"
            "Le lien fonctionne pendant {hours} heures. Si ce n'était pas vous, ne faites rien : "
            "vous ne recevrez plus rien."
        ),
        confirm_sms="{organisation} : votre code est {code}. Si vous n'avez rien demandé, ne faites rien.",
        already_subject="Vous êtes déjà abonné",
        already=(
            "Quelqu'un a demandé à {organisation} d'envoyer ses appels à cette adresse. Vous les "
            "recevez déjà : rien à faire."
        ),
        already_sms="{organisation} : vous recevez déjà nos appels. Rien à faire.",
        update="Nouvelles",
        good_end="Bonne nouvelle",
    ),
    "pt": Words(
        read="Ler e partilhar",
        act="O que pode fazer",
        why="Recebe esta mensagem porque pediu a {organisation} que o avisasse.",
        leave="Para deixar de receber, abra esta ligação",
        sms_leave="Para sair: responda SAIR",
        confirm_subject="Confirme que quer ser avisado",
        confirm=(
            "Alguém, esperamos que o próprio, pediu a {organisation} que enviasse apelos para este endereço.\n\n"
            "Para confirmar, abra esta ligação e carregue no botão:\n{link}\n\n"
            "A ligação funciona durante {hours} horas. Se não pediu, não faça nada: não receberá mais nada."
        ),
        confirm_sms="{organisation}: o seu código é {code}. Se não o pediu, não faça nada.",
        already_subject="Já está inscrito",
        already=(
            "Alguém pediu a {organisation} que enviasse apelos para este endereço. Já os recebe: não é preciso nada."
        ),
        already_sms="{organisation}: já recebe os nossos apelos. Não é preciso nada.",
        update="Novidades",
        good_end="Boas notícias",
    ),
    "ru": Words(
        read="Прочитать и поделиться",
        act="Что вы можете сделать",
        why="Вы получили это сообщение, потому что просили {organisation} извещать вас.",
        leave="Чтобы отписаться, откройте эту ссылку",
        sms_leave="Отписаться: ответьте СТОП",
        confirm_subject="Подтвердите, что хотите получать известия",
        confirm=(
            "Кто-то, надеемся, что вы, попросил {organisation} присылать призывы на этот адрес.\n\n"
            "Чтобы подтвердить, откройте ссылку и нажмите кнопку:\n{link}\n\n"
            "Ссылка действует {hours} ч. Если это были не вы, ничего не делайте: больше писем не будет."
        ),
        confirm_sms="{organisation}: ваш код {code}. Если вы его не просили, ничего не делайте.",
        already_subject="Вы уже подписаны",
        already=(
            "Кто-то попросил {organisation} присылать призывы на этот адрес. Вы их уже получаете: "
            "делать ничего не нужно."
        ),
        already_sms="{organisation}: вы уже получаете наши призывы. Делать ничего не нужно.",
        update="Новости",
        good_end="Хорошая новость",
    ),
    "sw": Words(
        read="Soma na ushirikishe wengine",
        act="Unachoweza kufanya",
        why="Unapata ujumbe huu kwa sababu uliomba {organisation} ikujulishe.",
        leave="Kujiondoa, fungua kiungo hiki",
        sms_leave="Kujiondoa: jibu ACHA",
        confirm_subject="Tafadhali thibitisha kwamba unataka kujulishwa",
        confirm=(
            "Mtu fulani, tunatumaini ni wewe, ameomba {organisation} itume miito kwenye anwani hii.\n\n"
            "Kuthibitisha, fungua kiungo hiki na ubonyeze kitufe:\n{link}\n\n"
            "Kiungo kinafanya kazi kwa saa {hours}. Kama si wewe uliyeomba, usifanye chochote: hutapata kitu kingine."
        ),
        confirm_sms="{organisation}: nambari yako ni {code}. Kama hukuiomba, usifanye chochote.",
        already_subject="Umeshajiandikisha",
        already=(
            "Mtu fulani ameomba {organisation} itume miito kwenye anwani hii. Tayari unaipata: "
            "huhitaji kufanya chochote."
        ),
        already_sms="{organisation}: tayari unapata miito yetu. Huhitaji kufanya chochote.",
        update="Taarifa mpya",
        good_end="Habari njema",
    ),
}


@dataclass(frozen=True, slots=True)
class Message:
    """What one supporter reads."""

    body: str
    subject: str = ""
    html: str = ""


def words_in(language: str) -> Words:
    """Give the fixed sentences in a language, its base language, or English."""
    return WORDS.get(language) or WORDS.get(language.partition("-")[0]) or WORDS[FALLBACK]


def direction(language: str) -> str:
    """Give "rtl" for languages written from right to left."""
    return "rtl" if language.partition("-")[0] in RIGHT_TO_LEFT else "ltr"


def is_leave_word(text: str) -> bool:
    """Say whether an SMS asks to leave."""
    return " ".join(words_of(text)) in _LEAVE


_LEAVE = frozenset(" ".join(words_of(word)) for word in LEAVE_WORDS)


def mail(text: Text, *, language: str, page: str, leave: str, organisation: str) -> Message:
    """Write a mail. `page` is empty when the directive allows no public page."""
    words = words_in(language)
    parts = [text.body.strip()]
    if text.action.strip():
        parts.append(f"{words.act}\n{text.action.strip()}")
    if page:
        parts.append(f"{words.read}: {page}")
    parts.append(f"-- \n{words.why.format(organisation=organisation)}\n{words.leave}: {leave}")
    return Message(
        body="\n\n".join(parts) + "\n",
        subject=text.title.strip(),
        html=_mail_html(text, language=language, page=page, leave=leave, organisation=organisation),
    )


def _mail_html(text: Text, *, language: str, page: str, leave: str, organisation: str) -> str:
    words = words_in(language)
    rows = [f"<h1>{escape(text.title.strip())}</h1>", *_paragraphs(text.body)]
    if text.action.strip():
        rows += [f"<h2>{escape(words.act)}</h2>", *_paragraphs(text.action)]
    if page:
        rows.append(f'<p><a href="{escape(page)}">{escape(words.read)}</a></p>')
    why = escape(words.why.format(organisation=organisation))
    rows.append(f'<hr><p><small>{why} <a href="{escape(leave)}">{escape(words.leave)}</a></small></p>')
    head = f'<!doctype html><html lang="{escape(language)}" dir="{direction(language)}"><meta charset="utf-8">'
    return f"{head}<body>{''.join(rows)}</body></html>"


def _paragraphs(text: str) -> list[str]:
    return [f"<p>{escape(part.strip()).replace(chr(10), '<br>')}</p>" for part in text.split("\n\n") if part.strip()]


def sms(text: Text, *, language: str, page: str, leave: str) -> Message:
    """Write an SMS. `leave` is a link where nobody can answer the sender, else empty: then a word is enough."""
    words = words_in(language)
    lines = [text.sms.strip(), page, f"{words.leave}: {leave}" if leave else words.sms_leave]
    return Message(body="\n".join(line for line in lines if line))


def post(text: Text, *, page: str) -> Message:
    """Write a post for a social network."""
    return Message(body="\n\n".join(part for part in (text.title.strip(), text.sms.strip(), page) if part))


def confirmation(
    *, language: str, organisation: str, channel: str, link: str, code: str, hours: int, is_known: bool
) -> Message:
    """Ask somebody to confirm the subscription; tell somebody who did so before that there is nothing to do."""
    words = words_in(language)
    values = {"organisation": organisation, "link": link, "code": code, "hours": hours}
    if channel == "sms":
        return Message(body=(words.already_sms if is_known else words.confirm_sms).format(**values))
    if is_known:
        return Message(body=words.already.format(**values), subject=words.already_subject)
    return Message(body=words.confirm.format(**values), subject=words.confirm_subject)
