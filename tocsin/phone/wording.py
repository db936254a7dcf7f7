"""The words of the page behind an answer link. Pure.

They name neither the organisation, nor the program, nor an alarm: the phone may be in somebody else's hand, and what
may be said stands in the message alone, as the defender's plan allows it.
"""

from dataclasses import dataclass

FALLBACK = "en"


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one language."""

    title: str
    question: str
    yes: str
    no: str
    once: str
    noted_yes: str
    noted_no: str
    place: str
    copy: str
    open_map: str
    next: str
    on_the_way: str
    there: str
    safe: str
    noted: str  # `{answer}`
    used: str
    used_more: str
    expired: str
    expired_more: str
    unknown: str
    unknown_more: str
    over: str
    over_more: str


WORDS: dict[str, Words] = {
    "en": Words(
        title="Message",
        question="Can you come?",
        yes="Yes",
        no="No",
        once="One press is enough. It counts once.",
        noted_yes="Thank you. Your yes is noted.",
        noted_no="Thank you. Somebody else is asked.",
        place="Where",
        copy="Press long to copy.",
        open_map="Open in the map of this phone",
        next="Tell how it goes",
        on_the_way="I am on the way",
        there="I am there",
        safe="All is well",
        noted="Noted: {answer}",
        used="This link has been used",
        used_more="If it was you, there is nothing to do: what you need came to you as a message. To "
        "change your answer, "
        "reply to that message with 1 for yes or 2 for no.",
        expired="This link is too old",
        expired_more="Others were asked meanwhile. If you can still help, reply to the message with 1.",
        unknown="This link does not work",
        unknown_more="Perhaps a part of it is missing. Open it again from the message, or reply to the message.",
        over="It is over",
        over_more="Nobody needs to come any more. Thank you.",
    ),
    "ar": Words(
        title="رسالة",
        question="هل يمكنك المجيء؟",
        yes="نعم",
        no="لا",
        once="ضغطة واحدة تكفي، وتُحتسب مرة واحدة.",
        noted_yes="شكرًا لك. سُجّلت إجابتك بنعم.",
        noted_no="شكرًا لك. سيُسأل شخص آخر.",
        place="المكان",
        copy="اضغط مطولًا للنسخ.",
        open_map="افتح في خريطة هذا الهاتف",
        next="أخبرنا كيف تسير الأمور",
        on_the_way="أنا في الطريق",
        there="وصلت",
        safe="كل شيء على ما يرام",
        noted="سُجّل: {answer}",
        used="استُخدم هذا الرابط",
        used_more="إن كنت أنت من استخدمه فلا حاجة إلى فعل شيء: وصلك ما تحتاج إليه في رسالة. لتغيير إجابتك "
        "أجب على تلك الرسالة بالرقم 1 لنعم أو 2 للا.",
        expired="هذا الرابط قديم",
        expired_more="سُئل آخرون في هذه الأثناء. إن كنت ما زلت تستطيع المساعدة فأجب على الرسالة بالرقم 1.",
        unknown="هذا الرابط لا يعمل",
        unknown_more="ربما ينقصه جزء. افتحه من الرسالة مرة أخرى أو أجب على الرسالة.",
        over="انتهى الأمر",
        over_more="لم يعد على أحد أن يأتي. شكرًا لك.",
    ),
    "es": Words(
        title="Mensaje",
        question="¿Puede venir?",
        yes="Sí",
        no="No",
        once="Basta pulsar una vez. Cuenta una sola vez.",
        noted_yes="Gracias. Su sí está anotado.",
        noted_no="Gracias. Se pregunta a otra persona.",
        place="Dónde",
        copy="Mantenga pulsado para copiar.",
        open_map="Abrir en el mapa de este teléfono",
        next="Diga cómo va",
        on_the_way="Voy en camino",
        there="He llegado",
        safe="Todo está bien",
        noted="Anotado: {answer}",
        used="Este enlace ya se ha usado",
        used_more="Si fue usted, no hay nada que hacer: lo que necesita le llegó en un mensaje. Para "
        "cambiar su respuesta, "
        "conteste a ese mensaje con 1 para sí o 2 para no.",
        expired="Este enlace es demasiado antiguo",
        expired_more="Entretanto se preguntó a otras personas. Si aún puede ayudar, conteste al mensaje con 1.",
        unknown="Este enlace no funciona",
        unknown_more="Quizá le falte una parte. Ábralo de nuevo desde el mensaje o conteste al mensaje.",
        over="Ha terminado",
        over_more="Ya no hace falta que venga nadie. Gracias.",
    ),
    "fa": Words(
        title="پیام",
        question="می‌توانید بیایید؟",
        yes="بله",
        no="نه",
        once="یک بار فشردن بس است و یک بار شمرده می‌شود.",
        noted_yes="سپاس. بلهٔ شما ثبت شد.",
        noted_no="سپاس. از کس دیگری پرسیده می‌شود.",
        place="کجا",
        copy="برای رونوشت، انگشت را نگه دارید.",
        open_map="در نقشهٔ این تلفن باز کنید",
        next="بگویید چه پیش می‌رود",
        on_the_way="در راهم",
        there="رسیدم",
        safe="همه‌چیز خوب است",
        noted="ثبت شد: {answer}",
        used="این پیوند به کار رفته است",
        used_more="اگر خودتان بودید کاری لازم نیست: آنچه لازم دارید در پیامی رسیده است. برای تغییر پاسخ، "
        "به همان پیام با 1 برای بله یا 2 برای نه پاسخ دهید.",
        expired="این پیوند کهنه است",
        expired_more="در این میان از دیگران پرسیده شد. اگر هنوز می‌توانید کمک کنید، با 1 به پیام پاسخ دهید.",
        unknown="این پیوند کار نمی‌کند",
        unknown_more="شاید بخشی از آن کم است. دوباره از پیام بازش کنید یا به پیام پاسخ دهید.",
        over="تمام شد",
        over_more="دیگر لازم نیست کسی بیاید. سپاس.",
    ),
    "fr": Words(
        title="Message",
        question="Pouvez-vous venir ?",
        yes="Oui",
        no="Non",
        once="Une pression suffit. Elle compte une fois.",
        noted_yes="Merci. Votre oui est noté.",
        noted_no="Merci. On demande à quelqu'un d'autre.",
        place="Où",
        copy="Appuyez longuement pour copier.",
        open_map="Ouvrir dans la carte de ce téléphone",
        next="Dites où vous en êtes",
        on_the_way="Je suis en route",
        there="Je suis sur place",
        safe="Tout va bien",
        noted="Noté : {answer}",
        used="Ce lien a déjà servi",
        used_more="Si c'était vous, il n'y a rien à faire : ce qu'il vous faut est arrivé par message. "
        "Pour changer de réponse, "
        "répondez à ce message par 1 pour oui ou 2 pour non.",
        expired="Ce lien est trop ancien",
        expired_more="D'autres ont été sollicités entre-temps. Si vous pouvez encore aider, répondez au message par 1.",
        unknown="Ce lien ne fonctionne pas",
        unknown_more="Il en manque peut-être une partie. Ouvrez-le à nouveau depuis le message, ou répondez-y.",
        over="C'est terminé",
        over_more="Personne n'a plus besoin de venir. Merci.",
    ),
    "pt": Words(
        title="Mensagem",
        question="Pode vir?",
        yes="Sim",
        no="Não",
        once="Basta carregar uma vez. Conta uma só vez.",
        noted_yes="Obrigado. O seu sim está registado.",
        noted_no="Obrigado. Pergunta-se a outra pessoa.",
        place="Onde",
        copy="Mantenha premido para copiar.",
        open_map="Abrir no mapa deste telefone",
        next="Diga como está a correr",
        on_the_way="Vou a caminho",
        there="Já cheguei",
        safe="Está tudo bem",
        noted="Registado: {answer}",
        used="Esta ligação já foi usada",
        used_more="Se foi o próprio, nada há a fazer: o que precisa chegou por mensagem. Para mudar a resposta, "
        "responda a essa mensagem com 1 para sim ou 2 para não.",
        expired="Esta ligação é demasiado antiga",
        expired_more="Entretanto perguntou-se a outras pessoas. Se ainda puder ajudar, responda à mensagem com 1.",
        unknown="Esta ligação não funciona",
        unknown_more="Talvez falte uma parte. Abra-a de novo a partir da mensagem, ou responda à mensagem.",
        over="Terminou",
        over_more="Já ninguém precisa de vir. Obrigado.",
    ),
    "ru": Words(
        title="Сообщение",
        question="Можете прийти?",
        yes="Да",
        no="Нет",
        once="Достаточно одного нажатия. Оно считается один раз.",
        noted_yes="Спасибо. Ваше «да» записано.",
        noted_no="Спасибо. Спросят кого-то другого.",
        place="Где",
        copy="Нажмите и удерживайте, чтобы скопировать.",
        open_map="Открыть на карте этого телефона",
        next="Сообщите, как идут дела",
        on_the_way="Я в пути",
        there="Я на месте",
        safe="Всё хорошо",
        noted="Записано: {answer}",
        used="Эта ссылка уже использована",
        used_more="Если это были вы, делать ничего не нужно: всё нужное пришло сообщением. Чтобы изменить ответ, "
        "ответьте на то сообщение: 1 — да, 2 — нет.",
        expired="Эта ссылка устарела",
        expired_more="Тем временем спросили других. Если ещё можете помочь, ответьте на сообщение цифрой 1.",
        unknown="Эта ссылка не работает",
        unknown_more="Возможно, не хватает её части. Откройте её снова из сообщения или ответьте на сообщение.",
        over="Всё закончилось",
        over_more="Больше никому не нужно приходить. Спасибо.",
    ),
    "sw": Words(
        title="Ujumbe",
        question="Je, unaweza kuja?",
        yes="Ndiyo",
        no="Hapana",
        once="Bonyeza mara moja tu. Inahesabiwa mara moja.",
        noted_yes="Asante. Ndiyo yako imeandikwa.",
        noted_no="Asante. Mtu mwingine anaulizwa.",
        place="Wapi",
        copy="Bonyeza kwa muda ili kunakili.",
        open_map="Fungua katika ramani ya simu hii",
        next="Eleza inavyoendelea",
        on_the_way="Niko njiani",
        there="Nimefika",
        safe="Mambo ni salama",
        noted="Imeandikwa: {answer}",
        used="Kiungo hiki kimeshatumika",
        used_more="Kama ni wewe, huhitaji kufanya chochote: unachohitaji kilikuja kwa ujumbe. Kubadilisha jibu lako, "
        "jibu ujumbe huo kwa 1 kwa ndiyo au 2 kwa hapana.",
        expired="Kiungo hiki ni cha zamani mno",
        expired_more="Wengine wameulizwa. Kama bado unaweza kusaidia, jibu ujumbe kwa 1.",
        unknown="Kiungo hiki hakifanyi kazi",
        unknown_more="Huenda sehemu yake haipo. Kifungue tena kutoka kwenye ujumbe, au jibu ujumbe.",
        over="Imekwisha",
        over_more="Hakuna anayehitaji kuja tena. Asante.",
    ),
}


def words_in(language: str) -> Words:
    """Give the words of a language, or English."""
    return WORDS.get(language) or WORDS.get(language.partition("-")[0]) or WORDS[FALLBACK]
