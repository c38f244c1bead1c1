// The main job: from a file on the disk to a model that serves, by the page and by the API.
import { makeTrainingId, SMALL_CLASSIFICATION } from "../fixtures/api.ts";
import { QUICK_WALK } from "../fixtures/sandbox.ts";
import { expect, open, test } from "../fixtures/test.ts";
import { CONNECTION } from "../fixtures/trainyard.ts";

test("a person submits a training and watches it become ready, without reloading", async ({ page, trainyard }) => {
  test.setTimeout(120_000);
  await trainyard.sandbox.setPlan("kart-sikayetleri", QUICK_WALK);
  await open(page, "/");
  await page.getByRole("button", { name: "New training" }).first().click();
  await page.getByRole("link", { name: "Text classification" }).click();
  await page.getByLabel("Name", { exact: true }).fill("Kart şikâyetleri");
  await page.getByLabel("Model id").fill("kart-sikayetleri");
  await page.getByLabel("Product name").fill("CA");
  await page.getByLabel("Language").selectOption("tr-TR");
  await page.getByLabel("Data file").setInputFiles({
    name: "şikâyetler.json",
    mimeType: "application/json",
    // Not the bytes other tests upload: a dataset is named by whoever brought them first.
    buffer: Buffer.from(`${SMALL_CLASSIFICATION}\n`),
  });
  await page.getByRole("button", { name: "Submit training" }).click();

  await expect(page.getByRole("heading", { name: "Kart şikâyetleri", level: 1 })).toBeVisible();
  let loads = 0;
  page.on("load", () => {
    loads += 1;
  });
  const timeline = page.getByRole("list", { name: "Timeline" });
  await expect(timeline.locator("[aria-current=step]")).toContainText("Ready", { timeout: 90_000 });
  expect(loads, "the page was not loaded again").toBe(0);

  const { items } = await trainyard.api.need("GET", "/trainings?q=kart-sikayetleri");
  expect(items).toHaveLength(1);
  expect(items[0]).toMatchObject({ stage: "ready", name: "Kart şikâyetleri", serving: { state: "running" } });
  expect(await trainyard.sandbox.listRuns("kart-sikayetleri"), "the vendor trained exactly once").toHaveLength(1);
});

test("a script does the same: upload, preview, submit twice, follow the stream to ready", async ({ trainyard }) => {
  test.setTimeout(120_000);
  await trainyard.sandbox.setPlan("by-script", QUICK_WALK);
  const dataset = await trainyard.api.upload("intents.json", SMALL_CLASSIFICATION);
  const report = await trainyard.api.need("POST", `/datasets/${dataset}/check`, { kind: "sestek.classification" });
  expect(JSON.stringify(report)).not.toContain('"severity":"blocks"');
  const request = { kind: "sestek.classification", model_id: "by-script", product_name: "CA", language: "tr-TR", dataset };
  const preview = await trainyard.api.need("POST", "/trainings/preview", { connection: CONNECTION, request });
  expect(JSON.stringify(preview)).toContain("<token>");

  const body = { id: makeTrainingId(), connection: CONNECTION, request };
  const answers = await Promise.all([1, 2, 3].map(() => trainyard.api.call("POST", "/trainings", body)));
  expect(answers.map((answer) => answer.status).sort(), "the same id is one training").toEqual([200, 200, 201]);
  const other = await trainyard.api.call("POST", "/trainings", { ...body, name: "another" });
  expect(other.status, "the same id with another body is refused").toBe(422);

  const stages: string[] = [];
  for await (const event of trainyard.api.follow(`?training=${body.id}`)) {
    const stage: string | undefined = event.data.after?.stage;
    if (stage !== undefined && stages.at(-1) !== stage) stages.push(stage);
    if (stage === "ready") break;
  }
  expect(stages.at(-1)).toBe("ready");
  expect(await trainyard.sandbox.listRuns("by-script")).toHaveLength(1);
  const { items } = await trainyard.api.need("GET", `/trainings/${body.id}/events?limit=200`);
  const ids: number[] = items.map((event: { id: number }) => event.id);
  expect(ids.length, "every line of the history has its own number").toBe(new Set(ids).size);
});
