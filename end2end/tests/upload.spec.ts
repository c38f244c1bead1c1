// Uploads from the page: a line that breaks in the middle, and a page that is closed in the middle.
import type { CDPSession, Page } from "@playwright/test";
import { expect, open, test } from "../fixtures/test.ts";

/** About 12 MB. */
const ROWS = 100_000;
const SIZE_AT_LEAST = 11_000_000;

async function slowDown(page: Page, bytesPerSecond: number): Promise<CDPSession> {
  const line = await page.context().newCDPSession(page);
  await line.send("Network.enable");
  await line.send("Network.emulateNetworkConditions", { offline: false, latency: 5, downloadThroughput: -1, uploadThroughput: bytesPerSecond });
  return line;
}

/** Gives the page the file as a drop would: made in the page, so that handing it over costs the page nothing later. */
async function pickFile(page: Page): Promise<void> {
  await page.evaluate(({ rows, text }) => {
    const row = (at: number) => JSON.stringify({ Label: `label-${at % 7}`, Text: `Sentence number ${at} `.padEnd(96, text) });
    const lines = Array.from({ length: rows }, (_, at) => row(at)).join(",");
    const data = new DataTransfer();
    data.items.add(new File([`[${lines}]`], "large.json", { type: "application/json" }));
    const input = document.querySelector<HTMLInputElement>("input[type=file]")!;
    input.files = data.files;
    const tasks: number[] = [];
    Object.assign(window, { longTasks: tasks });
    setTimeout(() => {
      new PerformanceObserver((list) => tasks.push(...list.getEntries().map((entry) => entry.duration))).observe({ entryTypes: ["longtask"] });
      input.dispatchEvent(new Event("change", { bubbles: true }));
    });
  }, { rows: ROWS, text: "x" });
}

/** Waits until the sending bar passed this percentage. */
async function waitForPercent(page: Page, percent: number): Promise<void> {
  const bar = page.getByRole("progressbar", { name: "Sending the file" });
  await expect.poll(async () => Number((await bar.getAttribute("value")) ?? 0), { timeout: 45_000, intervals: [50] }).toBeGreaterThanOrEqual(percent);
}

test.describe("when the server goes away in the middle", () => {
  test.use({ expectedProblems: [[/net::ERR/, /status of 50[23]/], { scope: "test" }] });

  test("an upload cut at 40 % goes on where it stopped", async ({ page, trainyard }) => {
    test.setTimeout(120_000);
    const offsets: number[] = [];
    page.on("request", (request) => {
      if (request.method() === "PATCH") offsets.push(Number(request.headers()["upload-offset"]));
    });
    await open(page, "/trainings/new/sestek/classification");
    const line = await slowDown(page, 2_000_000);
    await pickFile(page);
    await waitForPercent(page, 40);
    await trainyard.server.stop("SIGKILL");
    await line.send("Network.emulateNetworkConditions", { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: -1 });
    await trainyard.server.start();
    await expect(page.getByText("stored with Trainyard")).toBeVisible({ timeout: 60_000 });
    expect(Math.max(...offsets), "it did not begin again").toBeGreaterThan(SIZE_AT_LEAST * 0.2);
  });
});

test("a large file is checked in the page and sent", async ({ page }) => {
  test.setTimeout(90_000);
  await open(page, "/trainings/new/sestek/classification");
  await pickFile(page);
  await expect(page.getByText("stored with Trainyard")).toBeVisible({ timeout: 60_000 });
  const longest = await page.evaluate(() => Math.max(0, ...(window as unknown as { longTasks: number[] }).longTasks));
  // How long is the bench's to say, on a machine that does nothing else; here it only goes into the report.
  test.info().annotations.push({ type: "longest main-thread task", description: `${longest} ms` });
});
