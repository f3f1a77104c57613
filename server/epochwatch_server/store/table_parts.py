"""What all tables share: the registry with its names for constraints, and the columns that recur."""

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, MetaData, Text

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite numbers rows by itself only in a column called INTEGER.
Id = BigInteger().with_variant(Integer, "sqlite")


def of_run(*, primary_key: bool = False) -> Column[str]:
    """Make the column that names a run; the row goes with it."""
    return Column("run_id", Text, ForeignKey("run.id", ondelete="CASCADE"), primary_key=primary_key, nullable=False)


def texts(*names: str, nullable: bool = False) -> list[Column[str]]:
    """Make columns of text."""
    return [Column(name, Text, nullable=nullable) for name in names]


def integers(*names: str, nullable: bool = False) -> list[Column[int]]:
    """Make columns of 64-bit integers."""
    return [Column(name, BigInteger, nullable=nullable) for name in names]


def text_key(*names: str) -> list[Column[str]]:
    """Make the text columns of a primary key."""
    return [Column(name, Text, primary_key=True) for name in names]
