// The picture at the top of README.md: the first training, from the form to Ready. Run by `make film`, which joins the frames
// that are written here (scripts/join-film.mjs). What is seen is the page at work; the sandbox's vendor is only quick.
import type { Locator, Page } from "@playwright/test";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, open, test } from "../fixtures/test.ts";

const folder = process.env.TRAINYARD_FILM ?? "test-results/film";
const SIZE = { width: 1000, height: 680 };
const MODEL_ID = "card-complaints";

/** Seconds of the vendor, of which 60 pass in one of ours. */
const WALK = { Initialized: 25, PendingTraining: 25, DatasetUploading: 40, DataProcessing: 40, TrainingStarted: 10, Training: 150, Trained: 35, ModelUploading: 35, Publishing: 70 };

test.use({ viewport: SIZE, contextOptions: { reducedMotion: "reduce" } });

test("the first training, from the form to Ready", async ({ page, trainyard }) => {
  test.setTimeout(180_000);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const { api, sandbox } = trainyard;
  await sandbox.setPlan("invoice-questions", { durations: WALK });
  await sandbox.setPlan("hotline-topics", { durations: { ...WALK, Training: 1e6 } });
  await sandbox.setPlan(MODEL_ID, { durations: WALK });
  const ended = await api.submit("invoice-questions", { name: "Invoice questions" });
  await api.waitForStage(ended.id, ["ready"]);
  const running = await api.submit("hotline-topics", { name: "Hotline topics" });
  await api.waitForStage(running.id, ["training"]);

  await open(page, "/");
  await page.evaluate(() => document.fonts.ready);
  const film = await Film.begin(page);
  await film.hold(1100);
  await film.click(page.getByRole("button", { name: "New training" }).first());
  await expect(page.getByRole("heading", { name: "New training", level: 1 })).toBeVisible();
  await film.hold(500);
  await film.click(page.getByRole("link", { name: "Text classification" }));
  await expect(page.getByLabel("Name", { exact: true })).toBeVisible();
  await expect(page.getByText("Acme production answers")).toBeVisible();
  await film.hold(700);

  await film.type(page.getByLabel("Name", { exact: true }), "Card complaints");
  await expect(page.getByLabel("Model id")).toHaveValue(MODEL_ID);
  await film.hold(700);
  await film.type(page.getByLabel("Product name"), "Support");
  await film.point(page.getByLabel("Language"));
  await page.getByLabel("Language").selectOption("en-US");
  await film.hold(500);
  const choose = page.getByText("Choose a file");
  const [chooser] = await Promise.all([page.waitForEvent("filechooser"), film.click(choose)]);
  await chooser.setFiles({ name: "complaints.json", mimeType: "application/json", buffer: Buffer.from(makeComplaints()) });
  const submit = page.getByRole("button", { name: "Submit training" });
  await film.follow(() => submit.isVisible(), 200);
  await film.hold(1300);

  await film.click(submit);
  await expect(page.getByRole("heading", { name: "Card complaints", level: 1 })).toBeVisible();
  const current = page.getByRole("list", { name: "Timeline" }).locator("[aria-current=step]");
  await film.follow(async () => ((await current.textContent({ timeout: 5_000 })) ?? "").startsWith("Ready"), 150);
  await film.hold(3000);
  await film.end();
});

/** A few hundred labelled sentences, every one different. */
function makeComplaints(): string {
  const labels: [string, string][] = [
    ["card lost", "My card is gone since day"],
    ["card blocked", "The machine keeps my card, this is attempt"],
    ["fees", "You took a fee I do not know, line"],
    ["limit", "Please raise my limit to"],
  ];
  const rows = labels.flatMap(([label, text]) => Array.from({ length: 60 }, (_, at) => ({ Label: label, Text: `${text} ${at + 1}` })));
  return JSON.stringify(rows, null, 1);
}

/** Frames and how long each stands; equal ones become one. A pointer shows what is clicked. */
class Film {
  readonly #frames: { file: string; delay: number }[] = [];
  #last: Buffer | undefined;
  #pointer = { x: SIZE.width * 0.5, y: SIZE.height * 0.62 };

  private constructor(readonly page: Page) {}

  static async begin(page: Page): Promise<Film> {
    const film = new Film(page);
    await page.evaluate(() => {
      const make = (name: string) => document.createElementNS("http://www.w3.org/2000/svg", name);
      const pointer = make("svg");
      pointer.id = "film-pointer";
      pointer.setAttribute("width", "20");
      pointer.setAttribute("height", "26");
      pointer.setAttribute("aria-hidden", "true");
      const arrow = make("path");
      arrow.setAttribute("d", "M2 2v18l4.6-4.2 3.1 7 3.2-1.4-3.1-6.9 6.2-.4z");
      arrow.setAttribute("fill", "black");
      arrow.setAttribute("stroke", "white");
      arrow.setAttribute("stroke-width", "1.5");
      pointer.append(arrow);
      Object.assign((pointer as unknown as SVGElement).style, { position: "fixed", left: "0", top: "0", zIndex: "99", pointerEvents: "none" });
      document.documentElement.append(pointer);
    });
    await film.#place(film.#pointer);
    return film;
  }

  /** What is on the screen stands for so long. */
  async hold(delay: number): Promise<void> {
    const picture = await this.page.screenshot();
    const last = this.#frames.at(-1);
    if (last !== undefined && this.#last?.equals(picture)) {
      last.delay += delay;
      return;
    }
    this.#last = picture;
    const file = `${String(this.#frames.length).padStart(4, "0")}.png`;
    await writeFile(join(folder, file), picture);
    this.#frames.push({ file, delay });
  }

  /** Takes frames, as long as each really took, until `isOver`. */
  async follow(isOver: () => Promise<boolean>, pauseMs: number): Promise<void> {
    const deadline = Date.now() + 60_000;
    let from = Date.now();
    while (!(await isOver())) {
      if (Date.now() > deadline) throw new Error("what the film waits for does not come");
      await this.page.waitForTimeout(pauseMs);
      const now = Date.now();
      await this.hold(now - from);
      from = now;
    }
  }

  async point(target: Locator): Promise<void> {
    await target.scrollIntoViewIfNeeded();
    const box = await target.boundingBox();
    if (box === null) throw new Error("what the film points at is not there");
    const [from, to] = [this.#pointer, { x: box.x + Math.min(box.width * 0.6, 160), y: box.y + box.height * 0.6 }];
    for (const share of [0.3, 0.7, 1]) {
      await this.#place({ x: from.x + (to.x - from.x) * share, y: from.y + (to.y - from.y) * share });
      await this.hold(80);
    }
    await this.hold(150);
  }

  async click(target: Locator): Promise<void> {
    await this.point(target);
    await target.click();
  }

  async type(field: Locator, text: string): Promise<void> {
    await this.click(field);
    for (const part of text.match(/.{1,3}/g) ?? []) {
      await field.pressSequentially(part);
      await this.hold(110);
    }
  }

  /** Writes down how long every frame stands. */
  async end(): Promise<void> {
    await writeFile(join(folder, "film.json"), JSON.stringify(this.#frames, null, 1));
  }

  async #place(to: { x: number; y: number }): Promise<void> {
    this.#pointer = to;
    await this.page.evaluate(({ x, y }) => {
      const pointer = document.getElementById("film-pointer");
      if (pointer !== null) pointer.style.transform = `translate(${Math.round(x)}px, ${Math.round(y)}px)`;
    }, to);
  }
}
