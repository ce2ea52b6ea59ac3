"""Files: where their bytes lie, and which task they are attached to."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.core.models import Record


class StoredFile(Record):
    """Bytes in Django's storage, under a random name. The row is there before the first byte and after the last.

    With `drop_at` they belong to nothing: being written, or no longer wanted. Past that time the sweep deletes them, so
    that no crash leaves bytes without a row, nor a row that promises bytes. An attachment takes it away.
    """

    name = models.CharField(max_length=200, unique=True)
    drop_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["drop_at"], name="stored_file_to_drop", condition=Q(drop_at__isnull=False))]

    def __str__(self) -> str:
        return self.name


class Attachment(Record):
    """A file of a task, for the same audiences as notes. `name` is what people called it; it never names a path.

    One that belongs to a `field` is for those of its audience who read the field, and is not searched.
    """

    class Kind(models.TextChoices):
        COMMENT = "comment", _("Comment")
        WORK_NOTE = "work_note", _("Work note")

    task = models.ForeignKey("tasks.Task", on_delete=models.PROTECT, related_name="attachments")
    file = models.OneToOneField(StoredFile, on_delete=models.PROTECT, related_name="attachment")
    kind = models.CharField(max_length=10, choices=Kind)
    field = models.CharField(max_length=64, null=True)
    name = models.CharField(max_length=200)
    content_type = models.CharField(max_length=100)
    size = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    author = models.CharField(max_length=200)

    class Meta:
        ordering = ["created_at", "id"]
        constraints = [models.CheckConstraint(condition=Q(size__gte=0), name="attachment_size_is_known")]

    def __str__(self) -> str:
        return self.name
