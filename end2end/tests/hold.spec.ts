// Hold and send when free; and watching a model that was trained elsewhere.
import { QUICK_WALK } from "../fixtures/sandbox.ts";
import { expect, expectAccessible, open, test } from "../fixtures/test.ts";

// A busy id is answered 409, which Chromium calls an error.
test.use({ expectedProblems: [[/409/], { scope: "test" }] });

test("a busy model id holds the next trainings in order; one is cancelled, one is sent when its turn comes", async ({ page, trainyard }) => {
  const { api, sandbox } = trainyard;
  await sandbox.setPlan("wanted", { ...QUICK_WALK, durations: { ...QUICK_WALK.durations, Training: 900 } });
  const first = await api.submitClustering("wanted", { name: "Wanted, first" });
  await api.waitForStage(first.id, ["preparing", "training"]);

  await open(page, `/trainings/new/sestek/clustering?from=${first.id}`);
  await page.getByLabel("Name", { exact: true }).fill("Wanted, second");
  const panel = page.getByRole("complementary", { name: "Submit" });
  await panel.getByRole("button", { name: "Submit training" }).click();
  await expect(panel.getByRole("alert")).toContainText("Wanted, first");
  await panel.getByRole("checkbox", { name: "Hold and send when free" }).check();
  await expectAccessible(page);
  await panel.getByRole("button", { name: "Submit training" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Wanted, second" })).toBeVisible();
  await expect(page.getByRole("region", { name: "What this waits for" })).toContainText("Held behind Wanted, first");
  await expectAccessible(page);
  const second = new URL(page.url()).pathname.split("/")[2]!;

  const third = await api.submitClustering("wanted", { name: "Wanted, third", hold: true });
  await open(page, `/trainings/${third.id}`);
  await expect(page.getByRole("region", { name: "What this waits for" })).toContainText("place 2");
  await page.getByRole("button", { name: "Cancel" }).click();
  await expect(page.getByText("Given up by a person before the vendor had it.").first()).toBeVisible();

  await api.waitForStage(second, ["ready"]);
  expect(await sandbox.listRuns("wanted")).toHaveLength(2);
});

test("a model that was trained elsewhere is watched, after a warning that watching publishes it", async ({ page, trainyard }) => {
  const { api, sandbox } = trainyard;
  await sandbox.setPlan("Old_Model.V1", QUICK_WALK);
  await sandbox.plantRun("Old_Model.V1");
  await open(page, "/models");
  await page.getByRole("button", { name: "Watch a model trained elsewhere" }).click();
  const form = page.getByRole("region", { name: "Watch a model trained elsewhere" });
  await form.getByLabel("Kind").selectOption({ label: "Text clustering" });
  await form.getByLabel("Model id").fill("Old_Model.V1");
  const watch = form.getByRole("button", { name: "Watch it" });
  await expect(watch).toHaveAttribute("aria-disabled", "true");
  await form.getByRole("checkbox", { name: "I want this model to be published" }).check();
  await expectAccessible(page);
  await watch.click();
  await expect(page.getByRole("heading", { level: 1, name: "Old_Model.V1" })).toBeVisible();
  const id = new URL(page.url()).pathname.split("/")[2]!;
  await api.waitForStage(id, ["ready"]);
  await open(page, `/trainings/${id}/activity`);
  await expect(page.getByText("Adopted: trained elsewhere")).toBeVisible();
  await open(page, "/models");
  await expect(page.getByRole("link", { name: "Old_Model.V1" }).first()).toBeVisible();
});
