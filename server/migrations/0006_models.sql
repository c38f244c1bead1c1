-- The models page reads the newest training of each vendor's name, newest first.
CREATE INDEX training_created ON training (created_at, id);
