// Vendor accounts on the page: health, a test, kept secrets and the language model. Nothing secret comes back.
import { expect, expectAccessible, open, test } from "../fixtures/test.ts";
import { Trainyard } from "../fixtures/trainyard.ts";

const KEY = "sk-canary-5b1f0e7c2d9a";

test("an account is tested, and its page tells how it does", async ({ page }) => {
  await open(page, "/");
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Connections" }).click();
  await page.getByRole("link", { name: "Acme production" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Acme production");
  await page.getByRole("button", { name: "Test", exact: true }).click();
  await expect(page.getByText("SESTEK accepted the credentials.")).toBeVisible();
  await expectAccessible(page);
});

test("an admin keeps a secret and sets the language model; neither is ever shown again", async ({ page, trainyard }) => {
  const seen: string[] = [];
  page.on("response", async (response) => {
    if (response.url().startsWith(trainyard.url)) seen.push(await response.text().catch(() => ""));
  });
  await open(page, "/connections/acme");
  await page.getByLabel("Secret's name").fill("receiver-of-ours");
  await page.getByLabel("Secret", { exact: true }).fill(KEY);
  await page.getByRole("button", { name: "Keep a secret" }).click();
  await expect(page.getByRole("cell", { name: "receiver-of-ours", exact: true })).toBeVisible();
  await page.getByLabel("Product name").fill("CA");
  await page.getByLabel("Model of the provider").fill("gpt-4o");
  await page.getByLabel("OPENAI_API_KEY").fill(KEY);
  await page.getByRole("button", { name: "Send to the vendor" }).click();
  await expect(page.getByRole("cell", { name: "gpt-4o" })).toBeVisible();
  await expectAccessible(page);
  await open(page, "/connections/acme");
  await expect(page.getByLabel("OPENAI_API_KEY")).toHaveValue("");
  expect(await page.content()).not.toContain(KEY);
  expect(seen.join("\n")).not.toContain(KEY);
  const { requests } = await trainyard.sandbox.readLog();
  expect(JSON.stringify(requests)).not.toContain(KEY);
  expect(requests.some((request) => request.path.endsWith("/llm-configurations"))).toBe(true);
  await page.getByRole("button", { name: "Forget receiver-of-ours" }).click();
  await page.getByRole("button", { name: "Forget receiver-of-ours for good" }).click();
  await expect(page.getByRole("cell", { name: "receiver-of-ours", exact: true })).toHaveCount(0);
});

test("a viewer sees how an account does and can change nothing", async ({ stranger, trainyard }) => {
  await stranger.goto(await trainyard.addUser("viktor", "viewer"));
  await stranger.getByRole("button", { name: "Sign in" }).click();
  await open(stranger, "/connections/acme");
  const button = stranger.getByRole("button", { name: "Test", exact: true });
  await expect(button).toHaveAttribute("aria-disabled", "true");
  await expect(stranger.getByText("Operators and admins see which secrets are kept.")).toBeVisible();
});

test("retired addresses are used by an explicit setting alone, and the account's page warns of them with their date", async ({ browser, page }) => {
  test.setTimeout(90_000);
  await open(page, "/connections/acme");
  await expect(page.getByRole("note")).toHaveCount(0);
  const own = await Trainyard.start({ connectionKeys: "use_deprecated_paths = true" });
  try {
    await own.sandbox.setScenario({ vendor: "sestek", match: "*", script: { retired_addresses: true } });
    const context = await browser.newContext({ baseURL: own.url, storageState: { cookies: [], origins: [] } });
    const other = await context.newPage();
    await other.goto(await own.addUser("rita", "admin"));
    await other.getByRole("button", { name: "Sign in" }).click();
    await open(other, "/connections/acme");
    await expect(other.getByRole("note")).toContainText("2025-01-01");
    await expectAccessible(other);
    const training = await own.api.submit("at-retired-addresses");
    await own.api.waitForStage(training.id, ["queued", "preparing", "training"]);
    const { requests } = await own.sandbox.readLog();
    expect(requests.some((request) => request.path.endsWith("/api/app/external-trainings/train"))).toBe(true);
    await context.close();
  } finally {
    await own.remove();
  }
});
