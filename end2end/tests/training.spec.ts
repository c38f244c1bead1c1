// One training's page: its parts, what can be done with it, and who may not.
import { boardOf } from "../fixtures/board.ts";
import { expect, open, test } from "../fixtures/test.ts";

test("each part has its address, its tab and its content", async ({ page, trainyard }) => {
  const { ready } = await boardOf(trainyard);
  await open(page, `/trainings/${ready.id}`);
  const content = {
    Request: "sestek.classification",
    Data: "intents.json",
    Metrics: "Percent",
    Answers: "trainingStatus",
    Activity: "Written down",
  };
  for (const [tab, text] of Object.entries(content)) {
    await page.getByRole("navigation", { name: "Parts" }).getByRole("link", { name: tab }).click();
    await expect(page).toHaveURL(new RegExp(`/${tab.toLowerCase()}$`));
    await expect(page.locator("main")).toContainText(text);
  }
  await page.goBack();
  await expect(page).toHaveURL(/\/answers$/);
});

test("no secret stands in the request or the answers", async ({ page, trainyard }) => {
  const { ready } = await boardOf(trainyard);
  for (const tab of ["request", "answers"]) {
    await open(page, `/trainings/${ready.id}/${tab}`);
    await expect(page.locator("body")).not.toContainText("sandbox-secret");
    await expect(page.locator("body")).not.toContainText(/Bearer (?!<token>)\S/);
  }
});

test("a failure is shown in the vendor's words, with what to do next", async ({ page, trainyard }) => {
  const { failed, rejected } = await boardOf(trainyard);
  await open(page, `/trainings/${failed.id}`);
  await expect(page.getByRole("region", { name: "What went wrong" })).toBeVisible();
  await open(page, `/trainings/${rejected.id}`);
  await expect(page.locator("main")).toContainText("in progress");
  await expect(page.getByRole("button", { name: /retry/i }).first()).toBeVisible();
});

test("name, tags and note are edited and archived ones leave the list", async ({ page, trainyard }) => {
  const training = await trainyard.api.submit("to-be-edited", { name: "Before" });
  await open(page, `/trainings/${training.id}`);
  await page.getByText("Edit name, tags and note").click();
  await page.getByLabel("Name", { exact: true }).fill("After");
  await page.getByLabel("Tags").fill("billing, autumn");
  await page.getByLabel("Note").fill("Asked for by the branch office.");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("heading", { name: "After", level: 1 })).toBeVisible();
  await expect.poll(async () => (await trainyard.api.need("GET", `/trainings/${training.id}`)).tags).toEqual(["autumn", "billing"]);
  await page.getByRole("button", { name: "Archive" }).click();
  await expect.poll(async () => (await trainyard.api.need("GET", `/trainings/${training.id}`)).archived).toBe(true);
  const { items } = await trainyard.api.need("GET", "/trainings?q=to-be-edited");
  expect(items).toHaveLength(0);
});

test("what only a person can tell is settled by a person", async ({ page, trainyard }) => {
  await trainyard.sandbox.setScenario({
    vendor: "sestek",
    match: "to-be-settled",
    script: { train: [{ calls: 1, answer: { kind: "html" } }] },
  });
  const training = await trainyard.api.submit("to-be-settled", { name: "In doubt" });
  await trainyard.api.waitForStage(training.id, ["needs_attention"]);
  await open(page, `/trainings/${training.id}`);
  await page.getByRole("button", { name: "It is not there: send it again" }).click();
  const dialog = page.getByRole("dialog");
  if (await dialog.isVisible()) await dialog.getByRole("button", { name: /send/i }).click();
  await trainyard.api.waitForStage(training.id, ["queued", "preparing", "training"]);
  expect(await trainyard.sandbox.listRuns("to-be-settled")).toHaveLength(1);
});
