-- Work says which connection it is for, so that one that hangs holds no places of another.
ALTER TABLE work ADD COLUMN connection TEXT NOT NULL DEFAULT '';
UPDATE work SET connection = COALESCE((SELECT training.connection FROM training WHERE training.id = work.training), '');
DROP INDEX work_due;
CREATE INDEX work_due ON work (kind, due_at, connection, lease_until);
