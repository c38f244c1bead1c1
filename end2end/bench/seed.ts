// Fills an SQLite store with copies of one finished training, while no server uses it.
import { execFileSync } from "node:child_process";

/** The id of a copy; the same as `printf` writes in the SQL below. */
export function seededId(i: number): string {
  const hex = (value: number, width: number) => value.toString(16).padStart(width, "0");
  return `01960000-${hex(Math.floor(i / 65_536), 4)}-7${hex(Math.floor(i / 16) % 4_096, 3)}-8${hex(i % 4_096, 3)}-${hex(i, 12)}`;
}

/** How long before the template a copy was made, in milliseconds. */
export const seededAge = (i: number) => i * 60_000;

/**
 * Makes the board `count` trainings large; it may hold some already, the template and earlier copies. The copies differ in
 * id, name, model id and time. They have no events, answers and metrics: the list reads none. The planner's statistics
 * stay as the server leaves them.
 */
export function seedTrainings(database: string, template: string, count: number): void {
  const sql = `
.bail on
PRAGMA foreign_keys = OFF;
BEGIN IMMEDIATE;
CREATE TEMP TABLE copy AS
  WITH RECURSIVE n(i) AS (SELECT (SELECT COUNT(*) FROM training) UNION ALL SELECT i + 1 FROM n WHERE i < ${count} - 1)
  SELECT t.*, n.i AS i FROM training t, n WHERE t.id = '${template}';
UPDATE copy SET
  id = printf('01960000-%04x-7%03x-8%03x-%012x', i / 65536, i / 16 % 4096, i % 4096, i),
  name = 'Training number ' || i,
  state = json_set(state, '$.name', 'Training number ' || i),
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
SELECT COUNT(*) FROM training;
`;
  const printed = execFileSync("sqlite3", [database], { input: sql }).toString().trim();
  if (printed !== String(count)) throw new Error(`the store was to hold ${count} trainings and holds ${printed}`);
}
