"""What is searched: texts of tasks, apart for each audience that may know of them."""

from django.db import models


class SearchText(models.Model):
    """The words of one part of a task, for one audience. The database's own full-text index lies over `words`.

    `part` is `task` (title, key, description, tags, and the fields that everybody reads), `note:ID`, `file:ID`, or
    `fields:…` for fields of narrower audiences. `audience` is `everyone` (who sees the task), `work` (who works on
    it), or audiences of fields between commas: `,manager,application,`. `words` are folded and without punctuation.
    """

    id = models.BigAutoField(primary_key=True)
    task = models.ForeignKey("tasks.Task", on_delete=models.CASCADE, related_name="+", db_index=False)
    part = models.CharField(max_length=60)
    audience = models.TextField()
    words = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["task", "part"], name="search_text_once_a_part")]

    def __str__(self) -> str:
        return f"{self.part} of {self.task_id}"
