"""Encrypting for one browser (RFC 8291) and saying to its push service who we are (RFC 8292)."""

from __future__ import annotations

import base64
import time

import http_ece
import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from django.conf import settings
from django.db import IntegrityError, transaction
from pydantic import BaseModel, ConfigDict, Field, field_validator

from alerts.models import PushKey
from alerts.wording.notice import Notice
from events.choices import Severity
from vms.outbound.errors import ForbiddenTargetError
from vms.outbound.targets import target_of

KEEP_SECONDS = 4 * 3600
"""For how long a push service keeps a message for a browser that is away: later it is no alarm any more."""
TOKEN_SECONDS = 12 * 3600
PUBLIC_BYTES, SECRET_BYTES = 65, 16


class SubscriptionKeys(BaseModel):
    model_config = ConfigDict(frozen=True)

    p256dh: str = Field(max_length=200, repr=False)
    auth: str = Field(max_length=100, repr=False)

    @field_validator("p256dh")
    @classmethod
    def _point(cls, value: str) -> str:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), unpadded(value))
        return value

    @field_validator("auth")
    @classmethod
    def _secret(cls, value: str) -> str:
        if len(unpadded(value)) != SECRET_BYTES:
            raise ValueError("no push secret")
        return value


class Subscription(BaseModel):
    """As a browser gives it."""

    model_config = ConfigDict(frozen=True)

    endpoint: str = Field(max_length=2_000, repr=False)
    keys: SubscriptionKeys

    @field_validator("endpoint")
    @classmethod
    def _address(cls, value: str) -> str:
        try:
            target_of(value, ("https", "http"))
        except ForbiddenTargetError as error:
            raise ValueError(str(error)) from None
        return value


def push_key() -> PushKey:
    """This installation's key pair, made when it is first asked for."""
    stored = PushKey.objects.first()
    if stored is not None:
        return stored
    pair = ec.generate_private_key(ec.SECP256R1())
    point = pair.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    made = PushKey(public=padless(point))
    made.private = pair.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    try:
        with transaction.atomic():
            made.save(force_insert=True)
    except IntegrityError:  # another process was faster
        return PushKey.objects.get()
    return made


def seal(subscription: Subscription, content: bytes) -> bytes:
    """The body that only this browser can read."""
    sealed: bytes = http_ece.encrypt(
        content,
        private_key=ec.generate_private_key(ec.SECP256R1()),
        dh=unpadded(subscription.keys.p256dh),
        auth_secret=unpadded(subscription.keys.auth),
        version="aes128gcm",
    )
    return sealed


def headers_for(subscription: Subscription, notice: Notice) -> dict[str, str]:
    """``Topic`` makes a message that is sent again take the place of the one that waits."""
    key = push_key()
    target = target_of(subscription.endpoint)
    usual = {"https": 443, "http": 80}[target.scheme]
    origin = f"{target.scheme}://{target.host}" + ("" if target.port == usual else f":{target.port}")
    claims = {"aud": origin, "exp": int(time.time()) + TOKEN_SECONDS, "sub": settings.BASE_URL}
    token = jwt.encode(claims, _private(key), algorithm="ES256")
    return {
        "Authorization": f"vapid t={token}, k={key.public}",
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
        "TTL": str(KEEP_SECONDS),
        "Topic": notice.id.hex,
        "Urgency": "high" if notice.severity in {Severity.HIGH, Severity.CRITICAL} else "normal",
    }


def unpadded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def padless(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _private(key: PushKey) -> ec.EllipticCurvePrivateKey:
    loaded = load_pem_private_key(key.private.encode(), password=None)
    assert isinstance(loaded, ec.EllipticCurvePrivateKey)  # noqa: S101  as made above
    return loaded
