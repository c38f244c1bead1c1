// docs/performance.md, written from what was measured.
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { describeMachine } from "./machine.ts";

export interface Row {
  what: string;
  value: string;
  /** What it means in proportion: to a budget, to a floor, to another row. */
  ratio: string;
  /** How it was measured. */
  how: string;
}

const sections = new Map<string, Row[]>();

export function note(section: string, row: Row): void {
  sections.set(section, [...(sections.get(section) ?? []), row]);
  console.log(`${section}: ${row.what}: ${row.value} (${row.ratio})`);
}

export const kib = (bytes: number) => `${(bytes / 1024).toFixed(1)} KiB`;
export const mib = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
export const ms = (value: number) => `${value < 10 ? value.toFixed(1) : value.toFixed(0)} ms`;
export const percentOf = (value: number, whole: number) => `${((100 * value) / whole).toFixed(0)} %`;

export function writeReport(path: string, build: string): void {
  const commit = execFileSync("git", ["rev-parse", "--short", "HEAD"]).toString().trim();
  const lines = [
    "# Performance",
    "",
    "Written by `make bench`; do not edit. Every number stands beside how it was measured and what it is in proportion to.",
    "Times depend on the machine and on what else it does; sizes and counts do not.",
    "",
    `- Machine: ${describeMachine()}. Server, sandbox, browser and load share it.`,
    `- Build: ${build}, commit ${commit}.`,
    "- Command: `make bench`.",
  ];
  for (const [section, rows] of sections) {
    lines.push("", `## ${section}`, "", "| what | measured | in proportion | how |", "| --- | --- | --- | --- |");
    for (const row of rows) lines.push(`| ${row.what} | ${row.value} | ${row.ratio} | ${row.how} |`);
  }
  writeFileSync(path, `${lines.join("\n")}\n`);
}
