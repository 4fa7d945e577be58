"""The sections about keys and about how long personal data is kept. Never reads a key."""

import enum
from datetime import timedelta
from pathlib import Path

from attrs import field, frozen
from sqlalchemy.engine import make_url

from cotransfer.domain.allowances import USUAL

from .checks import between, doc

_A_DAY = timedelta(days=1)
FOLDER = Path("cotransfer-keys")
"""Of a database that is no file."""


class SuiteName(enum.Enum):
    """With what personal data is sealed."""

    AES = "aes-256-gcm"
    SM4 = "sm4-gcm"


@frozen(kw_only=True)
class Keys:
    """Where keys are, and what is done with them."""

    folder: Path | None = field(
        default=None,
        metadata=doc(
            "The folder of the keys (`cotransfer keys new` makes them), relative to the settings file; in the "
            "environment, to where the process is started. Left out: beside an SQLite file, under its name and "
            "`.keys`; else `cotransfer-keys` where the process is started.",
            "密钥文件夹（用 cotransfer keys new 生成），相对于设置文件；用环境变量设置时相对于启动目录。"
            "不设时：SQLite 数据库旁、同名加 .keys；其他数据库为启动目录下的 cotransfer-keys。",
        ),
    )
    suite: SuiteName = field(
        default=SuiteName.AES,
        metadata=doc(
            "With what personal data is sealed from now on; what is sealed already stays readable.",
            "此后封存个人信息所用的算法；已封存的仍可读取。",
        ),
    )

    def folder_beside(self, database: str) -> Path:
        """The folder, where the database is at that address."""
        if self.folder is not None:
            return self.folder
        url = make_url(database)
        if url.get_backend_name() != "sqlite" or not url.database:
            return FOLDER
        file = Path(url.database)
        return file.with_name(file.name + ".keys")


@frozen(kw_only=True)
class Retention:
    """How long personal data is kept."""

    days: float = field(
        default=USUAL.retention / _A_DAY,
        metadata=doc(
            "Days after a transfer's end until its personal data is erased for good; the time that was in force when "
            "it ended counts.",
            "过户办结后个人信息保留的天数，到期永久删除；以办结时的设置为准。",
            between(0, 36500),
        ),
    )

    def period(self) -> timedelta:
        """As the agenda wants it."""
        return timedelta(days=self.days)
