// The form without JavaScript: it can be read, and says why it cannot be sent.
import { expect, test } from "../fixtures/test.ts";

test("the form reads without JavaScript and says that submitting needs it", async ({ page }) => {
  await page.goto("/trainings/new");
  await page.getByRole("link", { name: "Text clustering" }).click();
  await expect(page.getByRole("heading", { name: "Text clustering" })).toBeVisible();
  // Chromium's switch for tests stops the scripts but draws no <noscript>, so this looks at what the server sent.
  expect(await page.content()).toMatch(/<noscript>.*Submitting a training needs JavaScript\./);
  for (const label of ["Model id", "Product name", "Language", "Dialogue file", "Clusters", "LLM"]) {
    await expect(page.getByLabel(label)).toBeVisible();
  }
});
