-- Counting by stage under a filter reads these alone, not the rows.
CREATE INDEX training_owner_stage ON training (archived, owner, stage);
CREATE INDEX training_kind_stage ON training (archived, kind, stage);
