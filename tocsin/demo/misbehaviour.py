"""How the pretend carriers can go wrong, so that everybody can see what Tocsin makes of it."""

from dataclasses import asdict, dataclass, fields

NONSENSE = {
    "": b"",
    "length": b"\xff\xff\xff\xff" + b"\0" * 12,  # A unit longer than SMPP allows: nothing after it can be read.
    "command": bytes.fromhex("00000010 00000777 00000000 00000001"),  # A well-formed unit that nobody knows.
    "answer": bytes.fromhex("00000010 80000004 00000000 7ffffff0"),  # An answer to what was never asked.
    "garbage": b"HTTP/1.1 400 Bad Request\r\n\r\n",
}
RECEIPTS = ("delivered", "failed", "none", "twice", "early")


@dataclass(slots=True)
class Misbehaviour:
    """What goes wrong. As made: nothing."""

    sms_status: int = 0  # Every submit is refused with this SMPP status.
    sms_per_s: float = 0.0  # More than this are refused as too fast. 0: no limit.
    sms_delivers: bool = True  # False: accepts, and no phone ever gets it.
    sms_answers: bool = True  # False: a half-dead connection that takes everything and says nothing.
    sms_answer_s: float = 0.0  # Answers after this time.
    sms_receipts: str = "delivered"
    sms_receipt_s: float = 0.0  # Receipts come after this time.
    sms_drop_after: int = 0  # The connection drops instead of answering every n-th submit.
    sms_nonsense: str = ""  # What is sent before each answer.
    sms_refuses_bind: int = 0
    mail_rcpt: str = ""  # An SMTP answer to every recipient, such as "550 5.1.1 no such user".
    mail_data: str = ""  # An SMTP answer to every mail.
    mail_drop: bool = False  # The connection drops when the mail has come, without an answer.
    mail_answer_s: float = 0.0

    def as_json(self) -> dict[str, object]:
        """Return every field."""
        return asdict(self)

    def change(self, document: dict[str, object]) -> None:
        """Set the given fields. Raises `ValueError` naming the first that is wrong; then nothing is changed."""
        usual = {field.name: field.default for field in fields(self)}
        for name, value in document.items():
            if name not in usual:
                raise ValueError(f"{name} is not one of {', '.join(usual)}")
            wanted = type(usual[name])
            if not isinstance(value, wanted) and not (wanted is float and type(value) is int):
                raise ValueError(f"{name} is {wanted.__name__}")
            if name == "sms_receipts" and value not in RECEIPTS:
                raise ValueError(f"sms_receipts is one of {', '.join(RECEIPTS)}")
            if name == "sms_nonsense" and value not in NONSENSE:
                raise ValueError(f"sms_nonsense is one of {', '.join(NONSENSE)}")
        for name, value in document.items():
            setattr(self, name, value)

    def behave(self) -> None:
        """Go back to doing everything right."""
        self.change({field.name: field.default for field in fields(self)})
