// Fills an SQLite store with copies of one finished training, while no server uses it.
import { execFileSync } from "node:child_process";

/** Makes the board `count` trainings large. The copies differ in id, name, model id and time. */
export function seedTrainings(database: string, template: string, count: number): void {
  const sql = `
PRAGMA foreign_keys = OFF;
BEGIN IMMEDIATE;
CREATE TEMP TABLE copy AS
  WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count} - (SELECT COUNT(*) FROM training))
  SELECT t.*, n.i AS i FROM training t, n WHERE t.id = '${template}';
UPDATE copy SET
  id = printf('01960000-%04x-7%03x-8%03x-%012x', i / 65536, i / 16 % 4096, i % 4096, i),
  name = 'Training number ' || i,
  vendor_ref = 'training-number-' || i,
  search = 'training number ' || i || ' training-number-' || i,
  submit_digest = 'seed-' || i,
  created_at = created_at - i * 60000,
  changed_at = changed_at - i * 60000;
ALTER TABLE copy DROP COLUMN i;
INSERT INTO training SELECT * FROM copy;
INSERT INTO training_dataset SELECT copy.id, d.position, d.role, d.sha256, d.name, d.size_bytes
  FROM copy, training_dataset d WHERE d.training = '${template}';
UPDATE stage_count SET trainings = (SELECT COUNT(*) FROM training t WHERE t.stage = stage_count.stage AND t.archived = stage_count.archived);
COMMIT;
ANALYZE;
`;
  try {
    execFileSync("sqlite3", [database], { input: sql });
  } catch (error) {
    throw new Error(`The store could not be filled; the program sqlite3 is needed (apt install sqlite3). ${String(error)}`);
  }
}
