// Every page against WCAG 2.2 A and AA, in the light and in the dark scheme (one project each), also with a dialog open.
import { boardOf, pagesOf } from "../fixtures/board.ts";
import { expect, expectAccessible, open, test } from "../fixtures/test.ts";

test.describe("with a page that is not there", () => {
  test.use({ expectedProblems: [[/404/], { scope: "test" }] });

  test("every page is accessible", async ({ page, trainyard }) => {
    test.setTimeout(240_000);
    for (const { name, address, title } of pagesOf(await boardOf(trainyard))) {
      await test.step(name, async () => {
        await open(page, address);
        await expect(page.getByRole("heading", { level: 1 })).toContainText(title);
        await expectAccessible(page);
      });
    }
  });
});

test("the sign-in page is accessible, with and without a link", async ({ stranger, trainyard }) => {
  for (const address of ["/sign-in", await trainyard.addUser("edsger", "viewer"), "/sign-in?error=link"]) {
    await open(stranger, address);
    await expectAccessible(stranger);
  }
});

test("an open dialog is accessible and gives the focus back", async ({ page }) => {
  await open(page, "/trainings");
  await page.getByRole("banner").locator("summary").click();
  await expectAccessible(page);
  const keys = page.getByRole("button", { name: "Keys" });
  await keys.click();
  const dialog = page.getByRole("dialog");
  await expect(dialog).toBeVisible();
  await expectAccessible(page);
  await page.keyboard.press("Escape");
  await expect(dialog).toBeHidden();
  await expect(keys).toBeFocused();
});

test("without motion, with more contrast and with forced colours the pages stay accessible", async ({ page, trainyard }) => {
  const board = await boardOf(trainyard);
  await page.emulateMedia({ reducedMotion: "reduce", forcedColors: "active", contrast: "more" });
  for (const address of ["/", "/trainings", `/trainings/${board.running.id}`]) {
    await open(page, address);
    // Forced colours are the system's own; axe would compare them with ours.
    await expectAccessible(page, ["color-contrast"]);
  }
});
