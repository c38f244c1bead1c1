// The new-training form, as a person fills it in.
import type { Locator, Page } from "@playwright/test";
import { SMALL_CLASSIFICATION, makeTrainingId } from "../fixtures/api.ts";
import { expect, expectAccessible, open, test } from "../fixtures/test.ts";

const DIALOGUES = JSON.stringify(
  Array.from({ length: 20 }, (_, at) => ({ id: at, turns: [{ speaker: "customer", text: `Where is my bill ${at}?` }] })),
);
const INTENTS = JSON.stringify([{ intent: "billing", texts: ["Where is my bill?"] }]);

const CLUSTERING = "/trainings/new/sestek/clustering";
const CLASSIFICATION = "/trainings/new/sestek/classification";

function submitButton(page: Page): Locator {
  return page.getByRole("complementary", { name: "Submit" }).getByRole("button").and(page.locator("[type=submit]"));
}

async function addFile(page: Page, label: string, name: string, content: string): Promise<void> {
  await page.getByLabel(label).setInputFiles({ name, mimeType: "application/json", buffer: Buffer.from(content) });
}

async function fillClassification(page: Page, name: string): Promise<void> {
  await page.getByLabel("Name", { exact: true }).fill(name);
  await page.getByLabel("Product name").fill("CA");
  await page.getByLabel("Language").selectOption("tr-TR");
  await addFile(page, "Data file", "intents.json", SMALL_CLASSIFICATION);
  await expect(submitButton(page)).toHaveText("Submit training");
}

test("a clustering training is filled in, previewed and submitted", async ({ page, trainyard }) => {
  await open(page, "/trainings/new");
  await page.getByRole("link", { name: "Text clustering" }).click();
  const submit = submitButton(page);
  await expect(submit).toHaveText("Give a model id");
  await expect(submit).toBeDisabled();
  await page.getByLabel("Name", { exact: true }).fill("Müşteri niyetleri 2026");
  await expect(page.getByLabel("Model id")).toHaveValue("musteri-niyetleri-2026");
  await expect(submit).toHaveText("Give a product name");
  await page.getByLabel("Product name").fill("CA");
  await expect(submit).toHaveText("Choose a language");
  await page.getByLabel("Language").selectOption("tr-TR");
  await expect(submit).toHaveText("Add the dialogue file");
  await page.getByRole("radio", { name: "Dialogue and intent" }).check();
  await addFile(page, "Dialogue file", "diyaloglar.json", DIALOGUES);
  await addFile(page, "Intent file", "niyetler.json", INTENTS);
  await page.getByLabel("Clusters").selectOption("A number");
  await expect(submit).toHaveText("Give the number of clusters");
  await page.getByLabel("Number of clusters").fill("12");
  await expect(submit).toHaveText("Submit training");
  await expect(submit).toBeEnabled();
  const curl = page.getByRole("region", { name: "The request as curl, token masked" });
  for (const part of ["<token>", "modelId=musteri-niyetleri-2026", "secondaryDataSchema=intent", "numClusters=12"]) {
    await expect(curl).toContainText(part);
  }
  await expect(curl).not.toContainText("llm");
  await expectAccessible(page);
  await submit.click();
  await expect(page.getByRole("heading", { name: "Müşteri niyetleri 2026" })).toBeVisible();
  const { items } = await trainyard.api.need("GET", "/trainings?q=musteri-niyetleri-2026");
  expect(items).toHaveLength(1);
  expect(items[0].request).toMatchObject({
    kind: "sestek.clustering",
    language: "tr-TR",
    num_clusters: 12,
    llm: null,
    force_train: true,
    data: { schema: "dialogue_and_intent" },
  });
});

test("what the vendor would refuse is found before anything is sent", async ({ page }) => {
  const sent: string[] = [];
  page.on("request", (request) => {
    if (request.url().includes("/api/v1/uploads")) sent.push(request.method());
  });
  await open(page, CLASSIFICATION);
  await addFile(page, "Data file", "wrong-case.json", JSON.stringify([{ label: "a", text: "b" }, { Label: "c", Text: "d" }]));
  const findings = page.getByRole("list", { name: "Findings" });
  await expect(findings).toContainText("Record 1");
  await expect(findings).toContainText("label");
  await expect(page.getByRole("button", { name: "wrong-case.json would be refused" })).toBeVisible();
  await expectAccessible(page);
  expect(sent).toEqual([]);
  await addFile(page, "Data file", "mended.json", SMALL_CLASSIFICATION);
  await expect(page.getByText("stored with Trainyard")).toBeVisible();
  await expect(findings).not.toContainText("Record 1");
});

