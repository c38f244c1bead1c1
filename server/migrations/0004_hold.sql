-- A held training waits here until its vendor's name is free: it owns nothing and is not sent. One that ended while it was
-- held stays marked, so that nobody takes it for a run.
ALTER TABLE training ADD COLUMN held BIGINT NOT NULL DEFAULT 0;
ALTER TABLE training ADD COLUMN hold_if_busy BIGINT NOT NULL DEFAULT 0;
-- When it got its vendor's name: trainings of one name follow one another by this, not by when they were written down.
ALTER TABLE training ADD COLUMN turn_at BIGINT NOT NULL DEFAULT 0;
UPDATE training SET turn_at = created_at;
DROP INDEX training_owner_of_ref;
CREATE UNIQUE INDEX training_owner_of_ref ON training (connection, vendor_ref) WHERE ended = 0 AND held = 0;
CREATE INDEX training_held ON training (connection, vendor_ref, created_at, id) WHERE ended = 0 AND held = 1;
DROP INDEX training_ref;
CREATE INDEX training_ref ON training (connection, vendor_ref, turn_at);
CREATE INDEX training_turn ON training (turn_at, id);
