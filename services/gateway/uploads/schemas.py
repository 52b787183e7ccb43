"""What a caller says before an upload, and where it is told to send the photo."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from services.gateway.photo_types import PhotoType


class NewUpload(BaseModel):
    """A photo to come."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    media_type: PhotoType = Field(description="What the form will be sent with as Content-Type")


class UploadBody(BaseModel):
    """Post `fields`, then the photo as `file`, to `url` as multipart/form-data before `expires_at`."""

    upload_id: str
    url: str
    fields: dict[str, str] = Field(repr=False)
    max_bytes: int
    expires_at: datetime
