"""Accounts, roles in scopes, and how surely a person is known."""

from typing import ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q

from dangqiao.apps.fields import EncryptedTextField, new_id, now
from dangqiao.core.vocabulary.actor import Assurance, Role, ScopeKind


class UserManager(BaseUserManager["User"]):
    """Makes accounts; services decide who may."""

    def create_user(self, username: str, password: str | None = None, **fields: object) -> "User":
        """An account. Without a password none can be used."""
        user = self.model(username=username, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """Somebody with an account: a citizen (found by phone) or a member of staff (found by username).

    Name, phone and identity number are encrypted; the hashes beside them are for look-up only.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    username = models.CharField(max_length=80, unique=True)
    """Staff: chosen. Citizens: the id, never shown."""
    is_staff_member = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    display_name = EncryptedTextField(default="", blank=True)
    phone = EncryptedTextField(default="", blank=True)
    phone_hash = models.CharField(max_length=64, default="", blank=True)
    phone_verified_at = models.DateTimeField(null=True, blank=True)
    email = models.EmailField(default="", blank=True)
    """Of staff only; citizens are reached by phone."""
    identity_kind = models.CharField(max_length=20, default="", blank=True)
    identity_number = EncryptedTextField(default="", blank=True)
    identity_hash = models.CharField(max_length=64, default="", blank=True, db_index=True)
    assurance = models.PositiveSmallIntegerField(default=0, choices=[(a.value, a.name) for a in Assurance])
    assured_at = models.DateTimeField(null=True, blank=True)
    language = models.CharField(max_length=10, default="zh-hans")
    large_print = models.BooleanField(default=False)
    """The elderly-friendly mode (适老化)."""
    created_at = models.DateTimeField(default=now)

    objects: ClassVar[UserManager] = UserManager()
    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["phone_hash"], condition=~Q(phone_hash=""), name="user_phone_once"),
        ]


class RoleGrant(models.Model):
    """A role in a scope, for a time. The three administrators are kept apart by `services.grant_role`."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="role_grants")
    role = models.CharField(max_length=30, choices=[(role.value, role.value) for role in Role])
    scope_kind = models.CharField(max_length=20, choices=[(kind.value, kind.value) for kind in ScopeKind])
    scope_code = models.CharField(max_length=30)
    granted_by = models.CharField(max_length=120)
    valid_from = models.DateTimeField(default=now)
    valid_to = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "role", "scope_kind", "scope_code"],
                condition=Q(valid_to=None),
                name="role_granted_once",
            ),
        ]
