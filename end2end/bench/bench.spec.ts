// The measurements of `make bench`, in the order of the page they become. Only the last one writes: a run that is cut or
// narrowed leaves docs/performance.md as it is.
import { measureFileInPage } from "./browser-file.ts";
import { measureGigabyte } from "./gigabyte.ts";
import { SCALE, test } from "./installation.ts";
import { measureDelays } from "./live.ts";
import { measureBusyness } from "./machine.ts";
import { percentOf } from "./numbers.ts";
import { measureVisits, weighFiles } from "./page.ts";
import { say, writeReport } from "./report.ts";
import { measurePages, measureQueries } from "./server.ts";

test.describe.configure({ mode: "serial" });

const began = performance.now();
let busyness: number | undefined;

test("What travels", async () => {
  busyness = await measureBusyness();
  say(`before the run, others use ${percentOf(busyness, 1)} of the processors`);
  weighFiles();
});

test("A first visit", ({ browser, trainyard, session }) => measureVisits(browser, trainyard, session));

test("Pages from the server", ({ own }) => measurePages(own));

test("The list's query", ({ own }) => measureQueries(own));

test("A gigabyte through the server", ({ own }) => measureGigabyte(own));

test("A file checked in the page", async ({ browser, trainyard, session }) => {
  const newPage = async () => (await browser.newContext({ baseURL: trainyard.url, storageState: session })).newPage();
  await measureFileInPage(browser, newPage, trainyard.folder);
});

test("From the vendor to the screen", async ({ page, trainyard }) => measureDelays(page, trainyard));

test("the page is written", ({ browser }) => {
  if (busyness === undefined) throw new Error("the run was narrowed; the page stays as it is");
  const page = writeReport({ busyness, browser: `Chromium ${browser.version()}`, isShortened: SCALE < 1, seconds: (performance.now() - began) / 1000 });
  say(`wrote ${page}`);
});
