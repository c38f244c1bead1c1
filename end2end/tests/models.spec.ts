// Models: what serves, which training made it, how it is called, and what cannot be done says why.
import { boardOf } from "../fixtures/board.ts";
import { expect, open, test } from "../fixtures/test.ts";

test("a model tells its readiness, its maker, and why it cannot be redeployed", async ({ page, trainyard }) => {
  const board = await boardOf(trainyard);
  await open(page, "/");
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Models" }).click();
  await page.getByRole("link", { name: "board-ready" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("board-ready");
  const readiness = page.getByRole("list", { name: "Readiness" });
  await expect(readiness.getByRole("listitem")).toHaveCount(2);
  await expect(readiness).toContainText("inference runs");
  await expect(page.getByRole("link", { name: board.ready.name }).first()).toBeVisible();
  const redeploy = page.getByRole("button", { name: "Redeploy" });
  await expect(redeploy).toHaveAttribute("aria-disabled", "true");
  await expect(redeploy).toHaveAttribute("title", /cannot be redeployed/);
});
