// The list: its whole state is in the address, and it lives.
import { boardOf } from "../fixtures/board.ts";
import { expect, open, test } from "../fixtures/test.ts";

test("filters stand in the address, survive a reload and go away again", async ({ page, trainyard }) => {
  const board = await boardOf(trainyard);
  await open(page, "/trainings");
  await page.getByRole("navigation", { name: "By stage" }).getByRole("link", { name: /^Failed/ }).click();
  await expect(page).toHaveURL(/stage=failed/);
  await expect(page.getByRole("link", { name: board.failed.name })).toBeVisible();
  await expect(page.getByRole("link", { name: board.ready.name })).toHaveCount(0);
  await page.reload();
  await expect(page.getByRole("link", { name: board.failed.name })).toBeVisible();
  await page.getByRole("navigation", { name: "By stage" }).getByRole("link", { name: /^All/ }).click();
  await expect(page.getByRole("link", { name: board.ready.name })).toBeVisible();
});

test("nothing yet, no match and a bad filter read differently", async ({ page, trainyard }) => {
  await boardOf(trainyard);
  await open(page, "/trainings?q=nothing-is-called-this");
  await expect(page.getByText("No training matches")).toBeVisible();
  await page.getByRole("button", { name: "Clear filters" }).first().click();
  await expect(page).toHaveURL(/\/trainings$/);
  await expect(page.getByRole("table")).toBeVisible();
});

test("a new training waits behind a button, and the focus stays where it is", async ({ page, trainyard }) => {
  await boardOf(trainyard);
  await open(page, "/trainings");
  await expect(page.getByRole("status").filter({ hasText: "Live" })).toBeVisible();
  const search = page.getByRole("searchbox");
  await search.focus();
  await trainyard.api.submit("waits-behind-a-button", { name: "Just came in" });
  const button = page.getByRole("button", { name: /new training/ });
  await expect(button).toBeVisible();
  await expect(page.getByRole("link", { name: "Just came in" })).toHaveCount(0);
  await expect(search).toBeFocused();
  await button.click();
  await expect(page.getByRole("link", { name: "Just came in" })).toBeVisible();
});

test("a stage pressed on a slow machine leads to its rows, and the old ones stay until then", async ({ page, trainyard }) => {
  const board = await boardOf(trainyard);
  const cdp = await page.context().newCDPSession(page);
  await cdp.send("Emulation.setCPUThrottlingRate", { rate: 12 });
  await open(page, "/trainings");
  await page.getByRole("navigation", { name: "By stage" }).getByRole("link", { name: /^Failed/ }).click();
  await expect(page).toHaveURL(/stage=failed/);
  await expect(page.getByRole("link", { name: board.ready.name })).toHaveCount(0);
  await expect(page.getByRole("link", { name: board.failed.name })).toBeVisible();
});
