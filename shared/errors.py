"""The vocabulary of failure, classified where it is raised.

LesionlensError
├── PermanentError            trying again cannot help
│   ├── UndecodableImage      the photo's bytes are no picture that we can read
│   ├── ImageTooLarge         more pixels than we decode
│   ├── DecoderCrashed        the photo ended its decoder, alone and twice
│   ├── ObjectMissing         the object store says that there is no such object
│   ├── ModelInvalid          a model folder contradicts itself
│   └── NonFiniteActivation   the network answered NaN or Inf
├── TransientError            the same call may work later; nothing was done
│   ├── StoreUnavailable
│   ├── DatabaseUnavailable
│   ├── DeviceLost            the GPU failed under us; the process has to end
│   ├── ShuttingDown          this process is to stop, and gives back what it holds
│   └── BrokerUnavailable
└── CallerError               the caller's request cannot be met as it stands
    ├── ModelUnknown          the registry has no such model
    ├── ModelActive           the active model cannot be retired
    └── RegistryChanged       the registry is not what the caller saw

`code` is stable and public. `detail` is for people and holds no personal data.
"""

from typing import ClassVar


class LesionlensError(Exception):
    """Base of every error that we raise ourselves."""

    code: ClassVar[str] = "internal_error"

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail or self.code)
        self.detail = detail or self.code


class PermanentError(LesionlensError):
    """Trying again cannot help."""


class UndecodableImage(PermanentError):
    code = "undecodable_image"


class ImageTooLarge(PermanentError):
    code = "image_too_large"


class DecoderCrashed(PermanentError):
    code = "decoder_crashed"


class ObjectMissing(PermanentError):
    code = "object_missing"


class ModelInvalid(PermanentError):
    code = "model_invalid"


class NonFiniteActivation(PermanentError):
    code = "non_finite_activation"


class TransientError(LesionlensError):
    """The same call may work later; nothing was done."""


class StoreUnavailable(TransientError):
    code = "store_unavailable"


class DatabaseUnavailable(TransientError):
    code = "database_unavailable"


class DeviceLost(TransientError):
    code = "device_lost"


class BackendUnavailable(TransientError):
    """Nothing on this machine may run the model. Another worker may, or this one once it is told."""

    code = "backend_unavailable"


class ShuttingDown(TransientError):
    code = "shutting_down"


class BrokerUnavailable(TransientError):
    code = "broker_unavailable"


class CallerError(LesionlensError):
    """The caller's request cannot be met as it stands."""

    code = "malformed"


class ModelUnknown(CallerError):
    code = "not_found"


class ModelActive(CallerError):
    code = "model_active"


class RegistryChanged(CallerError):
    code = "version_mismatch"
