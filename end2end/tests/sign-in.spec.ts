// Who comes in, and how.
import { expect, open, test } from "../fixtures/test.ts";

/** A browser that nobody used; without it, a new context gets the cookies of this file's pages. */
const NOBODY = { cookies: [], origins: [] };

test("a stranger is sent to sign in and back to where they wanted to go", async ({ stranger }) => {
  await stranger.goto("/trainings?q=bills");
  await expect(stranger).toHaveURL(/\/sign-in\?next=/);
  await expect(stranger.getByText("one-time link")).toBeVisible();
});

test("opening a link uses nothing up; its button does, once", async ({ stranger, trainyard, browser }) => {
  const link = await trainyard.addUser("donald", "operator");
  for (let visit = 0; visit < 3; visit += 1) {
    expect((await fetch(link)).status).toBe(200);
  }
  await open(stranger, link);
  await stranger.getByRole("button", { name: "Sign in" }).click();
  await expect(stranger).toHaveURL(`${trainyard.url}/`);
  await expect(stranger.getByRole("banner")).toContainText("donald");
  const cookies = await stranger.context().cookies();
  expect(cookies).toHaveLength(1);
  expect(cookies[0]).toMatchObject({ httpOnly: true, sameSite: "Lax", path: "/" });

  const second = await browser.newContext({ storageState: NOBODY });
  const page = await second.newPage();
  await page.goto(link);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("alert")).toContainText("cannot be used");
  await second.close();
});

test("a viewer reads everything and is told why they cannot change it", async ({ browser, trainyard }) => {
  const training = await trainyard.api.submit("viewer-reads", { name: "Seen by a viewer" });
  const context = await browser.newContext({ baseURL: trainyard.url, storageState: NOBODY });
  const page = await context.newPage();
  await page.goto(await trainyard.addUser("alan", "viewer"));
  await page.getByRole("button", { name: "Sign in" }).click();
  await open(page, `/trainings/${training.id}`);
  const archive = page.getByRole("button", { name: "Archive" });
  await expect(archive).toHaveAttribute("aria-disabled", "true");
  await expect(archive).toHaveAccessibleDescription(/Viewers see/);
  await archive.click({ force: true });
  await expect(page.getByText("Viewers see")).toBeVisible();
  await context.close();
});
