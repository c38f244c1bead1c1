// Live: what the page shows while the server goes away and comes back.
import { QUICK_WALK } from "../fixtures/sandbox.ts";
import { expect, open, test } from "../fixtures/test.ts";

test.describe("over a restart", () => {
  test.use({ expectedProblems: [[/ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED|ERR_EMPTY_RESPONSE|ERR_CONNECTION_RESET/], { scope: "test" }] });

  for (const signal of ["SIGTERM", "SIGKILL"] as const) {
    test(`after ${signal} the page reconnects and misses nothing`, async ({ page, trainyard }) => {
      test.setTimeout(150_000);
      const modelId = `over-${signal.toLowerCase()}`;
      await trainyard.sandbox.setPlan(modelId, { durations: { ...QUICK_WALK.durations, Training: 600 } });
      const training = await trainyard.api.submit(modelId);
      await trainyard.api.waitForStage(training.id, ["training"]);
      await open(page, `/trainings/${training.id}`);
      const badge = page.getByRole("banner").getByRole("status");
      await expect(badge).toHaveText("Live");
      await trainyard.server.stop(signal);
      await expect(badge).not.toHaveText("Live");
      await trainyard.server.start();
      await expect(badge).toHaveText("Live", { timeout: 45_000 });
      const current = page.getByRole("list", { name: "Timeline" }).locator("[aria-current=step]");
      await expect(current).toContainText("Ready", { timeout: 60_000 });
      expect(await trainyard.sandbox.listRuns(modelId), "trained once").toHaveLength(1);
    });
  }
});

test("a paused page stays as it is and catches up when it goes on", async ({ page, trainyard }) => {
  await trainyard.sandbox.setPlan("paused-page", QUICK_WALK);
  const training = await trainyard.api.submit("paused-page");
  await open(page, `/trainings/${training.id}`);
  await expect(page.getByRole("banner").getByRole("status")).toHaveText("Live");
  await page.getByRole("button", { name: "Pause" }).click();
  await expect(page.getByRole("banner").getByRole("status")).toContainText("Paused since");
  await trainyard.api.waitForStage(training.id, ["ready"]);
  const current = page.getByRole("list", { name: "Timeline" }).locator("[aria-current=step]");
  await expect(current).not.toContainText("Ready");
  await page.getByRole("button", { name: "Resume" }).click();
  await expect(current).toContainText("Ready");
});

test("every viewer sees each event once, in order, also after reconnecting", async ({ trainyard }) => {
  test.setTimeout(90_000);
  await trainyard.sandbox.setPlan("each-event-once", QUICK_WALK);
  const training = await trainyard.api.submit("each-event-once");
  const ids: number[] = [];
  let isOver = false;
  while (!isOver) {
    let taken = 0;
    for await (const event of trainyard.api.follow(`?training=${training.id}`, ids.at(-1) ?? 0)) {
      if (event.id === null) continue;
      ids.push(event.id);
      isOver = event.data.after?.stage === "ready";
      taken += 1;
      if (isOver || taken === 2) break;
    }
  }
  expect(ids).toEqual([...new Set(ids)].sort((a, b) => a - b));
  const { items } = await trainyard.api.need("GET", `/trainings/${training.id}/events?limit=200`);
  const stored: number[] = items.map((event: { id: number }) => event.id);
  expect(ids).toEqual(stored.filter((id) => id <= ids.at(-1)!).sort((a, b) => a - b));
});
