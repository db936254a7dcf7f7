"""The fixed words of the public pages, in every language of the site. Pure. What an appeal says stands in its texts."""

from dataclasses import dataclass

FALLBACK = "en"
NAMES = {
    "en": "English",
    "ar": "العربية",
    "es": "Español",
    "fa": "فارسی",
    "fr": "Français",
    "pt": "Português",
    "ru": "Русский",
    "sw": "Kiswahili",
}


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one language."""

    home: str
    be_told: str
    appeals: str
    no_appeals: str
    week: str  # `{day}`: the Monday of that week.
    protected: str
    calls: str
    fewer: str  # `{number}`.
    help: str
    help_ways: tuple[str, str, str]
    feeds: str
    contact: str
    published: str
    updated: str
    earlier: str
    letter: str
    letter_open: str
    letter_copy: str  # `{address}`.
    share: str
    share_text: str
    languages: str
    other_language: str
    withdrawn: str
    withdrawn_text: str
    ended: str
    drill: str
    area: str  # `{km}`, `{place}`.
    follows_nobody: str


WORDS: dict[str, Words] = {
    "en": Words(
        home="Home",
        be_told="Be told",
        appeals="Who needs you now",
        no_appeals="No appeal is public at this moment.",
        week="The week from {day}",
        protected="people under protection",
        calls="calls for help",
        fewer="fewer than {number}",
        help="How to help",
        help_ways=(
            "Be told when somebody needs you: an authority that gets letters from everywhere acts otherwise.",
            "Share an appeal exactly as it stands. It says what the person wants to be said, and no more.",
            "Please do not look for more about a person, and do not publish it: it can put them in danger.",
        ),
        feeds="Feeds for newsrooms and programs",
        contact="Contact",
        published="Published",
        updated="Updated",
        earlier="Earlier",
        letter="Write to the authority",
        letter_open="Open the letter in your mail program",
        letter_copy="Or copy it, and send it to {address}:",
        share="Share this page",
        share_text="The address of this page:",
        languages="Languages",
        other_language="This appeal is not written in your language yet.",
        withdrawn="This appeal was withdrawn",
        withdrawn_text="Please do not share it any more. If you posted it, please take it down.",
        ended="This appeal has ended. Thank you to everybody who acted.",
        drill="This is a drill. Nobody is in danger, and nothing is to be done.",
        area="{place}: somewhere within the circle of about {km} km",
        follows_nobody="This page loads nothing from elsewhere, sets no cookie and does not follow you.",
    ),
    "ar": Words(
        home="الرئيسية",
        be_told="اشترك",
        appeals="من يحتاج إليك الآن",
        no_appeals="لا يوجد نداء علني في هذه اللحظة.",
        week="الأسبوع ابتداءً من {day}",
        protected="أشخاص تحت الحماية",
        calls="نداءات استغاثة",
        fewer="أقل من {number}",
        help="كيف تساعد",
        help_ways=(
            "اطلب أن نُعلمك حين يحتاج أحد إليك: السلطة التي تصلها رسائل من كل مكان تتصرف بشكل مختلف.",
            "شارك النداء كما هو تمامًا. فهو يقول ما يريد الشخص أن يقال، ولا أكثر.",
            "من فضلك لا تبحث عن معلومات إضافية عن الشخص ولا تنشرها: قد يعرضه ذلك للخطر.",
        ),
        feeds="خلاصات لغرف الأخبار والبرامج",
        contact="للتواصل",
        published="نُشر",
        updated="حُدّث",
        earlier="قبل ذلك",
        letter="اكتب إلى السلطة",
        letter_open="افتح الرسالة في برنامج البريد",
        letter_copy="أو انسخها وأرسلها إلى {address}:",
        share="شارك هذه الصفحة",
        share_text="عنوان هذه الصفحة:",
        languages="اللغات",
        other_language="لم يُكتب هذا النداء بلغتك بعد.",
        withdrawn="سُحب هذا النداء",
        withdrawn_text="من فضلك لا تشاركه بعد الآن. وإن كنت قد نشرته فاحذفه.",
        ended="انتهى هذا النداء. شكرًا لكل من تحرّك.",
        drill="هذا تدريب. لا أحد في خطر، ولا حاجة إلى فعل شيء.",
        area="{place}: في مكان ما داخل الدائرة التي نصف قطرها نحو {km} كم",
        follows_nobody="هذه الصفحة لا تحمّل شيئًا من أي مكان آخر ولا تضع ملفات تعريف ولا تتعقبك.",
    ),
    "es": Words(
        home="Inicio",
        be_told="Recibir avisos",
        appeals="Quién le necesita ahora",
        no_appeals="En este momento no hay ningún llamamiento público.",
        week="La semana del {day}",
        protected="personas bajo protección",
        calls="llamadas de auxilio",
        fewer="menos de {number}",
        help="Cómo ayudar",
        help_ways=(
            (
                "Pida que le avisemos cuando alguien le necesite: una autoridad que recibe cartas de "
                "todas partes actúa distinto."
            ),
            "Comparta el llamamiento tal como está. Dice lo que la persona quiere que se diga, y nada más.",
            "Por favor, no busque ni publique más sobre la persona: puede ponerla en peligro.",
        ),
        feeds="Canales para redacciones y programas",
        contact="Contacto",
        published="Publicado",
        updated="Actualizado",
        earlier="Antes",
        letter="Escriba a la autoridad",
        letter_open="Abrir la carta en su programa de correo",
        letter_copy="O cópiela y envíela a {address}:",
        share="Comparta esta página",
        share_text="La dirección de esta página:",
        languages="Idiomas",
        other_language="Este llamamiento aún no está escrito en su idioma.",
        withdrawn="Este llamamiento fue retirado",
        withdrawn_text="Por favor, no lo comparta más. Si lo publicó, retírelo.",
        ended="Este llamamiento ha terminado. Gracias a quienes actuaron.",
        drill="Esto es un simulacro. Nadie está en peligro y no hay que hacer nada.",
        area="{place}: en algún lugar dentro del círculo de unos {km} km",
        follows_nobody="Esta página no carga nada de otros sitios, no pone cookies y no le sigue.",
    ),
    "fa": Words(
        home="خانه",
        be_told="باخبر شوید",
        appeals="چه کسی اکنون به شما نیاز دارد",
        no_appeals="در این لحظه فراخوان عمومی‌ای نیست.",
        week="هفتهٔ آغازشده از {day}",
        protected="نفر زیر حمایت",
        calls="درخواست کمک",
        fewer="کمتر از {number}",
        help="چگونه کمک کنید",
        help_ways=(
            "بخواهید وقتی کسی به شما نیاز دارد خبرتان کنیم: مقامی که از همه‌جا نامه می‌گیرد جور دیگری رفتار می‌کند.",
            "فراخوان را همان‌گونه که هست به اشتراک بگذارید. همان را می‌گوید که آن فرد می‌خواهد گفته شود، نه بیشتر.",
            "لطفاً دربارهٔ آن فرد جست‌وجوی بیشتری نکنید و چیزی منتشر نکنید: ممکن است او را به خطر بیندازد.",
        ),
        feeds="خوراک برای اتاق‌های خبر و برنامه‌ها",
        contact="تماس",
        published="منتشر شده",
        updated="به‌روز شده",
        earlier="پیش از این",
        letter="به مقام مسئول بنویسید",
        letter_open="نامه را در برنامهٔ ایمیل خود باز کنید",
        letter_copy="یا آن را رونوشت کنید و به {address} بفرستید:",
        share="این صفحه را به اشتراک بگذارید",
        share_text="نشانی این صفحه:",
        languages="زبان‌ها",
        other_language="این فراخوان هنوز به زبان شما نوشته نشده است.",
        withdrawn="این فراخوان پس گرفته شد",
        withdrawn_text="لطفاً دیگر آن را به اشتراک نگذارید. اگر منتشرش کرده‌اید، آن را بردارید.",
        ended="این فراخوان پایان یافته است. از همهٔ کسانی که کاری کردند سپاسگزاریم.",
        drill="این یک تمرین است. کسی در خطر نیست و کاری لازم نیست.",
        area="{place}: جایی درون دایره‌ای به شعاع حدود {km} کیلومتر",
        follows_nobody="این صفحه چیزی از جای دیگر بار نمی‌کند، کوکی نمی‌گذارد و شما را دنبال نمی‌کند.",
    ),
    "fr": Words(
        home="Accueil",
        be_told="Être prévenu",
        appeals="Qui a besoin de vous",
        no_appeals="Aucun appel n'est public en ce moment.",
        week="La semaine du {day}",
        protected="personnes protégées",
        calls="appels au secours",
        fewer="moins de {number}",
        help="Comment aider",
        help_ways=(
            "Demandez à être prévenu : une autorité qui reçoit des lettres de partout agit autrement.",
            "Partagez l'appel tel qu'il est. Il dit ce que la personne veut que l'on dise, et rien de plus.",
            "Ne cherchez pas et ne publiez pas d'autres détails sur la personne : cela peut la mettre en danger.",
        ),
        feeds="Flux pour les rédactions et les programmes",
        contact="Contact",
        published="Publié",
        updated="Mis à jour",
        earlier="Auparavant",
        letter="Écrire à l'autorité",
        letter_open="Ouvrir la lettre dans votre messagerie",
        letter_copy="Ou copiez-la et envoyez-la à {address} :",
        share="Partager cette page",
        share_text="L'adresse de cette page :",
        languages="Langues",
        other_language="Cet appel n'est pas encore écrit dans votre langue.",
        withdrawn="Cet appel a été retiré",
        withdrawn_text="Ne le partagez plus. Si vous l'avez publié, retirez-le.",
        ended="Cet appel est terminé. Merci à tous ceux qui ont agi.",
        drill="Ceci est un exercice. Personne n'est en danger et il n'y a rien à faire.",
        area="{place} : quelque part dans le cercle d'environ {km} km",
        follows_nobody="Cette page ne charge rien d'ailleurs, ne pose aucun cookie et ne vous suit pas.",
    ),
    "pt": Words(
        home="Início",
        be_told="Ser avisado",
        appeals="Quem precisa de si agora",
        no_appeals="Neste momento não há nenhum apelo público.",
        week="A semana de {day}",
        protected="pessoas sob proteção",
        calls="pedidos de socorro",
        fewer="menos de {number}",
        help="Como ajudar",
        help_ways=(
            "Peça para ser avisado: uma autoridade que recebe cartas de toda a parte age de outro modo.",
            "Partilhe o apelo tal como está. Diz o que a pessoa quer que se diga, e nada mais.",
            "Não procure nem publique mais nada sobre a pessoa: pode pô-la em perigo.",
        ),
        feeds="Canais para redações e programas",
        contact="Contacto",
        published="Publicado",
        updated="Atualizado",
        earlier="Antes",
        letter="Escreva à autoridade",
        letter_open="Abrir a carta no seu programa de correio",
        letter_copy="Ou copie-a e envie-a para {address}:",
        share="Partilhe esta página",
        share_text="O endereço desta página:",
        languages="Línguas",
        other_language="Este apelo ainda não está escrito na sua língua.",
        withdrawn="Este apelo foi retirado",
        withdrawn_text="Por favor, não o partilhe mais. Se o publicou, retire-o.",
        ended="Este apelo terminou. Obrigado a todos os que agiram.",
        drill="Isto é um exercício. Ninguém está em perigo e não é preciso fazer nada.",
        area="{place}: algures dentro do círculo de cerca de {km} km",
        follows_nobody="Esta página não carrega nada de fora, não usa cookies e não o segue.",
    ),
    "ru": Words(
        home="Главная",
        be_told="Подписаться",
        appeals="Кому вы нужны сейчас",
        no_appeals="Сейчас нет открытых призывов.",
        week="Неделя с {day}",
        protected="человек под защитой",
        calls="просьб о помощи",
        fewer="меньше {number}",
        help="Как помочь",
        help_ways=(
            "Подпишитесь: власти, которым пишут отовсюду, ведут себя иначе.",
            "Делитесь призывом в точности как он есть. В нём сказано то, что человек разрешил сказать, и не больше.",
            "Пожалуйста, не ищите и не публикуйте о человеке ничего больше: это может быть для него опасно.",
        ),
        feeds="Ленты для редакций и программ",
        contact="Связь",
        published="Опубликовано",
        updated="Обновлено",
        earlier="Ранее",
        letter="Напишите властям",
        letter_open="Открыть письмо в почтовой программе",
        letter_copy="Или скопируйте его и отправьте на {address}:",
        share="Поделитесь этой страницей",
        share_text="Адрес этой страницы:",
        languages="Языки",
        other_language="Этот призыв ещё не написан на вашем языке.",
        withdrawn="Этот призыв отозван",
        withdrawn_text="Пожалуйста, больше не распространяйте его. Если вы его опубликовали, удалите.",
        ended="Этот призыв завершён. Спасибо всем, кто откликнулся.",
        drill="Это учения. Никому не грозит опасность, делать ничего не нужно.",
        area="{place}: где-то внутри круга радиусом около {km} км",
        follows_nobody="Эта страница ничего не загружает со стороны, не ставит cookie и не следит за вами.",
    ),
    "sw": Words(
        home="Mwanzo",
        be_told="Julishwa",
        appeals="Nani anakuhitaji sasa",
        no_appeals="Hakuna mwito wa hadharani kwa sasa.",
        week="Wiki kuanzia {day}",
        protected="watu wanaolindwa",
        calls="miito ya msaada",
        fewer="chini ya {number}",
        help="Jinsi ya kusaidia",
        help_ways=(
            "Omba kujulishwa mtu anapokuhitaji: mamlaka inayopata barua kutoka kila mahali hutenda tofauti.",
            "Shiriki mwito kama ulivyo. Unasema kile mhusika anachotaka kisemwe, si zaidi.",
            "Tafadhali usitafute wala kuchapisha zaidi kuhusu mtu huyo: inaweza kumhatarisha.",
        ),
        feeds="Milisho kwa vyumba vya habari na programu",
        contact="Mawasiliano",
        published="Ilichapishwa",
        updated="Ilisasishwa",
        earlier="Awali",
        letter="Iandikie mamlaka",
        letter_open="Fungua barua katika programu yako ya barua pepe",
        letter_copy="Au inakili na uitume kwa {address}:",
        share="Shiriki ukurasa huu",
        share_text="Anwani ya ukurasa huu:",
        languages="Lugha",
        other_language="Mwito huu bado haujaandikwa kwa lugha yako.",
        withdrawn="Mwito huu umeondolewa",
        withdrawn_text="Tafadhali usiushiriki tena. Kama uliuchapisha, uondoe.",
        ended="Mwito huu umekwisha. Asante kwa wote waliochukua hatua.",
        drill="Hili ni zoezi. Hakuna aliye hatarini, na hakuna la kufanya.",
        area="{place}: mahali fulani ndani ya duara la takriban kilomita {km}",
        follows_nobody="Ukurasa huu haupakii chochote kutoka kwingine, hauweki vidakuzi na haukufuatilii.",
    ),
}


def words_in(language: str) -> Words:
    """Give the words of a language, or English."""
    return WORDS.get(language) or WORDS.get(language.partition("-")[0]) or WORDS[FALLBACK]
