// Checks what the browser is given: no trace of server code in the WebAssembly, and the sizes within their budgets.
// Usage: node scripts/check-page.mjs SITE_FOLDER
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/** Budgets as files travel (brotli): the WebAssembly of every page, a first visit of Now, and what one page may fetch beside. */
const budgets = JSON.parse(readFileSync(new URL("budgets.json", import.meta.url), "utf8"));
/** Texts that only server code contains. */
const SENTINELS = ["SELECT ", "INSERT INTO", "sqlx", "postgres://", "sqlite://", "BEGIN IMMEDIATE", "client_credentials"];

const site = process.argv[2];
const pkg = join(site, "pkg");
const files = readdirSync(pkg);
const named = (pattern) => {
  const found = files.filter((name) => pattern.test(name));
  if (found.length !== 1) throw new Error(`${pkg} holds ${found.length} files like ${pattern} instead of one; build the page again`);
  return join(pkg, found[0]);
};

let failed = false;
const fail = (text) => {
  console.error(text);
  failed = true;
};

for (const name of files.filter((name) => name.endsWith(".wasm"))) {
  const content = readFileSync(join(pkg, name)).toString("latin1");
  for (const sentinel of SENTINELS) {
    if (content.includes(sentinel)) fail(`${name} contains "${sentinel}": server code or its words reached the browser`);
  }
}

const travelling = (path) => statSync(`${path}.br`).size;
const kib = (bytes) => `${(bytes / 1024).toFixed(1)} KiB`;
const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);
const hold = (what, bytes, budget) => {
  console.log(`${what}: ${kib(bytes)} of ${kib(budget)}`);
  if (bytes > budget) fail(`${what} is ${kib(bytes - budget)} over its budget.`);
};

const wasm = travelling(named(/^trainyard\.[\w-]+\.wasm$/));
const scripts = sum(files.filter((name) => name.endsWith(".js")).map((name) => travelling(join(pkg, name))));
const css = travelling(named(/\.css$/));
console.log("As it travels, in brotli:");
hold("WebAssembly of every page", wasm, budgets.wasm_bytes);
hold(`First visit of Now (with scripts ${kib(scripts)}, style ${kib(css)})`, wasm + scripts + css, budgets.first_visit_bytes);
const manifest = JSON.parse(readFileSync(named(/^__wasm_split_manifest\..*\.json$/), "utf8"));
for (const [part, names] of Object.entries(manifest)) {
  const page = part.replace(/^_*(.*?)(_route_view)?_\d+$/, "$1").replaceAll("_", " ");
  hold(`WebAssembly fetched for: ${page}`, sum(names.map((name) => travelling(join(pkg, `${name}.wasm`)))), budgets.part_bytes);
}
process.exit(failed ? 1 : 0);
