// Checks the styles: every file parses, `@import`s lead somewhere, and literal colours stand in tokens.css alone.
// cargo-leptos passes a style it cannot parse through in silence, so this has to be asked separately.
import { createRequire } from "node:module";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative } from "node:path";

const require = createRequire(new URL("../end2end/package.json", import.meta.url));
const { bundle, transform } = require("lightningcss");

const root = "style";
const faults = [];

function* cssFiles(folder) {
  for (const name of readdirSync(folder).sort()) {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) yield* cssFiles(path);
    else if (name.endsWith(".css")) yield path;
  }
}

const lineOf = (text, at) => text.slice(0, at).split("\n").length;
const blank = (text) => text.replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, " "));

if (!existsSync(join(root, "main.css"))) faults.push(`${root}/main.css is missing`);
const reached = new Set([join(root, "main.css")]);
for (const path of existsSync(root) ? cssFiles(root) : []) {
  const text = readFileSync(path, "utf8");
  try {
    const { warnings } = transform({ filename: path, code: Buffer.from(text), errorRecovery: false });
    for (const warning of warnings) faults.push(`${path}:${warning.loc?.line ?? 1}: ${warning.message}`);
  } catch (error) {
    faults.push(`${path}:${error.loc?.line ?? 1}: ${error.message}`);
  }
  const plain = blank(text);
  for (const match of plain.matchAll(/@import\s+(?:url\()?["']([^"']+)["']/g)) {
    reached.add(join(dirname(path), match[1]));
  }
  if (relative(root, path) === "tokens.css") continue;
  for (const match of plain.matchAll(/#[0-9a-f]{3,8}\b(?=[^{}]*[;}])|\b(?:rgba?|hsla?|oklch|oklab|lab|lch|hwb)\(/gi)) {
    // `oklch(from var(--x) ...)` derives from a token and names no colour of its own.
    if (/^\w+\($/.test(match[0]) && /^\s*from\s+var\(/.test(plain.slice(match.index + match[0].length))) continue;
    faults.push(`${path}:${lineOf(plain, match.index)}: literal colour ${match[0]}; give it a name in tokens.css`);
  }
}
for (const path of existsSync(root) ? cssFiles(root) : []) {
  if (!reached.has(path)) faults.push(`${path}: no @import reaches this file`);
}
if (faults.length === 0) {
  try {
    bundle({ filename: join(root, "main.css"), minify: true });
  } catch (error) {
    faults.push(`${error.fileName ?? root}: ${error.message}`);
  }
}
if (faults.length > 0) {
  console.error(faults.join("\n"));
  console.error(`Styles: ${faults.length} fault(s).`);
  process.exit(1);
}
console.log(`Styles: ${reached.size} files, no fault.`);
