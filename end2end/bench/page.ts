// What a browser has to fetch before the page can be used.
import { readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Browser, BrowserContext, CDPSession, Page } from "@playwright/test";
import { waitForHydration } from "../fixtures/test.ts";
import type { Trainyard } from "../fixtures/trainyard.ts";
import { ROUNDS, SITE } from "./installation.ts";
import { kib, median, ms, percentOf, seconds, spread } from "./numbers.ts";
import { describe, note, say, table } from "./report.ts";

const budgets = JSON.parse(readFileSync(new URL("../../scripts/budgets.json", import.meta.url), "utf8")) as Record<"wasm_bytes" | "first_visit_bytes", number>;
const WASM_BUDGET = budgets.wasm_bytes;
const VISIT_BUDGET = budgets.first_visit_bytes;

/** Chromium's own "Fast 4G". */
const LINE = { name: "8.1 Mbit/s, 165 ms", down: 1_012_500, up: 168_750, latency: 165 };
/** How long after the page can be used we still count what it fetches. */
const AFTERWARDS_MS = 700;

export function weighFiles(): void {
  const pkg = join(SITE, "pkg");
  const size = (name: string) => statSync(join(pkg, name)).size;
  const files = readdirSync(pkg).filter((name) => /\.(wasm|js|css)$/.test(name));
  if (files.length === 0) throw new Error(`there are no page files in ${pkg}`);
  const rows = files
    .map((name) => ({ name, plain: size(name), br: size(`${name}.br`) }))
    .sort((a, b) => b.br - a.br)
    .map(({ name, plain, br }) => ({ name: name.replace(/\.[\w-]{22}\./, ".").replace(/_\d{9,}\./, "."), plain, br, ofWhole: br / plain }));
  for (const row of rows) say(`${row.name}: ${kib(row.br)} of ${kib(row.plain)}`);
  describe(
    "What travels",
    "The built files of the page, as they lie compressed beside the program. Which of them a page fetches stands in the next part.",
    table(["file", "brotli", "plain", "brotli to plain"], ...rows.map((row) => [`\`${row.name}\``, kib(row.br), kib(row.plain), percentOf(row.ofWhole, 1)])),
  );
}

interface Visit {
  requests: number;
  bytes: Record<"html" | "wasm" | "js" | "css" | "rest", number>;
  paintedMs: number;
  usableMs: number;
}

type Kind = keyof Visit["bytes"];

export async function measureVisits(browser: Browser, trainyard: Trainyard, session: Awaited<ReturnType<BrowserContext["storageState"]>>): Promise<void> {
  const training = await trainyard.api.submit("first-visit");
  const pages = [
    { name: "Now", address: "/" },
    { name: "the list", address: "/trainings" },
    { name: "a training", address: `/trainings/${training.id}` },
    { name: "a new training", address: "/trainings/new/sestek/classification" },
  ];
  const rows: string[][] = [];
  let largest = { name: "", all: 0 };
  for (const [at, { name, address }] of pages.entries()) {
    const near: Visit[] = [];
    const far: Visit[] = [];
    const visit = (slow: boolean) => visitOnce(browser, trainyard.url + address, session, slow);
    await visit(false);
    for (let round = 0; round < ROUNDS; round += 1) {
      near.push(await visit(false));
      far.push(await visit(true));
    }
    const { requests, bytes } = near[near.length - 1]!;
    const all = sum(bytes);
    const of = (visits: Visit[], key: "paintedMs" | "usableMs") => visits.map((one) => one[key]);
    if (all > largest.all) largest = { name, all };
    say(`${name}: ${requests} requests, ${kib(all)}`);
    rows.push([
      name,
      String(requests),
      kib(all),
      kib(bytes.wasm),
      kib(bytes.html),
      kib(bytes.js + bytes.css + bytes.rest),
      percentOf(all, VISIT_BUDGET),
      spread(of(near, "paintedMs"), ms),
      spread(of(near, "usableMs"), ms),
      spread(of(far, "paintedMs").map((value) => value / 1000), seconds),
      spread(of(far, "usableMs").map((value) => value / 1000), seconds),
    ]);
    if (at > 0) continue;
    note("A first visit", { what: "WebAssembly of a first visit of Now", measured: kib(bytes.wasm), proportion: `${percentOf(bytes.wasm, WASM_BUDGET)} of the budget of 250 KiB`, holds: bytes.wasm <= WASM_BUDGET });
    note("A first visit", { what: "a first visit of Now", measured: `${requests} requests, ${kib(all)}`, proportion: `${percentOf(all, VISIT_BUDGET)} of the budget of 320 KiB`, holds: all <= VISIT_BUDGET });
    const [painted, usable] = [median(of(far, "paintedMs")), median(of(far, "usableMs"))];
    note("A first visit", { what: `Now over ${LINE.name}`, measured: `read after ${seconds(painted / 1000)}, usable after ${seconds(usable / 1000)}`, proportion: `${(usable / painted).toFixed(1)} times as long until buttons work as until there is something to read` });
  }
  note("A first visit", { what: `the heaviest first visit, ${largest.name}`, measured: kib(largest.all), proportion: `${percentOf(largest.all, VISIT_BUDGET)} of the 320 KiB of a first visit of Now` });
  const [html, rest, budget] = ["HTML", "the rest", "of 320 KiB"];
  describe(
    "A first visit",
    `Somebody who is signed in opens a page with an empty cache. Bytes are what arrives: headers and compressed bodies, counted by Chromium until ${AFTERWARDS_MS} ms after the page can be used; the live stream, which does not end, and what a worker fetches to check a file are left out. *Painted*: the first text stands on the screen. *Usable*: the page's code runs and hears clicks. ${ROUNDS} rounds each.`,
    table(
      ["page", "requests", "bytes", "WebAssembly", html, rest, budget, "painted, loopback", "usable, loopback", `painted, ${LINE.name}`, `usable, ${LINE.name}`],
      ...rows,
    ),
    "The WebAssembly's own budget is 250 KiB. The slow line is Chromium's \"Fast 4G\".",
  );
}

