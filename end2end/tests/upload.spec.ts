// Uploads from the page: a line that breaks in the middle, and a page that is closed in the middle.
import type { CDPSession, Page } from "@playwright/test";
import { expect, open, test } from "../fixtures/test.ts";

const SIZE = 12_000_000;
/** A data file of about that size that passes every check. */
const FILE = Buffer.from(
  JSON.stringify(
    Array.from({ length: SIZE / 120 }, (_, at) => ({ Label: `label-${at % 7}`, Text: `Sentence number ${at} `.padEnd(96, "x") })),
  ),
);

async function slowDown(page: Page, bytesPerSecond: number): Promise<CDPSession> {
  const line = await page.context().newCDPSession(page);
  await line.send("Network.enable");
  await line.send("Network.emulateNetworkConditions", { offline: false, latency: 5, downloadThroughput: -1, uploadThroughput: bytesPerSecond });
  return line;
}

async function pickFile(page: Page): Promise<void> {
  await page.getByLabel("Data file").setInputFiles({ name: "large.json", mimeType: "application/json", buffer: FILE });
}

/** Waits until the sending bar passed this percentage. */
async function waitForPercent(page: Page, percent: number): Promise<void> {
  const bar = page.getByRole("progressbar", { name: "Sending the file" });
  await expect.poll(async () => Number((await bar.getAttribute("value")) ?? 0), { timeout: 45_000, intervals: [50] }).toBeGreaterThanOrEqual(percent);
}

test.describe("on a bad line", () => {
  test.use({ expectedProblems: [/net::ERR/] });

  test("an upload cut at 40 % goes on where it stopped", async ({ page }) => {
    test.setTimeout(120_000);
    const offsets: number[] = [];
    page.on("request", (request) => {
      if (request.method() === "PATCH") offsets.push(Number(request.headers()["upload-offset"]));
    });
    await open(page, "/trainings/new/sestek/classification");
    const line = await slowDown(page, 3_000_000);
    await pickFile(page);
    await waitForPercent(page, 40);
    await page.context().setOffline(true);
    await expect(page.locator("main")).toContainText(/connection|waiting|again/i);
    await page.context().setOffline(false);
    await line.send("Network.emulateNetworkConditions", { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: -1 });
    await expect(page.getByText("stored with Trainyard")).toBeVisible({ timeout: 60_000 });
    expect(Math.max(...offsets), "it did not begin again").toBeGreaterThan(FILE.length * 0.2);
  });
});

test("a large file is checked and sent without a long pause of the page", async ({ page }) => {
  test.setTimeout(90_000);
  await open(page, "/trainings/new/sestek/classification");
  await page.evaluate(() => {
    const tasks: number[] = [];
    new PerformanceObserver((list) => tasks.push(...list.getEntries().map((entry) => entry.duration))).observe({ entryTypes: ["longtask"] });
    Object.assign(window, { longTasks: tasks });
  });
  await pickFile(page);
  await expect(page.getByText("stored with Trainyard")).toBeVisible({ timeout: 60_000 });
  const longest = await page.evaluate(() => Math.max(0, ...(window as unknown as { longTasks: number[] }).longTasks));
  // Milliseconds are the bench's; here only that nothing stood still for good.
  expect(longest).toBeLessThan(2_000);
});
