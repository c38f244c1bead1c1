// Generative question answering: several documents or addresses, and the callback that comes when it serves.
import type { Locator, Page } from "@playwright/test";
import { QUICK_WALK } from "../fixtures/sandbox.ts";
import { expect, expectAccessible, open, test } from "../fixtures/test.ts";

const FORM = "/trainings/new/sestek/gqa";

function panel(page: Page): Locator {
  return page.getByRole("complementary", { name: "Submit" });
}

async function nameIt(page: Page, name: string): Promise<void> {
  await page.getByLabel("Name", { exact: true }).fill(name);
  await page.getByLabel("Project name").fill("Help desk");
}

test("several documents are sent in one call, and the vendor's callback is followed by our own question", async ({ page, trainyard }) => {
  await trainyard.sandbox.setPlan("help-desk", QUICK_WALK);
  await open(page, FORM);
  await nameIt(page, "Help desk");
  const document = (name: string) => ({ name, mimeType: "text/markdown", buffer: Buffer.from(`# ${name}\n\nReturns are free.\n`) });
  const files = page.getByRole("list", { name: "Files" });
  await page.getByLabel("Files", { exact: true }).and(page.locator("input[type=file]")).setInputFiles(["a.md", "b.md", "c.md"].map(document));
  await expect(files.getByRole("listitem")).toHaveCount(3);
  await expect(panel(page)).toContainText("3 files are checked and stored");
  await files.getByRole("group", { name: "b.md" }).getByRole("button", { name: "Remove" }).click();
  await expect(panel(page)).toContainText("2 files are checked and stored");
  await expect(page.getByRole("region", { name: "The request as curl, token masked" })).toContainText("callbackAddress=");
  await expectAccessible(page);
  await panel(page).getByRole("button", { name: "Submit training" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Help desk" })).toBeVisible();
  const id = new URL(page.url()).pathname.split("/")[2]!;
  await trainyard.api.waitForStage(id, ["ready"]);

  const { requests } = await trainyard.sandbox.readLog();
  const sent = requests.filter((request) => request.path.endsWith("generative-question-answering-trainings/train"));
  const parts = (sent.at(-1)!.end as { parts: { name: string; value?: string; file_name?: string }[] }).parts;
  expect(parts.filter((part) => part.name === "dataFiles").map((part) => part.file_name)).toEqual(["a.md", "c.md"]);
  expect(parts.map((part) => part.name)).toEqual(expect.arrayContaining(["callbackAddress", "callbackIdentityAddress", "callbackClientId", "callbackClientSecret"]));

  // It may come after our own poll has seen the end: kept in either case, and proven by a token of ours.
  await expect.poll(async () => (await trainyard.api.need("GET", "/callbacks")).items.filter((came: { training: string | null }) => came.training === id).length).toBe(1);
  await open(page, "/inbox");
  const line = page.getByRole("group").filter({ hasText: "Help desk" }).first();
  await expect(line).toContainText("with our token");
  await expectAccessible(page);
});

test("an address is checked by its shape, and its query is nobody's to read but the senders'", async ({ page, stranger, trainyard }) => {
  await open(page, FORM);
  await nameIt(page, "From addresses");
  await page.getByRole("radio", { name: "Addresses" }).check();
  await page.getByLabel("Addresses").and(page.locator("textarea")).fill("https://files.example.com/handbook.pdf?signature=c4n4ry\nhandbook.pdf");
  await expect(panel(page)).toContainText("Address 2:");
  await page.getByLabel("Addresses").and(page.locator("textarea")).fill("https://files.example.com/handbook.pdf?signature=c4n4ry");
  await page.getByRole("radio", { name: "None" }).check();
  await expect(page.getByRole("region", { name: "The request as curl, token masked" })).not.toContainText("c4n4ry");
  await panel(page).getByRole("button", { name: "Submit training" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "From addresses" })).toBeVisible();
  const id = new URL(page.url()).pathname.split("/")[2]!;
  await trainyard.api.waitForStage(id, ["queued", "preparing", "training", "saving", "publishing", "ready"]);
  const { requests } = await trainyard.sandbox.readLog();
  expect(JSON.stringify(requests)).not.toContain("callbackAddress=");
  await open(page, `/trainings/${id}/request`);
  await expect(page.getByText("signature=c4n4ry").first()).toBeVisible();

  await stranger.goto(await trainyard.addUser("olga", "viewer"));
  await stranger.getByRole("button", { name: "Sign in" }).click();
  await open(stranger, `/trainings/${id}/request`);
  await expect(stranger.getByText("files.example.com/handbook.pdf").first()).toBeVisible();
  expect(await stranger.content()).not.toContain("c4n4ry");
});

test("a callback elsewhere needs all of its parts and the name of a kept secret", async ({ page, trainyard }) => {
  await trainyard.api.need("POST", "/connections/acme/secrets", { name: "receiver", secret: "a-secret-of-the-team" });
  await open(page, FORM);
  await nameIt(page, "Elsewhere");
  await page.getByLabel("Files", { exact: true }).and(page.locator("input[type=file]")).setInputFiles({ name: "a.md", mimeType: "text/markdown", buffer: Buffer.from("# A\n") });
  await page.getByRole("radio", { name: "Elsewhere" }).check();
  await expect(panel(page).getByRole("button").and(page.locator("[type=submit]"))).toBeDisabled();
  await page.getByLabel("Callback address").fill("https://hooks.example.com/trainings");
  await page.getByLabel("Token address").fill("https://id.example.com/token");
  await page.getByLabel("Client id").fill("sestek");
  await page.getByLabel("Name of the client's secret").fill("receiver");
  const curl = page.getByRole("region", { name: "The request as curl, token masked" });
  await expect(curl).toContainText("callbackAddress=https://hooks.example.com/trainings");
  await expect(curl).not.toContainText("a-secret-of-the-team");
  await expectAccessible(page);
  await panel(page).getByRole("button", { name: "Submit training" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Elsewhere" })).toBeVisible();
});
