"""Users, teams, applications and their API keys."""

from unicodedata import normalize

from django.contrib.auth.models import AbstractUser
from django.contrib.sessions.base_session import AbstractBaseSession
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.ids import uuid7
from apps.core.models import Record

SLUG = r"^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\Z"
NAME = r"^[A-Za-z0-9](?:[A-Za-z0-9._@+-]{0,98}[A-Za-z0-9])?\Z"
slug_validator = RegexValidator(SLUG, _("Lower-case letters, digits and inner hyphens, at most 63."))
name_validator = RegexValidator(NAME, _("Letters, digits and . _ @ + - inside, at most 100."))


class User(AbstractUser):
    """A person who signs in. `username` never changes: events and references name it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    username = models.CharField(_("name"), max_length=100, unique=True, validators=[name_validator])
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC")
    theme = models.CharField(
        _("theme"),
        max_length=8,
        default="system",
        choices=[("system", _("System")), ("light", _("Light")), ("dark", _("Dark"))],
    )
    # Whether somebody else has the same full name; the services keep it true.
    shares_full_name = models.BooleanField(default=False, db_default=False, editable=False)

    # When the last link to set the password was made, and by whom (see `passwords`).
    password_link_at = models.DateTimeField(null=True, blank=True, editable=False)
    password_link_by = models.CharField(max_length=200, blank=True, default="", db_default="", editable=False)

    # The address before the last change, which still hears of the password for a while (see `passwords.addresses_of`).
    previous_email = models.CharField(max_length=254, blank=True, default="", db_default="", editable=False)
    email_changed_at = models.DateTimeField(null=True, blank=True, editable=False)

    def set_password(self, raw_password: str | None) -> None:
        """Store the hash of the password as Unicode composes it: keyboards differ in how they send an é."""
        super().set_password(raw_password and normalize("NFC", raw_password))

    def check_password(self, raw_password: str | None) -> bool:
        """Whether it is the password, composed or, for older hashes, as it was typed."""
        composed = raw_password and normalize("NFC", raw_password)
        return super().check_password(composed) or (composed != raw_password and super().check_password(raw_password))

    @property
    def reference(self) -> str:
        """How bodies, events and pages name this user."""
        return f"user:{self.username}"

    @property
    def display_name(self) -> str:
        """The full name, else the user name; both where two people have the same full name."""
        full_name = self.get_full_name()
        return f"{full_name} ({self.username})" if full_name and self.shares_full_name else full_name or self.username


class Team(Record):
    """An audience of users: tasks are handed to it, containers list it. A team never acts itself."""

    slug = models.CharField(max_length=63, unique=True, validators=[slug_validator])
    title = models.CharField(max_length=200)
    members = models.ManyToManyField(User, related_name="teams", blank=True)

    class Meta:
        ordering = ["slug"]

    def __str__(self) -> str:
        return self.title

    @property
    def reference(self) -> str:
        """How bodies and pages name this team."""
        return f"team:{self.slug}"


class Application(Record):
    """An integrating program. `name` never changes. An inactive one can do nothing; its tasks stay.

    Its owners hear when it fails silently. By that they see none of its tasks.
    """

    name = models.CharField(max_length=63, unique=True, validators=[slug_validator])
    title = models.CharField(max_length=200)
    active = models.BooleanField(default=True)
    owners = models.ManyToManyField(User, related_name="owned_applications", blank=True)
    owner_teams = models.ManyToManyField(Team, related_name="owned_applications", blank=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.title

    @property
    def reference(self) -> str:
        """How bodies, events and pages name this application."""
        return f"application:{self.name}"


class ApiKey(Record):
    """A bearer key of an application. Only an HMAC of it is kept; `prefix` finds it."""

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="keys")
    prefix = models.CharField(max_length=8, unique=True)
    digest = models.BinaryField(max_length=32)
    label = models.CharField(max_length=100, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        verbose_name = _("API key")

    def __str__(self) -> str:
        return f"th_{self.prefix}_…"


class WrongPasswords(models.Model):
    """How many wrong passwords came lately for one subject (see `sign_in.throttle`)."""

    key = models.CharField(primary_key=True, max_length=64)
    failures = models.PositiveIntegerField()
    last_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.failures} × {self.key[:8]}"


class Session(AbstractBaseSession):
    """A browser's session, with its person (see `sessions`). The table is that of Django's own sessions."""

    user = models.ForeignKey(User, null=True, on_delete=models.CASCADE, related_name="+")

    class Meta(AbstractBaseSession.Meta):
        db_table = "django_session"
