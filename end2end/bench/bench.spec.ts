// What is measured; see report.ts for what becomes of it.
import { existsSync, readdirSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { Readable } from "node:stream";
import { expect, open, test } from "../fixtures/test.ts";
import { QUICK_WALK } from "../fixtures/sandbox.ts";
import { BINARY } from "../fixtures/program.ts";
import { readCpuSeconds, readMemory, resetPeak, runLoad } from "./machine.ts";
import { kib, mib, ms, note, percentOf, writeReport } from "./report.ts";
import { seedTrainings } from "./seed.ts";

/** Where the server finds the page's files. */
const SITE = [join(dirname(BINARY), "site"), join(dirname(BINARY), "../site")].find((path) => existsSync(path)) ?? "";
const LOAD_SECONDS = Number(process.env.TRAINYARD_BENCH_SECONDS ?? 8);
const UPLOAD_BYTES = Number(process.env.TRAINYARD_BENCH_UPLOAD_BYTES ?? 1_000_000_000);

test.describe.configure({ mode: "serial" });

test.afterAll(() => writeReport(resolve("../docs/performance.md"), process.env.TRAINYARD_BUILD ?? "release"));

test("sizes of what travels", () => {
  const pkg = join(SITE, "pkg");
  const br = (ending: string) => readdirSync(pkg).filter((name) => name.endsWith(`${ending}.br`)).map((name) => statSync(join(pkg, name)).size).reduce((a, b) => a + b, 0);
  const [wasm, js, css] = [br(".wasm"), br(".js"), br(".css")];
  note("Page", { what: "WebAssembly, brotli", value: kib(wasm), ratio: `${percentOf(wasm, 250 * 1024)} of the budget of 250 KiB`, how: "size of the `.wasm.br` that is served" });
  note("Page", { what: "script and style, brotli", value: `${kib(js)} and ${kib(css)}`, ratio: `with the WebAssembly ${percentOf(wasm + js + css, 320 * 1024)} of the budget of 320 KiB`, how: "sizes of the `.br` files" });
});

test("a first visit", async ({ page, trainyard }) => {
  const training = await trainyard.api.submit("first-visit");
  for (const [name, address] of [["Now", "/"], ["a training", `/trainings/${training.id}`]] as const) {
    const line = await page.context().newCDPSession(page);
    await line.send("Network.enable");
    await line.send("Network.clearBrowserCache");
    let requests = 0;
    let bytes = 0;
    line.on("Network.loadingFinished", (event) => {
      requests += 1;
      bytes += event.encodedDataLength;
    });
    const began = performance.now();
    await open(page, address);
    const took = performance.now() - began;
    note("Page", { what: `first visit of ${name}`, value: `${requests} requests, ${kib(bytes)}`, ratio: `${percentOf(bytes, 320 * 1024)} of the budget of 320 KiB; usable after ${ms(took)}`, how: "Chromium, empty cache, loopback; usable: the page's code runs" });
    await line.detach();
  }
});

test("pages rendered, and the list's query, on small and large boards", async ({ trainyard }) => {
  const { api, server } = trainyard;
  const template = await api.submit("template");
  await trainyard.sandbox.setPlan("template", QUICK_WALK);
  await api.waitForStage(template.id, ["ready"], 180_000);
  const headers = { authorization: `Bearer ${api.token}` };
  const css = readdirSync(join(SITE, "pkg")).find((name) => name.endsWith(".css"));
  const file = await runLoad(server.pid, `${api.url}/pkg/${css}`, {}, 8, LOAD_SECONDS);
  note("Server", { what: "a static file", value: `${file.perCoreSecond.toFixed(0)} per second per core`, ratio: "the floor the pages are compared with", how: `${kib(file.bytes)}, 8 at once over loopback for ${LOAD_SECONDS} s; requests over the server's own processor seconds` });
  for (const count of [1_000, 100_000]) {
    await server.stop();
    seedTrainings(join(trainyard.folder, "trainyard.db"), template.id, count);
    await server.start();
    const board = count.toLocaleString("en");
    const list = await runLoad(server.pid, `${api.url}/trainings`, headers, 8, LOAD_SECONDS);
    note("Server", { what: `the list page, ${board} trainings`, value: `${list.perCoreSecond.toFixed(0)} per second per core, p50 ${ms(list.p50Ms)}, p99 ${ms(list.p99Ms)}`, ratio: `1 page costs as much as ${(file.perCoreSecond / list.perCoreSecond).toFixed(1)} static files`, how: `${kib(list.bytes)} of HTML with 50 rows, rendered for each request; 8 at once` });
    for (const [what, query] of [["first page", ""], ["one stage", "?stage=ready"], ["a word", "?q=number%2077"]] as const) {
      const call = await runLoad(server.pid, `${api.url}/api/v1/trainings${query}`, headers, 1, LOAD_SECONDS / 2);
      note("Server", { what: `list query, ${board} trainings, ${what}`, value: `p50 ${ms(call.p50Ms)}, p99 ${ms(call.p99Ms)}`, ratio: `${call.perCoreSecond.toFixed(0)} per second per core`, how: "GET /api/v1/trainings, one at a time, counts included" });
    }
  }
  const idleFrom = readCpuSeconds(server.pid);
  await new Promise((done) => setTimeout(done, 5_000));
  note("Server", { what: "idle", value: `${percentOf(readCpuSeconds(server.pid) - idleFrom, 5)} of a core, ${mib(readMemory(server.pid, "VmRSS"))}`, ratio: "goals: under 1 % and 60 MiB", how: "5 s without a visitor, 100,000 trainings in the store" });
});

test("a large file through to the vendor", async ({ trainyard }) => {
  const { api, server } = trainyard;
  const row = Buffer.from(`{"Label":"label","Text":"${"x".repeat(960)}"},\n`);
  const rows = Math.floor(UPLOAD_BYTES / row.length);
  const last = Buffer.from('{"Label":"other","Text":"the last one"}]\n');
  const size = 1 + rows * row.length + last.length;
  const block = Buffer.concat(Array.from({ length: 1024 }, () => row));
  async function* content() {
    yield Buffer.from("[");
    for (let left = rows; left > 0; left -= 1024) yield left >= 1024 ? block : block.subarray(0, left * row.length);
    yield last;
  }
  await resetPeak(server.pid);
  const before = readMemory(server.pid, "VmRSS");
  const began = performance.now();
  const answer = await fetch(`${api.url}/api/v1/uploads`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${api.token}`,
      "tus-resumable": "1.0.0",
      "upload-length": String(size),
      "upload-metadata": `filename ${Buffer.from("large.json").toString("base64")}`,
      "content-type": "application/offset+octet-stream",
    },
    body: Readable.toWeb(Readable.from(content())) as unknown as BodyInit,
    duplex: "half",
  } as RequestInit & { duplex: "half" });
  expect(answer.status, await answer.text()).toBe(201);
  const uploaded = (performance.now() - began) / 1000;
  const uploadPeak = readMemory(server.pid, "VmHWM") - before;
  const dataset = answer.headers.get("trainyard-dataset");
  note("Data files", { what: `upload of ${mib(size)}`, value: `${(size / uploaded / 1e6).toFixed(0)} MB/s, ${uploaded.toFixed(1)} s`, ratio: `goal: 100 MB/s; peak ${mib(uploadPeak)} above the ${mib(before)} before, goal: under 64 MiB`, how: "one tus request over loopback, hashed and flushed; VmHWM of the server" });
  await resetPeak(server.pid);
  const checkFrom = performance.now();
  const checked = await api.call("POST", `/datasets/${dataset}/check`, { kind: "sestek.classification" });
  const checking = (performance.now() - checkFrom) / 1000;
  note("Data files", { what: "the server's check of it", value: `${(size / checking / 1e6).toFixed(0)} MB/s, ${checking.toFixed(1)} s, answered ${checked.status}`, ratio: `peak ${mib(readMemory(server.pid, "VmHWM") - before)} above`, how: "POST /datasets/{sha256}/check" });
  await resetPeak(server.pid);
  const sendFrom = performance.now();
  const training = await api.submit("large-file", { changes: { dataset } });
  await api.waitForStage(training.id, ["queued", "preparing", "training", "rejected", "failed", "needs_attention"], 300_000);
  const sent = (performance.now() - sendFrom) / 1000;
  note("Data files", { what: "the same file to the vendor", value: `${(size / sent / 1e6).toFixed(0)} MB/s, ${sent.toFixed(1)} s`, ratio: `peak ${mib(readMemory(server.pid, "VmHWM") - before)} above`, how: "from the submit to the stored answer; multipart over loopback to the sandbox, which reads all of it" });
});

test("a file of 100 MB in the browser", async ({ page }) => {
  await open(page, "/trainings/new/sestek/classification");
  await page.evaluate(() => {
    const tasks: number[] = [];
    new PerformanceObserver((list) => tasks.push(...list.getEntries().map((entry) => entry.duration))).observe({ entryTypes: ["longtask"] });
    Object.assign(window, { longTasks: tasks });
    const row = `{"Label":"label","Text":"${"x".repeat(960)}"},`;
    const rows = Math.floor(100_000_000 / row.length);
    const file = new File(["[", ...Array.from({ length: 100 }, () => row.repeat(rows / 100)), '{"Label":"other","Text":"the last one"}]'], "hundred.json", { type: "application/json" });
    const data = new DataTransfer();
    data.items.add(file);
    const input = document.querySelector<HTMLInputElement>("input[type=file]")!;
    input.files = data.files;
    tasks.length = 0;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  });
  const began = performance.now();
  await expect(page.getByRole("progressbar").first()).toBeVisible();
  await expect(page.getByText("stored with Trainyard")).toBeVisible({ timeout: 300_000 });
  const longest = await page.evaluate(() => Math.max(0, ...(window as unknown as { longTasks: number[] }).longTasks));
  note("Data files", { what: "check and upload of 100 MB in the page, one JSON array on one line", value: `${((performance.now() - began) / 1000).toFixed(1)} s`, ratio: `longest task of the main thread ${ms(longest)} (0: none over 50 ms); goal: none over 50 ms`, how: "Chromium, worker with WebAssembly, PerformanceObserver" });
});

test("from a change at the vendor to the browser", async ({ page, trainyard }) => {
  const delays: number[] = [];
  const afterPoll: number[] = [];
  for (let run = 0; run < 5; run += 1) {
    const modelId = `delay-${run}`;
    await trainyard.sandbox.setPlan(modelId, QUICK_WALK);
    const training = await trainyard.api.submit(modelId);
    await open(page, `/trainings/${training.id}`);
    await page.evaluate(() => {
      const seen: [string, number][] = [];
      Object.assign(window, { seen });
      const look = () => {
        const word = document.querySelector("[aria-current=step] b, [aria-current=step]")?.textContent?.trim().split(/\s/)[0] ?? "";
        if (word !== "" && seen.at(-1)?.[0] !== word) seen.push([word, Date.now()]);
      };
      look();
      new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
    });
    await trainyard.api.waitForStage(training.id, ["ready"], 120_000);
    await expect(page.locator("[aria-current=step]")).toContainText("Ready");
    const seen = await page.evaluate(() => (window as unknown as { seen: [string, number][] }).seen);
    const { items } = await trainyard.api.need("GET", `/trainings/${training.id}/events?limit=200`);
    for (const [word, at] of seen.slice(1)) {
      const event = items.find((item: any) => item.after.stage === word.toLowerCase());
      if (event === undefined) continue;
      const toMs = (moment: unknown) => (typeof moment === "number" ? moment : Date.parse(String(moment)));
      delays.push(at - toMs(event.at_earliest));
      afterPoll.push(at - toMs(event.at_latest));
    }
  }
  const middle = (values: number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
  note("Live", { what: "vendor's answer to the page", value: `median ${ms(middle(afterPoll))}, largest ${ms(Math.max(...afterPoll))}`, ratio: `over ${afterPoll.length} stage changes`, how: "from the moment the server asked (`at_latest`) to the change on the screen" });
  note("Live", { what: "change at the vendor to the page, at most", value: `median ${ms(middle(delays))}, largest ${ms(Math.max(...delays))}`, ratio: "dominated by the wait between two polls, here scaled by 0.02", how: "from the last look before the change (`at_earliest`) to the change on the screen" });
});
