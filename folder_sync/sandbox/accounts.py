"""Organizations, API keys, and which key may do what."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Lock
from typing import Any, Final

from folder_sync.sandbox.answers import Refusal
from folder_sync.sandbox.clock import Clock, iso_utc
from folder_sync.sandbox.codes import is_key, make_id, make_key

_CONTRIBUTORS: Final = frozenset({"Owner", "Manager", "Editor"})
"""The roles that hold ``organization.contribute_organization`` (*Authentication*)."""


@dataclass(slots=True)
class _Key:
    text: str
    role: str
    created: float
    organizations: set[str]
    revoked: bool = False
    id: str = field(default_factory=make_id)
    user_id: str = field(default_factory=make_id)


class Accounts:
    """Raises :class:`Refusal` where the API would refuse. Thread-safe."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._names: dict[str, str] = {}
        self._keys: dict[str, _Key] = {}
        self._lock = Lock()

    def add_organization(self, name: str, organization_id: str = "") -> str:
        """Returns its id, random unless given. No key belongs to it yet."""
        organization_id = organization_id or make_id()
        with self._lock:
            self._names[organization_id] = name
        return organization_id

    def add_key(self, *organization_ids: str, key: str | None = None, prefix: str = "csb", role: str = "Owner") -> str:
        """A new key of these organizations; random unless given. Roles: Owner, Manager, Editor, or e.g. Viewer."""
        text = key or make_key(prefix)
        with self._lock:
            self._keys[text] = _Key(text, role, self._clock.shown(), set(organization_ids))
        return text

    def revoke(self, key: str) -> None:
        with self._lock:
            self._keys[key].revoked = True

    def restore(self, key: str) -> None:
        with self._lock:
            self._keys[key].revoked = False

    def join(self, key: str, organization_id: str) -> None:
        with self._lock:
            self._known_organization(organization_id)
            self._keys[key].organizations.add(organization_id)

    def move(self, key: str, organization_id: str) -> None:
        """From now on the key belongs to this organization alone."""
        with self._lock:
            self._known_organization(organization_id)
            self._keys[key].organizations = {organization_id}

    def leave(self, key: str, organization_id: str) -> None:
        """From now on whoami does not name the organization for this key, and its calls fail with 403."""
        with self._lock:
            self._keys[key].organizations.discard(organization_id)

    def authenticate(self, key: str) -> None:
        """401 for a key that is missing (empty), malformed, unknown or revoked."""
        self._known(key)

    def authorize(self, key: str, organization_id: str, *, contribute: bool) -> None:
        """404 for an organization that does not exist, 403 for one the key can't use in this way."""
        record = self._known(key)
        with self._lock:
            if organization_id not in self._names:
                raise Refusal(404, "Organization not found.")
            if organization_id not in record.organizations:
                raise Refusal(403, "This key does not belong to the organization.")
        if contribute and (record.role not in _CONTRIBUTORS or key.startswith("cpk_")):
            raise Refusal(403, "This key lacks the permission organization.contribute_organization.")

    def whoami(self, key: str) -> dict[str, Any]:
        """The JSON of *Identify the authenticated caller*."""
        record = self._known(key)
        with self._lock:
            return {
                "user_id": record.user_id,
                "email": "studio@sandbox.invalid",
                "organizations": [{"id": i, "name": self._names[i]} for i in sorted(record.organizations)],
                "metadata": {},
                "api_key": {
                    "id": record.id,
                    "description": "Sandbox key",
                    "created": iso_utc(record.created),
                    "role": record.role,
                    "metadata": {},
                },
            }

    def _known_organization(self, organization_id: str) -> None:
        if organization_id not in self._names:
            raise KeyError(organization_id)

    def _known(self, key: str) -> _Key:
        if not key:
            raise Refusal(401, "Send an API key in X-API-Key.")
        if not is_key(key):
            raise Refusal(401, "The API key is malformed.")
        with self._lock:
            record = self._keys.get(key)
            if record is None or record.revoked:
                raise Refusal(401, "The API key is unknown or revoked.")
            return record
