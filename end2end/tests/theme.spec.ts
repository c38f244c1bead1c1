// The theme: light, dark or the system's, chosen in the bar's menu and kept in the browser.
import { expect, open, test } from "../fixtures/test.ts";

test("a chosen theme is kept, and the menu closes by Escape and by a click elsewhere", async ({ page }) => {
  await open(page, "/trainings");
  const menu = page.getByRole("banner").locator("summary");
  const theme = page.getByRole("radiogroup", { name: "Theme" });
  const paper = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  const light = await paper();
  await menu.click();
  await expect(theme.getByRole("radio", { name: "System" })).toBeChecked();
  await theme.getByRole("radio", { name: "Dark" }).check();
  await expect.poll(paper).not.toBe(light);
  await page.keyboard.press("Escape");
  await expect(theme).toBeHidden();
  await expect(menu).toBeFocused();

  await open(page, "/");
  expect(await paper()).not.toBe(light);
  await menu.click();
  await expect(theme.getByRole("radio", { name: "Dark" })).toBeChecked();
  await theme.getByRole("radio", { name: "System" }).check();
  await expect.poll(paper).toBe(light);
  await page.getByRole("heading", { name: "Now" }).click();
  await expect(theme).toBeHidden();
});
