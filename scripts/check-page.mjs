// Checks what the browser is given: no trace of server code in the WebAssembly, and the sizes within their budgets.
// Usage: node scripts/check-page.mjs SITE_FOLDER
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/** Budgets of a first visit as it travels (brotli), in bytes: where we want to be. */
const WASM_BUDGET = 250 * 1024;
const VISIT_BUDGET = 320 * 1024;
/** Where we are; a change may lower these, never raise them (docs/performance.md says what is in the way). */
const WASM_CEILING = 500 * 1024;
const VISIT_CEILING = 520 * 1024;
/** Texts that only server code contains. */
const SENTINELS = ["SELECT ", "INSERT INTO", "sqlx", "postgres://", "sqlite://", "BEGIN IMMEDIATE", "client_credentials"];

const site = process.argv[2];
const pkg = join(site, "pkg");
const files = readdirSync(pkg);
const only = (extension) => {
  const found = files.filter((name) => name.endsWith(extension));
  if (found.length !== 1) throw new Error(`${pkg} holds ${found.length} ${extension} files instead of one; build the page again`);
  return join(pkg, found[0]);
};

let failed = false;
const fail = (text) => {
  console.error(text);
  failed = true;
};

const wasm = only(".wasm");
const content = readFileSync(wasm).toString("latin1");
for (const sentinel of SENTINELS) {
  if (content.includes(sentinel)) fail(`${wasm} contains "${sentinel}": server code or its words reached the browser`);
}

const travelling = (path) => statSync(`${path}.br`).size;
const parts = { wasm: travelling(wasm), js: travelling(only(".js")), css: travelling(only(".css")) };
const visit = parts.wasm + parts.js + parts.css;
const kib = (bytes) => `${(bytes / 1024).toFixed(1)} KiB`;
console.log(`First visit, brotli: wasm ${kib(parts.wasm)} of ${kib(WASM_BUDGET)}, js ${kib(parts.js)}, css ${kib(parts.css)}, together ${kib(visit)} of ${kib(VISIT_BUDGET)}.`);
if (parts.wasm > WASM_BUDGET) console.warn(`The WebAssembly is ${kib(parts.wasm - WASM_BUDGET)} over its budget.`);
if (visit > VISIT_BUDGET) console.warn(`The first visit is ${kib(visit - VISIT_BUDGET)} over its budget.`);
if (parts.wasm > WASM_CEILING) fail(`The WebAssembly grew beyond ${kib(WASM_CEILING)}.`);
if (visit > VISIT_CEILING) fail(`The first visit grew beyond ${kib(VISIT_CEILING)}.`);
process.exit(failed ? 1 : 0);
