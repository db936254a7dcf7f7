"""Staff: how they sign in, which roles they have, when they are on shift."""

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from tocsin.people.models import Party


class StaffAccounts(BaseUserManager):
    """Finds staff by their sign-in name."""

    def create_user(self, username: str, password: str | None = None, **fields) -> "Staff":
        """Store a new account; without a password it cannot sign in."""
        staff = self.model(username=username, **fields)
        staff.set_password(password)
        staff.save(using=self._db)
        return staff


class Staff(AbstractBaseUser):
    """An account at headquarters. The person's name and numbers stand, sealed, on the party."""

    username = models.CharField(max_length=64, unique=True)  # A handle; shown on the timeline.
    party = models.OneToOneField(Party, null=True, blank=True, on_delete=models.PROTECT, related_name="staff")
    roles = ArrayField(models.CharField(max_length=32), default=list, blank=True)  # Words of `accounts.scopes.Role`.
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField()

    objects = StaffAccounts()
    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: list[str] = []

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(username=""), name="staff_has_handle")]


class Shift(models.Model):
    """Who is the duty officer, and when. Nobody on shift: everybody with that role is asked."""

    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="shifts")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__isnull=True) | Q(ends_at__gt=F("starts_at")), name="shift_ends")
        ]
