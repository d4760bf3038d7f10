"""DSSE: a payload with its type, signed (github.com/secure-systems-lab/dsse, protocol and envelope v1.0).

It belongs here: the pre-authentication encoding and the envelope as JSON. It does not: what the payload says
(statement.py).
"""

import base64
import binascii
import json
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from migration_assets.handoff.evidence.signing_key import key_id


class BadEnvelope(ValueError):
    """It is no DSSE envelope, or not in the one form in which this program writes it."""


def pre_authentication_encoding(payload_type: str, payload: bytes) -> bytes:
    """PAE of DSSE v1: the bytes that are signed."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


@dataclass(frozen=True)
class Envelope:
    """One payload and one signature over it."""

    payload_type: str
    payload: bytes
    signer: str
    signature: bytes

    @classmethod
    def signed(cls, payload_type: str, payload: bytes, key: Ed25519PrivateKey) -> "Envelope":
        signature = key.sign(pre_authentication_encoding(payload_type, payload))
        return cls(payload_type, payload, key_id(key.public_key()), signature)

    @classmethod
    def read(cls, text: bytes) -> "Envelope":
        """
        Raises:
            BadEnvelope: a byte of it is not as `as_json` writes it. Elsewhere, base64 and JSON have several spellings
                of one content, and a changed byte would go unseen.
        """
        try:
            held: Any = json.loads(text)
            (signature,) = held["signatures"]
            envelope = cls(
                str(held["payloadType"]),
                base64.b64decode(held["payload"], validate=True),
                str(signature["keyid"]),
                base64.b64decode(signature["sig"], validate=True),
            )
        except (ValueError, KeyError, TypeError, RecursionError, binascii.Error):
            raise BadEnvelope("it is no DSSE envelope with one signature") from None
        if envelope.as_json() != text:
            raise BadEnvelope("it is not as it was written")
        return envelope

    def as_json(self) -> bytes:
        """One line of JSON."""
        held = {
            "payload": base64.b64encode(self.payload).decode(),
            "payloadType": self.payload_type,
            "signatures": [{"keyid": self.signer, "sig": base64.b64encode(self.signature).decode()}],
        }
        return json.dumps(held, separators=(",", ":")).encode() + b"\n"

    def verified_by(self, key: Ed25519PublicKey) -> bool:
        """Whether the owner of the key signed this payload and no other."""
        try:
            key.verify(self.signature, pre_authentication_encoding(self.payload_type, self.payload))
        except InvalidSignature:
            return False
        return self.signer == key_id(key)
