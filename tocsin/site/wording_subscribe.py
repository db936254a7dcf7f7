"""The fixed words of subscribing and leaving, in every language of the site. Pure."""

from dataclasses import dataclass

FALLBACK = "en"


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one language."""

    title: str
    lead: str
    way: str
    by_mail: str
    by_sms: str
    mail: str
    number: str
    number_help: str
    language: str
    country: str
    optional: str
    button: str
    privacy: str
    asked: str
    asked_more: str
    code: str
    code_button: str
    bad_mail: str
    bad_number: str
    bad_code: str
    busy: str
    confirm: str
    confirm_button: str
    confirmed: str
    bad_link: str
    leave: str
    leave_lead: str
    leave_button: str
    left: str


WORDS: dict[str, Words] = {
    "en": Words(
        title="Be told when somebody needs you",
        lead="We write only when there is an appeal, an update of it, or good news. You leave with one click.",
        way="How shall we tell you?",
        by_mail="By mail",
        by_sms="By SMS",
        mail="Your mail address",
        number="Your number",
        number_help="With the country code, such as +44 7700 900123.",
        language="Language",
        country="Country",
        optional="may stay empty",
        button="Tell me",
        privacy="Your address is sealed, used for nothing else, given to nobody, and wiped when you leave.",
        asked="Please confirm",
        asked_more="If this address can be reached, a message is on its way. Open its link within two days to confirm.",
        code="The six digits of the SMS",
        code_button="Confirm",
        bad_mail="Write a mail address such as name@example.org.",
        bad_number="Write the number with its country code, such as +44 7700 900123.",
        bad_code="These digits are not right, or too old. Look at the last message, or ask for a new one.",
        busy="Too many people are subscribing at this moment. Please try again in an hour.",
        confirm="One last step",
        confirm_button="Yes, tell me",
        confirmed="Thank you. You will be told.",
        bad_link="This link does not work any more. Subscribe again to get a new one.",
        leave="Leave",
        leave_lead="You will get no more messages at this address.",
        leave_button="Send me nothing more",
        left="Done. Your address is wiped, and you will get nothing more.",
    ),
    "ar": Words(
        title="نُعلمك حين يحتاج أحد إليك",
        lead="نكتب فقط عند وجود نداء أو مستجدات عنه أو خبر سار. ويمكنك إلغاء الاشتراك بنقرة واحدة.",
        way="كيف نُعلمك؟",
        by_mail="بالبريد الإلكتروني",
        by_sms="برسالة نصية",
        mail="عنوان بريدك الإلكتروني",
        number="رقمك",
        number_help="مع رمز البلد، مثل ‎+44 7700 900123.",
        language="اللغة",
        country="البلد",
        optional="يمكن تركه فارغًا",
        button="أعلموني",
        privacy="عنوانك مشفّر، ولا يُستعمل لشيء آخر، ولا يُعطى لأحد، ويُمحى عند إلغاء الاشتراك.",
        asked="يرجى التأكيد",
        asked_more="إن كان هذا العنوان يعمل فستصل رسالة إليه. افتح الرابط الذي فيها خلال يومين للتأكيد.",
        code="الأرقام الستة التي في الرسالة النصية",
        code_button="تأكيد",
        bad_mail="اكتب عنوان بريد مثل name@example.org.",
        bad_number="اكتب الرقم مع رمز البلد، مثل ‎+44 7700 900123.",
        bad_code="هذه الأرقام غير صحيحة أو قديمة. انظر إلى آخر رسالة أو اطلب رسالة جديدة.",
        busy="يشترك عدد كبير من الناس في هذه اللحظة. يرجى المحاولة بعد ساعة.",
        confirm="خطوة أخيرة",
        confirm_button="نعم، أعلموني",
        confirmed="شكرًا لك. سنُعلمك.",
        bad_link="لم يعد هذا الرابط يعمل. اشترك من جديد للحصول على رابط آخر.",
        leave="إلغاء الاشتراك",
        leave_lead="لن تصلك رسائل أخرى على هذا العنوان.",
        leave_button="لا ترسلوا لي شيئًا بعد الآن",
        left="تم. مُحي عنوانك ولن يصلك شيء آخر.",
    ),
    "es": Words(
        title="Le avisamos cuando alguien le necesita",
        lead="Solo escribimos cuando hay un llamamiento, novedades o buenas noticias. Se da de baja con un clic.",
        way="¿Cómo le avisamos?",
        by_mail="Por correo",
        by_sms="Por SMS",
        mail="Su dirección de correo",
        number="Su número",
        number_help="Con el prefijo del país, por ejemplo +44 7700 900123.",
        language="Idioma",
        country="País",
        optional="puede quedar vacío",
        button="Avísenme",
        privacy="Su dirección se guarda cifrada, no se usa para nada más, no se da a nadie y se borra cuando se va.",
        asked="Confirme, por favor",
        asked_more="Si esta dirección funciona, recibirá un mensaje. Abra su enlace en dos días para confirmar.",
        code="Las seis cifras del SMS",
        code_button="Confirmar",
        bad_mail="Escriba una dirección como name@example.org.",
        bad_number="Escriba el número con el prefijo del país, por ejemplo +44 7700 900123.",
        bad_code="Las cifras no son correctas o son antiguas. Mire el último mensaje o pida otro.",
        busy="Demasiadas personas se suscriben en este momento. Inténtelo dentro de una hora.",
        confirm="Un último paso",
        confirm_button="Sí, avísenme",
        confirmed="Gracias. Le avisaremos.",
        bad_link="Este enlace ya no funciona. Suscríbase de nuevo para recibir otro.",
        leave="Darse de baja",
        leave_lead="No recibirá más mensajes en esta dirección.",
        leave_button="No me envíen nada más",
        left="Hecho. Su dirección está borrada y no recibirá nada más.",
    ),
    "fa": Words(
        title="وقتی کسی به شما نیاز دارد خبرتان می‌کنیم",
        lead="فقط هنگام فراخوان، خبر تازهٔ آن یا خبر خوش می‌نویسیم. با یک کلیک می‌توانید بروید.",
        way="چگونه خبرتان کنیم؟",
        by_mail="با ایمیل",
        by_sms="با پیامک",
        mail="نشانی ایمیل شما",
        number="شمارهٔ شما",
        number_help="با پیش‌شمارهٔ کشور، مانند ‎+44 7700 900123.",
        language="زبان",
        country="کشور",
        optional="می‌تواند خالی بماند",
        button="خبرم کنید",
        privacy="نشانی شما مهروموم است، برای چیز دیگری به کار نمی‌رود، به کسی داده نمی‌شود و با رفتن شما پاک می‌شود.",
        asked="لطفاً تأیید کنید",
        asked_more="اگر این نشانی کار کند، پیامی در راه است. پیوند آن را تا دو روز دیگر باز کنید.",
        code="شش رقم پیامک",
        code_button="تأیید",
        bad_mail="نشانی‌ای مانند name@example.org بنویسید.",
        bad_number="شماره را با پیش‌شمارهٔ کشور بنویسید، مانند ‎+44 7700 900123.",
        bad_code="این رقم‌ها درست نیست یا کهنه است. آخرین پیام را ببینید یا پیام تازه‌ای بخواهید.",
        busy="در این لحظه افراد بسیاری مشترک می‌شوند. لطفاً یک ساعت دیگر دوباره بکوشید.",
        confirm="گام آخر",
        confirm_button="بله، خبرم کنید",
        confirmed="سپاس. خبرتان می‌کنیم.",
        bad_link="این پیوند دیگر کار نمی‌کند. برای پیوند تازه دوباره مشترک شوید.",
        leave="لغو اشتراک",
        leave_lead="دیگر پیامی به این نشانی نمی‌رسد.",
        leave_button="دیگر چیزی نفرستید",
        left="انجام شد. نشانی شما پاک شد و دیگر چیزی نمی‌رسد.",
    ),
    "fr": Words(
        title="Être prévenu quand quelqu'un a besoin de vous",
        lead="Nous n'écrivons que pour un appel, une nouvelle ou une bonne nouvelle. Vous partez en un clic.",
        way="Comment vous prévenir ?",
        by_mail="Par courriel",
        by_sms="Par SMS",
        mail="Votre adresse de courriel",
        number="Votre numéro",
        number_help="Avec l'indicatif du pays, par exemple +33 6 39 98 00 00.",
        language="Langue",
        country="Pays",
        optional="peut rester vide",
        button="Prévenez-moi",
        privacy=(
            "Votre adresse est scellée, ne sert à rien d'autre, n'est donnée à personne et est effacée à votre départ."
        ),
        asked="Confirmez, s'il vous plaît",
        asked_more=(
            "Si cette adresse fonctionne, un message est en route. Ouvrez son lien sous deux jours pour confirmer."
        ),
        code="Les six chiffres du SMS",
        code_button="Confirmer",
        bad_mail="Écrivez une adresse telle que name@example.org.",
        bad_number="Écrivez le numéro avec l'indicatif du pays, par exemple +33 6 39 98 00 00.",
        bad_code="Ces chiffres sont faux ou trop anciens. Regardez le dernier message ou demandez-en un autre.",
        busy="Trop de personnes s'abonnent en ce moment. Réessayez dans une heure.",
        confirm="Une dernière étape",
        confirm_button="Oui, prévenez-moi",
        confirmed="Merci. Vous serez prévenu.",
        bad_link="Ce lien ne fonctionne plus. Abonnez-vous à nouveau pour en recevoir un autre.",
        leave="Se désabonner",
        leave_lead="Vous ne recevrez plus de messages à cette adresse.",
        leave_button="Ne m'envoyez plus rien",
        left="C'est fait. Votre adresse est effacée et vous ne recevrez plus rien.",
    ),
    "pt": Words(
        title="Avisamos quando alguém precisa de si",
        lead="Só escrevemos quando há um apelo, novidades ou boas notícias. Sai com um clique.",
        way="Como o avisamos?",
        by_mail="Por correio eletrónico",
        by_sms="Por SMS",
        mail="O seu endereço de correio",
        number="O seu número",
        number_help="Com o indicativo do país, por exemplo +44 7700 900123.",
        language="Língua",
        country="País",
        optional="pode ficar vazio",
        button="Avisem-me",
        privacy="O seu endereço é selado, não serve para mais nada, não é dado a ninguém e é apagado quando sair.",
        asked="Confirme, por favor",
        asked_more=(
            "Se este endereço funcionar, uma mensagem está a caminho. Abra a ligação em dois dias para confirmar."
        ),
        code="Os seis algarismos do SMS",
        code_button="Confirmar",
        bad_mail="Escreva um endereço como name@example.org.",
        bad_number="Escreva o número com o indicativo do país, por exemplo +44 7700 900123.",
        bad_code="Estes algarismos não estão certos ou são antigos. Veja a última mensagem ou peça outra.",
        busy="Há demasiadas pessoas a inscrever-se neste momento. Tente daqui a uma hora.",
        confirm="Um último passo",
        confirm_button="Sim, avisem-me",
        confirmed="Obrigado. Será avisado.",
        bad_link="Esta ligação já não funciona. Inscreva-se de novo para receber outra.",
        leave="Sair",
        leave_lead="Não receberá mais mensagens neste endereço.",
        leave_button="Não me enviem mais nada",
        left="Feito. O seu endereço foi apagado e não receberá mais nada.",
    ),
    "ru": Words(
        title="Известим, когда вы кому-то нужны",
        lead="Пишем только о призыве, новостях о нём или хорошем исходе. Отписаться можно одним нажатием.",
        way="Как вас известить?",
        by_mail="Письмом",
        by_sms="По SMS",
        mail="Ваш адрес почты",
        number="Ваш номер",
        number_help="С кодом страны, например +44 7700 900123.",
        language="Язык",
        country="Страна",
        optional="можно не заполнять",
        button="Извещайте меня",
        privacy=(
            "Ваш адрес зашифрован, не используется ни для чего другого, никому не передаётся и стирается при отписке."
        ),
        asked="Подтвердите, пожалуйста",
        asked_more="Если этот адрес действует, сообщение уже в пути. Откройте ссылку из него в течение двух дней.",
        code="Шесть цифр из SMS",
        code_button="Подтвердить",
        bad_mail="Напишите адрес, например name@example.org.",
        bad_number="Напишите номер с кодом страны, например +44 7700 900123.",
        bad_code="Цифры неверны или устарели. Посмотрите последнее сообщение или запросите новое.",
        busy="Сейчас подписывается слишком много людей. Попробуйте через час.",
        confirm="Последний шаг",
        confirm_button="Да, извещайте меня",
        confirmed="Спасибо. Мы вас известим.",
        bad_link="Эта ссылка больше не действует. Подпишитесь снова, чтобы получить новую.",
        leave="Отписаться",
        leave_lead="На этот адрес больше не будет сообщений.",
        leave_button="Больше ничего не присылайте",
        left="Готово. Ваш адрес стёрт, сообщений больше не будет.",
    ),
    "sw": Words(
        title="Julishwa mtu anapokuhitaji",
        lead="Tunaandika tu kunapokuwa na mwito, taarifa mpya au habari njema. Unajiondoa kwa kubofya mara moja.",
        way="Tukujulishe vipi?",
        by_mail="Kwa barua pepe",
        by_sms="Kwa SMS",
        mail="Anwani yako ya barua pepe",
        number="Namba yako",
        number_help="Pamoja na msimbo wa nchi, kama +44 7700 900123.",
        language="Lugha",
        country="Nchi",
        optional="inaweza kuachwa wazi",
        button="Nijulisheni",
        privacy="Anwani yako imefungwa kwa siri, haitumiki kwa kingine, haipewi mtu, na inafutwa unapojiondoa.",
        asked="Tafadhali thibitisha",
        asked_more="Kama anwani hii inafanya kazi, ujumbe uko njiani. Fungua kiungo chake ndani ya siku mbili.",
        code="Tarakimu sita za SMS",
        code_button="Thibitisha",
        bad_mail="Andika anwani kama name@example.org.",
        bad_number="Andika namba pamoja na msimbo wa nchi, kama +44 7700 900123.",
        bad_code="Tarakimu hizi si sahihi au zimepitwa na wakati. Angalia ujumbe wa mwisho, au omba mwingine.",
        busy="Watu wengi wanajiandikisha kwa sasa. Tafadhali jaribu tena baada ya saa moja.",
        confirm="Hatua ya mwisho",
        confirm_button="Ndiyo, nijulisheni",
        confirmed="Asante. Utajulishwa.",
        bad_link="Kiungo hiki hakifanyi kazi tena. Jiandikishe tena kupata kingine.",
        leave="Jiondoe",
        leave_lead="Hutapata ujumbe mwingine kwenye anwani hii.",
        leave_button="Msinitumie chochote tena",
        left="Imekamilika. Anwani yako imefutwa na hutapata chochote tena.",
    ),
}


def words_in(language: str) -> Words:
    """Give the words of a language, or English."""
    return WORDS.get(language) or WORDS.get(language.partition("-")[0]) or WORDS[FALLBACK]