test("a file can be dropped, and the zone works by keyboard", async ({ page }) => {
  await open(page, CLASSIFICATION);
  const transfer = await page.evaluateHandle((text) => {
    const data = new DataTransfer();
    data.items.add(new File([text], "dropped.json", { type: "application/json" }));
    return data;
  }, SMALL_CLASSIFICATION);
  const zone = page.locator(".drop").filter({ has: page.getByLabel("Data file") });
  await zone.dispatchEvent("dragover", { dataTransfer: transfer });
  await zone.dispatchEvent("drop", { dataTransfer: transfer });
  await expect(zone).toContainText("dropped.json");
  await expect(zone).toContainText("stored with Trainyard");
  await page.getByRole("button", { name: "Remove" }).focus();
  await page.keyboard.press("Enter");
  await expect(zone).toContainText("Drop a file here");
  const chooser = page.waitForEvent("filechooser");
  await page.getByLabel("Data file").focus();
  await page.keyboard.press("Enter");
  await chooser;
});

test("the model id keeps to itself once somebody typed it, and says what is wrong with it", async ({ page }) => {
  await open(page, CLUSTERING);
  const id = page.getByLabel("Model id");
  await id.fill("Müşteri");
  await expect(id).toHaveAttribute("aria-invalid", "true");
  await expect(id).toHaveAccessibleDescription(/capital|letters/i);
  await page.getByLabel("Name", { exact: true }).fill("Another name");
  await expect(id).toHaveValue("Müşteri");
  await page.getByRole("button", { name: "Make it from the name" }).click();
  await expect(id).toHaveValue("another-name");
  await expect(id).not.toHaveAttribute("aria-invalid", "true");
  await expect(page.getByText("Not trained from here before")).toBeVisible();
});

test("the schema can be chosen with the arrow keys", async ({ page }) => {
  await open(page, CLUSTERING);
  await page.getByRole("radio", { name: "Dialogue", exact: true }).focus();
  await page.keyboard.press("ArrowRight");
  await expect(page.getByRole("radio", { name: "Dialogue and intent" })).toBeChecked();
  await expect(page.getByLabel("Intent file")).toBeAttached();
  await page.keyboard.press("ArrowRight");
  await expect(page.getByText("Dialogue file", { exact: true })).toBeHidden();
});

test("another kind takes over what is legal there, and an illegal language is cleared", async ({ page }) => {
  await open(page, CLASSIFICATION);
  await page.getByLabel("Name", { exact: true }).fill("Switching kinds");
  await page.getByLabel("Language").selectOption("de-DE");
  await page.getByRole("navigation", { name: "Kind of training" }).getByRole("link", { name: "Text clustering" }).click();
  await expect(page.getByRole("heading", { name: "Text clustering" })).toBeVisible();
  await expect(page.getByLabel("Model id")).toHaveValue("switching-kinds");
  await expect(page.getByLabel("Language")).toHaveValue("");
});

test("a reload keeps what was typed and the stored file", async ({ page }) => {
  await open(page, CLASSIFICATION);
  await fillClassification(page, "Kept over a reload");
  await page.reload();
  await expect(submitButton(page)).toHaveText("Submit training");
  await expect(page.getByLabel("Name", { exact: true })).toHaveValue("Kept over a reload");
  await expect(page.getByText("intents.json", { exact: true })).toBeVisible();
});

test("a double click makes one training", async ({ page, trainyard }) => {
  await open(page, CLASSIFICATION);
  await fillClassification(page, "Clicked twice");
  await submitButton(page).dblclick();
  await expect(page.getByRole("heading", { name: "Clicked twice" })).toBeVisible();
  const { items } = await trainyard.api.need("GET", "/trainings?q=clicked-twice");
  expect(items).toHaveLength(1);
});

