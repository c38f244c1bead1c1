// Models: what serves, which training made it, how it is called, and what cannot be done says why.
import { boardOf } from "../fixtures/board.ts";
import { QUICK_WALK } from "../fixtures/sandbox.ts";
import { expect, expectAccessible, open, test } from "../fixtures/test.ts";

test("a model tells its readiness, its maker, and why it cannot be redeployed", async ({ page, trainyard }) => {
  const board = await boardOf(trainyard);
  await open(page, "/");
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Models" }).click();
  await page.getByRole("link", { name: "board-ready" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("board-ready");
  const readiness = page.getByRole("list", { name: "Readiness" });
  await expect(readiness.getByRole("listitem")).toHaveCount(2);
  await expect(readiness).toContainText("inference runs");
  await expect(page.getByRole("link", { name: board.ready.name }).first()).toBeVisible();
  const redeploy = page.getByRole("button", { name: "Redeploy" });
  await expect(redeploy).toHaveAttribute("aria-disabled", "true");
  await expect(redeploy).toHaveAttribute("title", /cannot be redeployed/);
});

test("a model that fell asleep is seen, and woken without being trained", async ({ page, trainyard }) => {
  const { api, sandbox } = trainyard;
  await sandbox.setPlan("sleepy", { ...QUICK_WALK, sleep_after_seconds: 30 });
  const first = await api.submitClustering("sleepy");
  await api.waitForStage(first.id, ["ready"]);
  await open(page, "/models/acme/sleepy");
  const readiness = page.getByRole("list", { name: "Readiness" });
  await expect(readiness.getByRole("listitem")).toHaveCount(3);
  await sandbox.advance(120);
  await page.getByRole("button", { name: "Ask whether it is awake" }).click();
  await expect(readiness).toContainText("Asleep");
  await expectAccessible(page);
  // Awake for good from here on.
  await sandbox.setPlan("sleepy", QUICK_WALK);
  await page.getByRole("button", { name: "Redeploy", exact: true }).click();
  await expect(page.getByRole("row").filter({ hasText: "sleepy" })).toHaveCount(2);
  await expect(readiness).toContainText("Awake when it was last seen");
  const runs = await sandbox.listRuns("sleepy");
  expect(runs.map((run) => run.redeploys)).toEqual([false, true]);
  // The model is still the work of the training that made it.
  await expect(page.getByRole("link", { name: first.name }).first()).toHaveAttribute("href", `/trainings/${first.id}`);
});

test("the form says whether to retrain or to redeploy, and records who does otherwise", async ({ page, trainyard }) => {
  const { api, sandbox } = trainyard;
  await sandbox.setPlan("advised", QUICK_WALK);
  const first = await api.submitClustering("advised");
  await api.waitForStage(first.id, ["ready"]);
  await open(page, `/trainings/new/sestek/clustering?from=${first.id}`);
  const panel = page.getByRole("complementary", { name: "Submit" });
  await expect(panel).toContainText("Against the advice to redeploy");
  await expectAccessible(page);
  await panel.getByRole("button", { name: "Submit training" }).click();
  await expect(page.getByRole("list", { name: "Timeline" })).toBeVisible();
  const id = new URL(page.url()).pathname.split("/")[2];
  await open(page, `/trainings/${id}/activity`);
  await expect(page.getByText("Against the advice to redeploy")).toBeVisible();
  expect(id).not.toBe(first.id);
});
