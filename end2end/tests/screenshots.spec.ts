// Pictures of every page, wide and narrow, light and dark, with the longest legal names. Run by `make screenshots`; while it
// looks, it also checks what a picture shows only to an eye: nothing scrolls sideways, nothing is cut off.
import type { Page } from "@playwright/test";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { type Board, boardOf, pagesOf } from "../fixtures/board.ts";
import { expect, open, test } from "../fixtures/test.ts";

const folder = process.env.TRAINYARD_SCREENSHOTS;
const WIDTHS = [1280, 390];
const SCHEMES = ["light", "dark"] as const;

test.use({ expectedProblems: [/404/] });

test("every page fits, and its pictures are taken", async ({ page, stranger, trainyard }) => {
  test.setTimeout(600_000);
  const board: Board = await boardOf(trainyard);
  if (folder !== undefined) await mkdir(folder, { recursive: true });
  const faults: string[] = [];
  for (const width of WIDTHS) {
    for (const colorScheme of SCHEMES) {
      for (const { name, address } of pagesOf(board)) {
        await take(page, address, name, width, colorScheme, faults);
      }
      await take(stranger, "/sign-in", "sign-in", width, colorScheme, faults);
    }
  }
  expect(faults, "nothing scrolls sideways or is cut off").toEqual([]);
});

async function take(page: Page, address: string, name: string, width: number, colorScheme: "light" | "dark", faults: string[]) {
  await page.setViewportSize({ width, height: width > 600 ? 900 : 844 });
  await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
  await open(page, address);
  await page.evaluate(() => document.fonts.ready);
  for (const fault of await findMisfits(page)) faults.push(`${name} at ${width}, ${colorScheme}: ${fault}`);
  if (folder !== undefined) {
    await page.screenshot({ path: join(folder, `${name}-${width}-${colorScheme}.png`), fullPage: true, animations: "disabled" });
  }
}

/** Elements that stick out of the page, and texts that are cut without a scroll bar or an ellipsis. */
function findMisfits(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const found: string[] = [];
    const describe = (element: Element) => `${element.tagName.toLowerCase()}.${[...element.classList].join(".")} "${(element.textContent ?? "").trim().slice(0, 40)}"`;
    const root = document.documentElement;
    if (root.scrollWidth > root.clientWidth + 1) found.push(`the page is ${root.scrollWidth} wide in ${root.clientWidth}`);
    for (const element of document.querySelectorAll("main *, header *")) {
      // What is typed into a field scrolls there.
      if (!(element instanceof HTMLElement) || element.offsetParent === null || element.matches("input, textarea")) continue;
      const style = getComputedStyle(element);
      const hides = style.overflowX === "hidden" || style.overflowX === "clip";
      const isVisuallyHidden = element.clientWidth <= 1 || element.clientHeight <= 1;
      if (hides && !isVisuallyHidden && style.textOverflow !== "ellipsis" && element.scrollWidth > element.clientWidth + 2) {
        found.push(`cut off: ${describe(element)}`);
      }
    }
    return found.slice(0, 10);
  });
}
