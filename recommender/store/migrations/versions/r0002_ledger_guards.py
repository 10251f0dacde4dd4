"""Guards of the ledger: the database itself refuses to change its lines, and to take any out.

Only lines that are past their period may go, and only after a line that says so stands at the end
(`store/retention.py`), so that taking out lines is itself on record.
"""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"

_SAID = "lines of the ledger are only added"
_SQLITE = {
    "ledger_no_update": f"BEFORE UPDATE ON ledger BEGIN SELECT RAISE(ABORT, '{_SAID}'); END",
    "ledger_no_delete": f"""BEFORE DELETE ON ledger
        WHEN OLD.sequence > COALESCE((
            SELECT CASE WHEN event = 'retention' THEN CAST(json_extract(detail, '$.through') AS INTEGER) END
            FROM ledger ORDER BY sequence DESC LIMIT 1), 0)
        BEGIN SELECT RAISE(ABORT, '{_SAID}'); END""",
    # INSERT OR REPLACE takes out the row in its way without a DELETE that a trigger would see.
    "ledger_no_replace": f"""BEFORE INSERT ON ledger
        WHEN NEW.sequence <= (SELECT MAX(sequence) FROM ledger)
            OR EXISTS (SELECT 1 FROM ledger WHERE ledger_id = NEW.ledger_id)
        BEGIN SELECT RAISE(ABORT, '{_SAID}'); END""",
}
_FUNCTION = f"""
CREATE FUNCTION ledger_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    newest record;
BEGIN
    IF TG_OP = 'DELETE' THEN
        SELECT event, detail INTO newest FROM ledger ORDER BY sequence DESC LIMIT 1;
        IF newest.event = 'retention' THEN
            IF OLD.sequence <= COALESCE(CAST(CAST(newest.detail AS json) ->> 'through' AS bigint), 0) THEN
                RETURN OLD;
            END IF;
        END IF;
    END IF;
    RAISE EXCEPTION '{_SAID}' USING ERRCODE = 'restrict_violation';
END $$
"""
_POSTGRESQL = {
    "ledger_no_change": "BEFORE UPDATE OR DELETE ON ledger FOR EACH ROW EXECUTE FUNCTION ledger_guard()",
    "ledger_no_truncate": "BEFORE TRUNCATE ON ledger FOR EACH STATEMENT EXECUTE FUNCTION ledger_guard()",
}


def upgrade() -> None:
    """Put the guards up."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(_FUNCTION)
    for name, body in _guards().items():
        op.execute(f"CREATE TRIGGER {name} {body}")


def downgrade() -> None:
    """Take the guards away."""
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    for name in _guards():
        op.execute(f"DROP TRIGGER {name}" + (" ON ledger" if is_postgresql else ""))
    if is_postgresql:
        op.execute("DROP FUNCTION ledger_guard()")


def _guards() -> dict[str, str]:
    return _POSTGRESQL if op.get_bind().dialect.name == "postgresql" else _SQLITE
