// A large file checked in the page: how long, with which tasks of the main thread, in how much memory.
import { join } from "node:path";
import type { Browser, Page } from "@playwright/test";
import { expect, open } from "../fixtures/test.ts";
import { writeDataFile } from "./data-file.ts";
import { SCALE } from "./installation.ts";
import { readMemory, resetPeak } from "./machine.ts";
import { digits, median, megabytesPerSecond, mib, ms, quantile, spread, times } from "./numbers.ts";
import { describe, note, say, table } from "./report.ts";

const BYTES = 100_000_000 * SCALE;
const ROUNDS = SCALE < 1 ? 1 : 3;
const TASK_GOAL_MS = 50;
const PATIENCE_MS = 180_000;

/** The same rows, written in two ways. */
const SHAPES = [
  { name: "a row per line", between: ",\n" },
  { name: "all on one line", between: "," },
] as const;

interface Round {
  bytes: number;
  checkMs: number;
  sendMs: number;
  /** Tasks of the main thread that took 50 ms or more. */
  checkTasks: number[];
  sendTasks: number[];
  /** The page's process at its highest, above what it used before. */
  peak: number;
  /** The same file by `JSON.parse` on the main thread of an empty page. */
  plainMs: number;
  plainTasks: number[];
  plainPeak: number;
}

export async function measureFileInPage(browser: Browser, newPage: () => Promise<Page>, folder: string): Promise<void> {
  const found = new Map<string, Round[]>();
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const shape of SHAPES) {
      const path = join(folder, `hundred-${round}.json`);
      const { size: bytes, rows } = writeDataFile(path, BYTES, `${shape.name}, round ${round}`, shape.between);
      const checked = await checkInPage(browser, await newPage(), path, rows);
      const plain = await parsePlainly(browser, await newPage(), path);
      const one = { bytes, ...checked, ...plain };
      found.set(shape.name, [...(found.get(shape.name) ?? []), one]);
      say(`round ${round + 1}, ${shape.name}: checked in ${ms(one.checkMs)}, longest task ${write(longest(one.checkTasks))}; sent in ${ms(one.sendMs)}, longest ${write(longest(one.sendTasks))}; peak ${mib(one.peak)}; JSON.parse ${ms(one.plainMs)}, longest ${write(longest(one.plainTasks))}, peak ${mib(one.plainPeak)}`);
    }
  }
  const idle = await leaveAlone(await newPage(), median([...found.values()].flat().map((one) => one.checkMs + one.sendMs)));
  say(`left alone: longest task ${write(longest(idle))}`);
  report(found, idle);
}

/** Notes tasks of the main thread and what the page says about the file. Runs in the page. */
function watchPage(): void {
  const tasks: { at: number; ms: number }[] = [];
  const said: { at: number; text: string }[] = [];
  Object.assign(window, { tasks, said });
  new PerformanceObserver((list) => tasks.push(...list.getEntries().map((entry) => ({ at: entry.startTime, ms: entry.duration })))).observe({ entryTypes: ["longtask"] });
  const look = () => {
    const text = document.querySelector(".drop-state")?.textContent ?? "";
    if (said.at(-1)?.text !== text) said.push({ at: performance.now(), text });
  };
  look();
  new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true });
}

interface Watched {
  tasks: { at: number; ms: number }[];
  said: { at: number; text: string }[];
}

/** Waits a moment for late entries. */
async function readWatched(page: Page): Promise<Watched> {
  await page.waitForTimeout(300);
  return page.evaluate(() => {
    const { tasks, said } = window as unknown as Watched;
    return { tasks, said };
  });
}

async function checkInPage(browser: Browser, page: Page, path: string, rows: number): Promise<Pick<Round, "checkMs" | "sendMs" | "checkTasks" | "sendTasks" | "peak">> {
  await open(page, "/trainings/new/sestek/classification");
  await page.waitForTimeout(1_000);
  await page.evaluate(watchPage);
  const memory = await watchRenderers(browser);
  await page.locator("input[type=file]").first().setInputFiles(path);
  await expect(page.getByText("stored with Trainyard")).toBeVisible({ timeout: PATIENCE_MS });
  const peak = memory();
  await expect(page.getByRole("list", { name: "Findings" })).toContainText(`${rows.toLocaleString("en")} records`);
  const { tasks, said } = await readWatched(page);
  const moment = (words: string) => {
    const at = said.find(({ text }) => text.includes(words))?.at;
    if (at === undefined) throw new Error(`the page never said "${words}"; it said: ${said.map(({ text }) => text).join(" | ")}`);
    return at;
  };
  const [picked, checked, stored] = [moment("being checked here"), moment("being sent to Trainyard"), moment("stored with Trainyard")];
  await page.context().close();
  const between = (from: number, to: number) => tasks.filter((task) => task.at + task.ms > from && task.at < to).map((task) => task.ms);
  // The task that ends a step also draws what follows; it counts for the step.
  return { checkMs: checked - picked, sendMs: stored - checked, checkTasks: between(picked - 1, checked), sendTasks: between(checked, Infinity), peak };
}

