"""Settings, from the environment (`DOORSTEP_...`) and the command line."""

from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """What a deployment chooses. Every value has a default that works on one machine."""

    model_config = SettingsConfigDict(env_prefix="DOORSTEP_", extra="ignore")

    data: Path = Field(default=Path(".doorstep"), description="keys, the SQLite file and the embedded Valkey live here")
    database_url: str = Field(default="", description="postgresql+asyncpg://... ; SQLite in the data folder when empty")
    redis_url: str = Field(default="", description="redis://... ; an embedded Valkey when empty")
    issuer: str = Field(default="doorstep", min_length=1, description="`iss` that tokens must carry")
    audience: str = Field(default="doorstep", min_length=1, description="`aud` that tokens must carry")
    jwks: Path | None = Field(
        default=None, description="public keys; the development keys in the data folder when empty"
    )
    reflection: bool = Field(default=False, description="offer gRPC reflection; keep it off on a public listener")
    time_zone: str = Field(default="Asia/Shanghai", description="in which sentences say 明天下午, this evening")
    log_level: Literal["debug", "info", "warning", "error"] = Field(default="info")
    statement_timeout: float = Field(default=5.0, ge=0.1, le=600, description="seconds a database statement may take")
    max_watches: int = Field(default=200, gt=0, description="open watches a caller may hold")
    kept_revisions: int = Field(
        default=1000, ge=10, le=1_000_000, description="changes kept a parcel, for watches that resume"
    )
    public_url: str = Field(
        default="",
        pattern=r"^(https?://[^\s/?#@]+(/[^\s?#]*)?)?$",
        description="where carriers reach our webhooks, such as https://track.shop.com",
    )
    provider_urls: dict[str, str] = Field(
        default={},
        description='addresses in place of the providers\' own, as JSON: {"kdniao": "http://127.0.0.1:8099/kdniao"}',
    )
    ask_carriers: bool = Field(default=True, description="ask carriers for quiet parcels, with the merchants' keys")

    geocoder: str = Field(
        default="", description="who names streets: amap, or one of geopy's such as nominatim; nobody when empty"
    )
    geocoder_options: dict[str, str] = Field(
        default={},
        description='its keys, as JSON: {"key": "...", "secret": "..."} or {"user_agent": "...", "domain": "..."}',
    )

    geocoder_per_second: float = Field(
        default=1.0, gt=0, le=1000, description="questions that a worker may ask it in a second, as its owner allows"
    )
    metrics_port: int = Field(
        default=0, ge=0, le=65535, description="a port of its own for /metrics; on the HTTP port when 0"
    )

    @field_validator("log_level", mode="before")
    @classmethod
    def _in_lower_case(cls, value: object) -> object:
        return value.lower() if isinstance(value, str) else value

    @property
    def zone(self) -> ZoneInfo:
        """The zone of sentences. Raises ZoneInfoNotFoundError for a name that does not exist."""
        return ZoneInfo(self.time_zone)

    @property
    def effective_database_url(self) -> str:
        """The database to use."""
        return self.database_url or f"sqlite+aiosqlite:///{self.data / 'doorstep.db'}"

    @property
    def effective_jwks(self) -> Path:
        """The file with the public keys."""
        return self.jwks or self.data / "keys" / "jwks.json"
