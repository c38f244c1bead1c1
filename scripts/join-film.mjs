// Joins the frames of end2end/tests/film.spec.ts into a GIF: node scripts/join-film.mjs FOLDER FILE.
// One palette for all; a frame holds only the pixels that changed. Colours that are seen often stay exactly as they are.
import { createRequire } from "node:module";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const require = createRequire(new URL("../end2end/package.json", import.meta.url));
const { GIFEncoder, quantize, nearestColorIndex } = require("gifenc");
const { PNG } = require("pngjs");

const MOST_BYTES = 1_500_000;
const EXACT_COLOURS = 200;
const MIXED_COLOURS = 55;
/** The entry after all colours: what lay there before stays. */
const UNCHANGED = EXACT_COLOURS + MIXED_COLOURS;

const [folder, file] = process.argv.slice(2);
const frames = JSON.parse(readFileSync(join(folder, "film.json"), "utf8")).map(({ file, delay }) => {
  const { width, height, data } = PNG.sync.read(readFileSync(join(folder, file)));
  const pixels = new Uint32Array(width * height);
  for (let at = 0; at < pixels.length; at += 1) pixels[at] = (data[at * 4] << 16) | (data[at * 4 + 1] << 8) | data[at * 4 + 2];
  return { delay, width, height, pixels };
});

const counts = new Map();
for (const { pixels } of frames) for (const colour of pixels) counts.set(colour, (counts.get(colour) ?? 0) + 1);
const colours = [...counts].sort((one, other) => other[1] - one[1]).map(([colour]) => colour);
const split = (colour) => [colour >> 16, (colour >> 8) & 255, colour & 255];
const exact = colours.slice(0, EXACT_COLOURS);
const rest = colours.slice(EXACT_COLOURS);
const mixed = rest.length === 0 ? [] : quantize(Uint8Array.from(rest.flatMap((colour) => [...split(colour), 255])), MIXED_COLOURS);
const palette = [...exact.map(split), ...mixed];
const indexes = new Map(exact.map((colour, at) => [colour, at]));
for (const colour of rest) indexes.set(colour, nearestColorIndex(palette, split(colour)));
while (palette.length <= UNCHANGED) palette.push([0, 0, 0]);

const gif = GIFEncoder();
let before;
for (const { delay, width, height, pixels } of frames) {
  const index = new Uint8Array(pixels.length);
  let rows = before === undefined ? height : 1;
  for (let at = 0; at < pixels.length; at += 1) {
    const isUnchanged = before !== undefined && before[at] === pixels[at];
    index[at] = isUnchanged ? UNCHANGED : indexes.get(pixels[at]);
    if (!isUnchanged) rows = Math.max(rows, Math.floor(at / width) + 1);
  }
  const later = before === undefined ? { palette, repeat: 0 } : { transparent: true, transparentIndex: UNCHANGED };
  gif.writeFrame(index.subarray(0, width * rows), width, rows, { ...later, delay, dispose: 1 });
  before = pixels;
}
gif.finish();
writeFileSync(file, gif.bytes());

const seconds = frames.reduce((sum, { delay }) => sum + delay, 0) / 1000;
const bytes = gif.bytes().length;
console.log(`${file}: ${frames.length} frames, ${seconds.toFixed(1)} s, ${Math.round(bytes / 1000)} kB`);
if (bytes > MOST_BYTES) {
  console.error(`The picture is larger than ${MOST_BYTES / 1000} kB; shorten the film.`);
  process.exit(1);
}