/** What a page does that knows no better. */
async function parsePlainly(browser: Browser, page: Page, path: string): Promise<Pick<Round, "plainMs" | "plainTasks" | "plainPeak">> {
  await page.goto("about:blank");
  await page.setContent("<input type=file>");
  await page.evaluate(watchPage);
  const memory = await watchRenderers(browser);
  await page.locator("input[type=file]").setInputFiles(path);
  const plainMs = await page.evaluate(async () => {
    const file = document.querySelector("input")!.files![0]!;
    const began = performance.now();
    const rows = JSON.parse(await file.text()) as unknown[];
    if (rows.length === 0) throw new Error("the file is empty");
    return performance.now() - began;
  });
  const plainPeak = memory();
  const { tasks } = await readWatched(page);
  await page.context().close();
  return { plainMs, plainTasks: tasks.map((task) => task.ms), plainPeak };
}

/** The same page with nothing to do: what the machine itself causes. */
async function leaveAlone(page: Page, forMs: number): Promise<number[]> {
  await open(page, "/trainings/new/sestek/classification");
  await page.waitForTimeout(1_000);
  await page.evaluate(watchPage);
  await page.waitForTimeout(forMs);
  const { tasks } = await readWatched(page);
  await page.context().close();
  return tasks.map((task) => task.ms);
}

/** Says how much the memory of the page's process grew, at its highest: of Chromium's renderers the one that grew most. */
async function watchRenderers(browser: Browser): Promise<() => number> {
  const line = await browser.newBrowserCDPSession();
  const { processInfo } = await line.send("SystemInfo.getProcessInfo");
  await line.detach();
  const renderers = processInfo.filter(({ type }) => type === "renderer").map(({ id }) => ({ id, before: resetPeak(id) }));
  if (renderers.length === 0) throw new Error("Chromium names no process of a page");
  return () => Math.max(...renderers.map(({ id, before }) => readPeak(id) - before));
}

/** 0 for a process that has ended: it was not the page's. */
function readPeak(pid: number): number {
  try {
    return readMemory(pid, "VmHWM");
  } catch {
    return 0;
  }
}

const longest = (tasks: number[]) => Math.max(0, ...tasks);
const write = (task: number) => (task === 0 ? "under 50 ms" : ms(task));
const worst = (rounds: Round[], key: "checkTasks" | "sendTasks" | "plainTasks") => longest(rounds.flatMap((round) => round[key]));
const counts = (rounds: Round[], key: "checkTasks" | "sendTasks") => spread(rounds.map((round) => round[key].filter((task) => task > TASK_GOAL_MS).length), digits);

function report(found: Map<string, Round[]>, idle: number[]): void {
  const part = "A file checked in the page";
  const all = [...found.values()].flat();
  const speed = (rounds: Round[], key: "checkMs" | "sendMs" | "plainMs") => spread(rounds.map((round) => round.bytes / round[key] / 1e3), megabytesPerSecond);
  const size = `${digits(quantile(all.map((round) => round.bytes), 0.5) / 1e6)} MB`;
  describe(
    part,
    `A file of ${size} on disk is picked in the form of a text classification, as a person would. A worker checks it with the page's own WebAssembly, then the page sends it. Tasks of the main thread are counted from 50 ms on, as Chromium does (\`longtask\`); ${ROUNDS} round${ROUNDS > 1 ? "s" : ""} of each shape. Memory is the highest \`VmHWM\` of the page's process, worker included, above what it used before; what Chromium's other processes hold of the file is not in it.`,
    table(
      ["shape", "check", "sending", "tasks over 50 ms, checking", "longest, checking", "tasks over 50 ms, sending", "longest, sending", "peak memory above the start"],
      ...[...found].map(([name, rounds]) => [
        name,
        speed(rounds, "checkMs"),
        speed(rounds, "sendMs"),
        counts(rounds, "checkTasks"),
        write(worst(rounds, "checkTasks")),
        counts(rounds, "sendTasks"),
        write(worst(rounds, "sendTasks")),
        spread(rounds.map((round) => round.peak), mib),
      ]),
    ),
    `For comparison: the same file by \`JSON.parse\` in an empty page, on its main thread and without any rules: ${speed(all, "plainMs")}, longest task ${write(worst(all, "plainTasks"))}, peak memory ${spread(all.map((round) => round.plainPeak), mib)}. The check takes ${spread(all.map((round) => round.checkMs / round.plainMs), times)} as long, in ${spread(all.map((round) => round.peak / round.plainPeak), times)} the memory.`,
    `For control: the same page left alone for as long; longest task: ${write(longest(idle))}.`,
  );
  const task = Math.max(worst(all, "checkTasks"), worst(all, "sendTasks"));
  note(part, {
    what: `longest task of the main thread while ${size} are checked and sent`,
    measured: write(task),
    proportion: `${write(worst(all, "plainTasks"))} with JSON.parse; ${write(longest(idle))} with nothing to do; goal: none over 50 ms`,
    holds: task <= TASK_GOAL_MS,
  });
  const line = found.get("all on one line")!;
  note(part, {
    what: `check of ${size} in the page, one array on one line`,
    measured: speed(line, "checkMs"),
    proportion: `takes ${spread(line.map((round) => round.checkMs / round.plainMs), times)} as long as JSON.parse alone`,
  });
  note(part, {
    what: "memory of the page meanwhile, at its highest",
    measured: `${mib(Math.max(...all.map((round) => round.peak)))} above the start`,
    proportion: `${times(Math.max(...all.map((round) => round.peak / round.bytes)))} of the file; JSON.parse: ${times(median(all.map((round) => round.plainPeak / round.bytes)))}`,
  });
}
