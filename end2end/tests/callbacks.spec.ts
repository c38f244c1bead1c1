// The inbox: what came, from whom, and what a person may do about it.
import { QUICK_WALK } from "../fixtures/sandbox.ts";
import { expect, expectAccessible, open, test } from "../fixtures/test.ts";

test("a rehearsal goes out through our own address and arrives", async ({ page }) => {
  await open(page, "/inbox");
  await page.getByRole("button", { name: "Rehearse for Acme production" }).click();
  await expect(page.getByText("A callback as a vendor sends it arrived here")).toBeVisible();
  await expect(page.getByText("rehearsal", { exact: true }).first()).toBeVisible();
  await expectAccessible(page);
});

test("a stranger's callback belongs to nobody until a person attaches it, and changes nothing by itself", async ({ page, trainyard }) => {
  const { api, sandbox, url } = trainyard;
  await sandbox.setPlan("attached", { ...QUICK_WALK, stuck_at: "Training" });
  const training = await api.submitAnswering("attached");
  await api.waitForStage(training.id, ["training"]);
  const words = `train success ${training.id.slice(-6)} <b>bold</b>`;
  const answer = await fetch(`${url}/callbacks/${"x".repeat(43)}`, { method: "POST", body: words });
  expect(answer.status).toBe(404);
  await open(page, "/inbox");
  const line = page.getByRole("group").filter({ hasText: "No training" }).first();
  await line.locator("summary").click();
  await expect(line).toContainText(words);
  await expect(line.locator("b", { hasText: "bold" })).toHaveCount(0);
  await line.getByLabel("Training").fill(training.id);
  await line.getByRole("button", { name: "Attach" }).click();
  await expect(page.getByText("No training")).toHaveCount(0);
  const attached = page.getByRole("group").filter({ hasText: "attached" }).first();
  // The list is drawn anew after a change, and may be once more.
  await expect(async () => {
    await attached.locator("summary").click();
    await expect(attached.getByRole("link", { name: training.id })).toBeVisible({ timeout: 1_000 });
  }).toPass();
  expect((await api.need("GET", `/trainings/${training.id}`)).stage).toBe("training");
});

test("a viewer is told who may see callbacks", async ({ stranger, trainyard }) => {
  await stranger.goto(await trainyard.addUser("vera", "viewer"));
  await stranger.getByRole("button", { name: "Sign in" }).click();
  await open(stranger, "/inbox");
  await expect(stranger.getByText("For operators and admins")).toBeVisible();
});
