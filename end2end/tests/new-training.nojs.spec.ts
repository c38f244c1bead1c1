// The form without JavaScript: it can be read, and says why it cannot be sent.
import { expect, test } from "../fixtures/test.ts";

test("the form reads without JavaScript and says that submitting needs it", async ({ page }) => {
  await page.goto("/trainings/new");
  await page.getByRole("link", { name: "Text clustering" }).click();
  await expect(page.getByRole("heading", { name: "Text clustering" })).toBeVisible();
  await expect(page.getByText("Submitting a training needs JavaScript.")).toBeVisible();
  for (const label of ["Model id", "Product name", "Language", "Dialogue file", "Clusters", "LLM"]) {
    await expect(page.getByLabel(label)).toBeVisible();
  }
});