test.describe("when the answer is lost", () => {
  test.use({ expectedProblems: [/Failed to load resource|net::ERR/] });

  test("everything stays, and trying again makes no second training", async ({ page, trainyard }) => {
    await open(page, CLASSIFICATION);
    await fillClassification(page, "Lost answer");
    // The server takes it; the answer does not come back.
    await page.route("**/api/v1/trainings", async (route) => {
      await route.fetch();
      await route.abort("connectionreset");
    });
    await submitButton(page).click();
    await expect(page.getByRole("alert")).toContainText("cannot be reached");
    await page.unroute("**/api/v1/trainings");
    await page.reload();
    await expect(page.getByLabel("Name", { exact: true })).toHaveValue("Lost answer");
    await submitButton(page).click();
    await expect(page.getByRole("heading", { name: "Lost answer" })).toBeVisible();
    const { items } = await trainyard.api.need("GET", "/trainings?q=lost-answer");
    expect(items).toHaveLength(1);
  });
});

test.describe("when the server refuses", () => {
  test.use({ expectedProblems: [/Failed to load resource/] });

  test("faults stand at their fields and the first one has the focus", async ({ page }) => {
    await open(page, CLASSIFICATION);
    await fillClassification(page, "Refused");
    await page.route("**/api/v1/trainings", (route) =>
      route.fulfill({
        status: 422,
        contentType: "application/json",
        body: JSON.stringify({
          code: "invalid",
          message: "1 field needs attention.",
          fields: [{ path: "request.product_name", message: "This product is not known." }],
          request_id: "r-1",
        }),
      }),
    );
    await submitButton(page).click();
    const product = page.getByLabel("Product name");
    await expect(product).toBeFocused();
    await expect(product).toHaveAccessibleDescription(/This product is not known\./);
    await product.fill("CB");
    await expect(product).not.toHaveAccessibleDescription(/not known/);
  });

  test("a busy model id links to the training in the way", async ({ page, trainyard }) => {
    const first = await trainyard.api.submit("busy-model");
    await open(page, CLASSIFICATION);
    await fillClassification(page, "Busy model");
    await expect(page.getByLabel("Model id")).toHaveValue("busy-model");
    await submitButton(page).click();
    const link = page.getByRole("alert").getByRole("link");
    await expect(link).toHaveAttribute("href", `/trainings/${first.id}`);
  });
});

test("Duplicate opens a form with types, choices and files kept", async ({ page, trainyard }) => {
  const dialogue = await trainyard.api.upload("diyaloglar.json", DIALOGUES);
  const request = {
    kind: "sestek.clustering",
    model_id: "to-duplicate",
    product_name: "CA",
    language: "nl-NL",
    data: { schema: "dialogue", dialogue },
    num_clusters: 7,
    llm: "openai",
    force_train: false,
  };
  const first = await trainyard.api.need("POST", "/trainings", {
    id: makeTrainingId(),
    connection: "acme",
    name: "To duplicate",
    request,
  });
  await open(page, `${CLUSTERING}?from=${first.id}`);
  await expect(page.getByLabel("Name", { exact: true })).toHaveValue("To duplicate");
  await expect(page.getByLabel("Model id")).toHaveValue("to-duplicate");
  await expect(page.getByLabel("Number of clusters")).toHaveValue("7");
  await expect(page.getByLabel("LLM")).toHaveValue("openai");
  await expect(page.getByLabel("Train", { exact: true })).toHaveValue("false");
  await expect(page.getByText("diyaloglar.json", { exact: true })).toBeVisible();
  await expect(page.getByText("texts go to OpenAI").first()).toBeVisible();
});

test("Retry submits the same training again and marks the older one", async ({ page, trainyard }) => {
  const first = await trainyard.api.submit("to-retry", { name: "To retry" });
  // Publishing begins only when somebody asks after the end of the training, so the vendor's clock is moved on twice.
  await trainyard.api.waitForStage(first.id, ["queued", "preparing", "training", "saving", "publishing", "ready"]);
  await trainyard.sandbox.advance(7_200);
  await trainyard.api.waitForStage(first.id, ["publishing", "ready"]);
  await trainyard.sandbox.advance(7_200);
  await trainyard.api.waitForStage(first.id, ["ready"]);
  await open(page, `${CLASSIFICATION}?retry=${first.id}`);
  await page.getByLabel("Product name").fill("Changed");
  await expect(submitButton(page)).toHaveText("Submit training");
  await submitButton(page).click();
  await expect(page.getByRole("heading", { name: "To retry" })).toBeVisible();
  await expect(page).not.toHaveURL(new RegExp(first.id));
  const { items } = await trainyard.api.need("GET", "/trainings?q=to-retry");
  const second = items.find((training: { id: string }) => training.id !== first.id);
  expect(second).toMatchObject({ retry_of: first.id, request: { product_name: "Changed" } });
});
