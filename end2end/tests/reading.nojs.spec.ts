// Everything can be read without JavaScript: the server's HTML is complete, and nothing pretends to be clickable.
import { boardOf, pagesOf } from "../fixtures/board.ts";
import { expect, test } from "../fixtures/test.ts";

test.use({ expectedProblems: [[/404/], { scope: "test" }] });

test("every page reads", async ({ page, trainyard }) => {
  test.setTimeout(120_000);
  for (const { name, address, title } of pagesOf(await boardOf(trainyard))) {
    await test.step(name, async () => {
      await page.goto(address);
      const heading = page.getByRole("heading", { level: 1 });
      await expect(heading).toHaveCount(1);
      await expect(heading).toContainText(title);
      await expect(page.getByText("Loading", { exact: true })).toHaveCount(0);
    });
  }
});

test("the list is followed by its links: a filter, a training, its parts", async ({ page, trainyard }) => {
  const board = await boardOf(trainyard);
  await page.goto("/trainings?stage=ready");
  await expect(page.getByRole("link", { name: board.ready.name })).toBeVisible();
  await expect(page.getByRole("link", { name: board.failed.name })).toHaveCount(0);
  await page.getByRole("link", { name: board.ready.name }).click();
  const timeline = page.getByRole("list", { name: "Timeline" });
  await expect(timeline.locator("[aria-current=step]")).toContainText("Ready");
  await page.getByRole("link", { name: "Answers" }).click();
  await expect(page.locator("main")).toContainText("trainingStatus");
});

test("the search works as a form", async ({ page, trainyard }) => {
  const board = await boardOf(trainyard);
  await page.goto("/trainings");
  await page.getByRole("searchbox").fill("Hotline");
  await page.getByRole("searchbox").press("Enter");
  await expect(page).toHaveURL(/q=Hotline/);
  await expect(page.getByRole("link", { name: board.running.name })).toBeVisible();
  await expect(page.getByRole("link", { name: board.ready.name })).toHaveCount(0);
});

test("signing in and out works", async ({ stranger, trainyard }) => {
  await stranger.goto("/trainings");
  await expect(stranger).toHaveURL(/\/sign-in\?next=/);
  await stranger.goto(await trainyard.addUser("barbara", "viewer"));
  await stranger.getByRole("button", { name: "Sign in" }).click();
  await expect(stranger).toHaveURL(`${trainyard.url}/`);
  await stranger.getByRole("banner").locator("summary").click();
  await stranger.getByRole("button", { name: "Sign out" }).click();
  await stranger.goto("/trainings");
  await expect(stranger).toHaveURL(/\/sign-in/);
});
