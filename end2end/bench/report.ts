// docs/performance.md and its pictures, written from what was measured in this run and from nothing else.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { BINARY } from "../fixtures/program.ts";
import { describeMachine } from "./machine.ts";
import { type Plot, drawPlot } from "./plot.ts";
import { percentOf } from "./numbers.ts";

/** The page; elsewhere when only the bench itself is tried. */
const PAGE = resolve(process.env.TRAINYARD_BENCH_PAGE ?? "../docs/performance.md");
const PICTURES = join(dirname(PAGE), "pictures");
/** What people write below this line stays. */
const BY_HAND = "<!-- Below this line people write; `make bench` keeps it. -->";
/** Other programs may use this share of the machine before the numbers count as disturbed. */
const QUIET = 0.05;

/** The parts of the page, in their order; each is one measurement of bench.spec.ts. */
export const PARTS = [
  "What travels",
  "A first visit",
  "Pages from the server",
  "The list's query",
  "A gigabyte through the server",
  "A file checked in the page",
  "From the vendor to the screen",
] as const;
export type Part = (typeof PARTS)[number];

/** A line of the summary. */
export interface Finding {
  what: string;
  measured: string;
  /** What it is in proportion to: a budget, or a floor measured in the same run. */
  proportion: string;
  /** Whether the goal holds; absent where there is none. */
  holds?: boolean;
}

const findings = new Map<Part, Finding[]>();
const bodies = new Map<Part, string[]>();
const pictures = new Map<string, string>();

/** Says what is going on. */
export const say = (text: string) => console.log(`   ${text}`);

/** Adds a line to the summary. */
export function note(part: Part, finding: Finding): void {
  findings.set(part, [...(findings.get(part) ?? []), finding]);
  say(`${finding.what}: ${finding.measured}; ${finding.proportion}${finding.holds === undefined ? "" : finding.holds ? " [holds]" : " [does not hold]"}`);
}

/** Adds paragraphs and tables to a part of the page. */
export function describe(part: Part, ...blocks: string[]): void {
  bodies.set(part, [...(bodies.get(part) ?? []), ...blocks]);
}

/** A table; the first row is its head. */
export function table(...rows: string[][]): string {
  const [head = [], ...rest] = rows;
  const write = (cells: string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [write(head), write(head.map(() => "---")), ...rest.map(write)].join("\n");
}

/** A plot beside the page, and the line that shows it. */
export function picture(name: string, plot: Plot): string {
  pictures.set(`performance-${name}.svg`, drawPlot(plot));
  return `![${plot.title}](pictures/performance-${name}.svg)`;
}

export interface Run {
  /** How busy others kept the machine before the run, from 0 to 1. */
  busyness: number;
  browser: string;
  /** Whether a measurement was made smaller than it is meant to be. */
  isShortened: boolean;
  seconds: number;
}

/** Writes the page; refuses when a part was not measured. */
export function writeReport(run: Run): string {
  const missing = PARTS.filter((part) => !bodies.has(part));
  if (missing.length > 0) throw new Error(`not measured: ${missing.join(", ")}; ${PAGE} stays as it is`);
  mkdirSync(PICTURES, { recursive: true });
  for (const [name, svg] of pictures) writeFileSync(join(PICTURES, name), svg);
  const lines = [...writeHead(run), ...writeSummary()];
  for (const part of PARTS) {
    lines.push("", `## ${part}`, "", bodies.get(part)!.join("\n\n"), "", `Again, without changing this page: \`scripts/bench -g "${part}"\`.`);
  }
  lines.push("", BY_HAND, "", readByHand());
  writeFileSync(PAGE, `${lines.join("\n").trimEnd()}\n`);
  return PAGE;
}

function writeHead(run: Run): string[] {
  const git = (...args: string[]) => execFileSync("git", args).toString().trim();
  const changed = git("status", "--porcelain", "--", "../app", "../server", "../style", "../public", "../Cargo.lock") === "" ? "" : ", with changes that are not committed";
  const machine = describeMachine();
  const quiet =
    run.busyness <= QUIET
      ? `The machine was quiet: before the run other programs used ${percentOf(run.busyness, 1)} of its processors.`
      : `**The machine was not quiet**: before the run other programs used ${percentOf(run.busyness, 1)} of its processors. Times below are too long and spread too far; sizes, counts and memory hold. Ratios suffer less, because both sides were measured in turn.`;
  return [
    "# Performance",
    "",
    `Written by \`make bench\` on ${new Date().toISOString().slice(0, 10)}, commit ${git("rev-parse", "--short", "HEAD")}${changed}. Numbers are not edited by hand.`,
    "",
    table(
      ["", "measured on"],
      ["processors", machine.processors],
      ["memory", machine.memory],
      ["disk", machine.disk],
      ["system", machine.system],
      ["browser", run.browser],
      ["program", `\`${BINARY.split("/").slice(-3).join("/")}\``],
      ["command", `\`make bench\`, ${(run.seconds / 60).toFixed(0)} minutes`],
    ),
    "",
    "Server, fake vendor, browser and load share this machine and talk over loopback.",
    "A number is the median of its rounds, with the least and the most behind it: `12 ms (11 to 15)`.",
    "A ratio is taken within each round, so that what disturbs the machine disturbs both sides.",
    "1 KiB is 1,024 bytes; 1 MB is 1,000,000.",
    "",
    quiet,
    ...(run.isShortened ? ["", "**This run was shortened** to try the bench itself; it says little about the program."] : []),
  ];
}

function writeSummary(): string[] {
  const rows = PARTS.flatMap((part) => findings.get(part) ?? []);
  const holds = (finding: Finding) => (finding.holds === undefined ? "" : finding.holds ? "yes" : "**no**");
  return [
    "",
    "## At a glance",
    "",
    table(["what", "measured", "in proportion", "goal holds"], ...rows.map((finding) => [finding.what, finding.measured, finding.proportion, holds(finding)])),
  ];
}

/** What people wrote into the page. */
function readByHand(): string {
  if (!existsSync(PAGE)) return "";
  const page = readFileSync(PAGE, "utf8");
  const at = page.indexOf(BY_HAND);
  return at < 0 ? "" : page.slice(at + BY_HAND.length).trim();
}
