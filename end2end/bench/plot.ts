// Small line plots as SVG, made by hand: axes with round numbers, a legend, light and dark.

export interface Line {
  name: string;
  points: { x: number; y: number }[];
}

export interface Axis {
  title: string;
  /** Powers of ten instead of equal steps. */
  log?: boolean;
  write: (value: number) => string;
  /** Where the axis ends, when not at the largest value. */
  most?: number;
}

export interface Plot {
  title: string;
  x: Axis;
  y: Axis;
  lines: Line[];
  /** Vertical marks with a word, for moments. */
  marks?: { x: number; name: string }[];
  /** Steps instead of slopes, for counts. */
  steps?: boolean;
  /** A dot at each point, for few points. */
  dots?: boolean;
}

const [WIDTH, HEIGHT] = [760, 400];
const FRAME = { left: 84, right: 40, top: 84, bottom: 52 };
const INNER = { width: WIDTH - FRAME.left - FRAME.right, height: HEIGHT - FRAME.top - FRAME.bottom };

/** Line styles that stay apart without colour too. */
const DASHES = ["", "7 4", "2 3", "10 3 2 3", "4 2", "1 5"];
const STYLE = `
text { font: 12px system-ui, sans-serif; fill: #24292f } .title { font-size: 14px; font-weight: 600 }
.back { fill: #ffffff } .grid { stroke: #d8dee4 } .mark { stroke: #57606a; stroke-dasharray: 3 3 }
path, .key { fill: none; stroke-width: 2 }
.l0 { stroke: #0550ae } .l1 { stroke: #953800 } .l2 { stroke: #116329 } .l3 { stroke: #8250df } .l4 { stroke: #a40e26 } .l5 { stroke: #4d2d00 }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3 } .back { fill: #0d1117 } .grid { stroke: #30363d } .mark { stroke: #8b949e }
.l0 { stroke: #79c0ff } .l1 { stroke: #ffa657 } .l2 { stroke: #7ee787 } .l3 { stroke: #d2a8ff } .l4 { stroke: #ff7b72 } .l5 { stroke: #e3b341 }
}`;

interface Scale {
  ticks: number[];
  place: (value: number) => number;
}

export function drawPlot(plot: Plot): string {
  const points = plot.lines.flatMap((line) => line.points);
  const x = scaleOf(points.map((point) => point.x), plot.x, (share) => FRAME.left + share * INNER.width);
  const y = scaleOf(points.map((point) => point.y), plot.y, (share) => FRAME.top + (1 - share) * INNER.height);
  const [right, bottom] = [WIDTH - FRAME.right, HEIGHT - FRAME.bottom];
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" aria-label="${escape(plot.title)}">`,
    `<style>${STYLE}\n</style>`,
    `<rect class="back" width="${WIDTH}" height="${HEIGHT}"/>`,
    text(FRAME.left, 22, plot.title, "title"),
  ];
  for (const tick of y.ticks) {
    const at = round(y.place(tick));
    parts.push(`<line class="grid" x1="${FRAME.left}" x2="${right}" y1="${at}" y2="${at}"/>`, text(FRAME.left - 8, at + 4, plot.y.write(tick), "", "end"));
  }
  for (const tick of x.ticks) {
    const at = round(x.place(tick));
    parts.push(`<line class="grid" x1="${at}" x2="${at}" y1="${FRAME.top}" y2="${bottom}"/>`, text(at, bottom + 18, plot.x.write(tick), "", "middle"));
  }
  parts.push(text(FRAME.left + INNER.width / 2, HEIGHT - 12, plot.x.title, "", "middle"));
  parts.push(`<text transform="translate(16 ${FRAME.top + INNER.height / 2}) rotate(-90)" text-anchor="middle">${escape(plot.y.title)}</text>`);
  for (const mark of plot.marks ?? []) {
    const at = round(x.place(mark.x));
    parts.push(`<line class="mark" x1="${at}" x2="${at}" y1="${FRAME.top}" y2="${bottom}"/>`, text(at + 4, FRAME.top + 12, mark.name));
  }
  let [key, keyRow] = [FRAME.left, 44];
  for (const [number, line] of plot.lines.entries()) {
    const look = `class="l${number % 6}" stroke-dasharray="${DASHES[number % 6]}"`;
    const places = line.points.map((point) => [round(x.place(point.x)), round(y.place(point.y))] as const);
    parts.push(`<path ${look} d="${pathOf(places, plot.steps === true)}"/>`);
    if (plot.dots === true) parts.push(...places.map(([cx, cy]) => `<circle class="l${number % 6} key" cx="${cx}" cy="${cy}" r="3"/>`));
    if (plot.lines.length > 1) {
      const width = 52 + line.name.length * 6.3;
      if (key + width > WIDTH) [key, keyRow] = [FRAME.left, keyRow + 20];
      parts.push(`<line ${look.replace('class="', 'class="key ')} x1="${key}" x2="${key + 26}" y1="${keyRow}" y2="${keyRow}"/>`, text(key + 32, keyRow + 4, line.name));
      key += width;
    }
  }
  return `${parts.join("\n")}\n</svg>\n`;
}

function pathOf(places: (readonly [number, number])[], steps: boolean): string {
  return places.map(([x, y], at) => (at === 0 ? `M${x} ${y}` : steps ? `H${x}V${y}` : `L${x} ${y}`)).join("");
}

function scaleOf(values: number[], axis: Axis, place: (share: number) => number): Scale {
  const most = axis.most ?? Math.max(...values);
  if (axis.log === true) {
    const positive = values.filter((value) => value > 0);
    const from = Math.floor(Math.log10(Math.min(...positive)));
    const to = Math.max(from + 1, Math.ceil(Math.log10(most)));
    const ticks = Array.from({ length: to - from + 1 }, (_, at) => 10 ** (from + at));
    return { ticks, place: (value) => place((Math.log10(Math.max(value, 10 ** from)) - from) / (to - from)) };
  }
  const step = [1, 2, 2.5, 5, 10].map((by) => by * 10 ** Math.floor(Math.log10(most / 4))).find((by) => most / by <= 6) ?? most;
  const end = axis.most ?? Math.ceil(most / step) * step;
  const ticks = Array.from({ length: Math.floor(end / step + 1e-9) + 1 }, (_, at) => at * step);
  return { ticks, place: (value) => place(Math.min(value, end) / end) };
}

const round = (value: number) => Math.round(value * 10) / 10;
const escape = (words: string) => words.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");

function text(x: number, y: number, words: string, look = "", anchor = "start"): string {
  return `<text x="${round(x)}" y="${round(y)}" text-anchor="${anchor}"${look === "" ? "" : ` class="${look}"`}>${escape(words)}</text>`;
}
