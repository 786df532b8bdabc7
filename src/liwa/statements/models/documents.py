"""Documents that learning tools keep beside the statements."""

from django.db import models

HASH = 64  # hex digits of a SHA-256


class Document(models.Model):
    """One document of the state, activity profile or agent profile resource, byte for byte.

    `key` is a hash of everything that names the document, `context` of all but its id and registration: ids may be
    longer than an index takes. `agent` is the agent's identifier as `equality.agents_key` writes it, `agent_hash`
    the SHA-256 (hex) of that; both are empty for activity profiles.
    """

    class Kind(models.TextChoices):
        STATE = "state"
        ACTIVITY_PROFILE = "activity-profile"
        AGENT_PROFILE = "agent-profile"

    key = models.CharField(max_length=HASH, primary_key=True)
    context = models.CharField(max_length=HASH, db_index=True)
    kind = models.CharField(max_length=20, choices=Kind.choices)
    activity = models.TextField(default="", blank=True)
    agent = models.TextField(default="", blank=True)
    agent_hash = models.CharField(max_length=HASH, default="", blank=True, db_index=True)
    registration = models.CharField(max_length=36, default="", blank=True)
    document_id = models.TextField()
    content = models.BinaryField()
    content_type = models.TextField()
    etag = models.CharField(max_length=40)
    updated_at = models.DateTimeField()

    class Meta:
        db_table = "statements_document"

    def __str__(self) -> str:
        return f"{self.kind} {self.document_id}"