async function visitOnce(browser: Browser, url: string, session: Awaited<ReturnType<BrowserContext["storageState"]>>, slow: boolean): Promise<Visit> {
  const context = await browser.newContext({ storageState: session });
  try {
    const page = await context.newPage();
    await page.addInitScript(noteUsable);
    const line = await context.newCDPSession(page);
    const count = await countBytes(line);
    if (slow) await line.send("Network.emulateNetworkConditions", { offline: false, latency: LINE.latency, downloadThroughput: LINE.down, uploadThroughput: LINE.up });
    await page.goto(url);
    await waitForHydration(page);
    await page.waitForTimeout(AFTERWARDS_MS);
    return { ...count(), ...(await readMoments(page)) };
  } finally {
    await context.close();
  }
}

/** Runs in the page, before its own code. */
function noteUsable(): void {
  const look = () => {
    if (document.documentElement?.hasAttribute("data-hydrated") && !("usableMs" in window)) Object.assign(window, { usableMs: performance.now() });
  };
  new MutationObserver(look).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ["data-hydrated"] });
}

async function readMoments(page: Page): Promise<{ paintedMs: number; usableMs: number }> {
  const moments = await page.evaluate(() => ({
    paintedMs: performance.getEntriesByName("first-contentful-paint")[0]?.startTime,
    usableMs: (window as unknown as { usableMs?: number }).usableMs,
  }));
  if (moments.paintedMs === undefined || moments.usableMs === undefined) throw new Error("the page did not say when it was painted and usable");
  return { paintedMs: moments.paintedMs, usableMs: moments.usableMs };
}

async function countBytes(line: CDPSession): Promise<() => Pick<Visit, "requests" | "bytes">> {
  const kinds = new Map<string, Kind>();
  const bytes = { html: 0, wasm: 0, js: 0, css: 0, rest: 0 };
  let requests = 0;
  await line.send("Network.enable");
  await line.send("Network.clearBrowserCache");
  line.on("Network.responseReceived", ({ requestId, response }) => {
    const path = response.url.startsWith("data:") ? "data:" : new URL(response.url).pathname;
    const ending = path.match(/\.(wasm|js|css)$/)?.[1] as Kind | undefined;
    if (path !== "data:") kinds.set(requestId, ending ?? (response.mimeType === "text/html" ? "html" : "rest"));
  });
  line.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
    const kind = kinds.get(requestId);
    if (kind === undefined) return;
    requests += 1;
    bytes[kind] += encodedDataLength;
  });
  return () => ({ requests, bytes });
}

const sum = (bytes: Visit["bytes"]) => Object.values(bytes).reduce((a, b) => a + b, 0);
