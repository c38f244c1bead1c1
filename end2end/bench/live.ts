// How long a change at the vendor takes to a screen.
import type { Page } from "@playwright/test";
import { makeTrainingId } from "../fixtures/api.ts";
import { expect, open } from "../fixtures/test.ts";
import type { Trainyard } from "../fixtures/trainyard.ts";
import { toMs } from "./gigabyte.ts";
import { SCALE } from "./installation.ts";
import { digits, median, ms, quantile, spread } from "./numbers.ts";
import { describe, note, picture, say, table } from "./report.ts";

/** How the fixture runs its servers: our waits times this, and vendor seconds per real second. */
const POLLING_SCALE = 0.02;
const SANDBOX_SPEED = 60;
/** The contract's usual interval between two questions, in milliseconds, as the fixture scales it. */
const INTERVAL_MS = 15_000 * POLLING_SCALE;

const ALONE = SCALE < 1 ? 2 : 6;
const TOGETHER = SCALE < 1 ? 5 : 20;

/** Vendor seconds. Not a multiple of the interval, so that changes fall anywhere between two questions. */
const DURATIONS = { Initialized: 31, PendingTraining: 17, DatasetUploading: 29, DataProcessing: 43, TrainingStarted: 11, Training: 97, Trained: 23, ModelUploading: 37, Publishing: 41 };

/** Until the last of many has been submitted and the list is open. */
const LONG_BEGINNING = { Initialized: 600 };

/** The first of the vendor's words of each stage. Publishing begins when it is asked for, so what follows has no moment of its own. */
const BEGINS: [stage: string, word: string][] = [
  ["preparing", "DatasetUploading"],
  ["training", "TrainingStarted"],
  ["saving", "Trained"],
  ["publishing", "Publishing"],
];

interface Change {
  /** From the change at the vendor to our having its answer; absent where the vendor's moment is not known. */
  waitMs?: number;
  /** From having the answer to the change in the page. */
  shownMs: number;
}

interface Seen {
  id: string;
  stage: string;
  at: number;
}

export async function measureDelays(page: Page, trainyard: Trainyard): Promise<void> {
  const alone: Change[] = [];
  for (let run = 0; run < ALONE; run += 1) {
    const modelId = `alone-${run}`;
    await trainyard.sandbox.setPlan(modelId, { durations: DURATIONS });
    const { id } = await trainyard.api.submit(modelId);
    await open(page, `/trainings/${id}`);
    await page.evaluate(watchStages, id);
    await trainyard.api.waitForStage(id, ["ready"], 120_000);
    await expect(page.locator("[aria-current=step].stage-ready")).toBeVisible();
    alone.push(...(await matchChanges(trainyard, await readSeen(page), new Map([[id, modelId]]))));
    say(`alone, run ${run + 1} of ${ALONE}: ${alone.length} changes so far`);
  }
  const models = new Map<string, string>();
  const dataset = await trainyard.api.upload("together.json", JSON.stringify(Array.from({ length: 8 }, (_, at) => ({ Label: `label-${at % 2}`, Text: `Sentence ${at}` }))));
  for (let run = 0; run < TOGETHER; run += 1) {
    const modelId = `together-${run}`;
    await trainyard.sandbox.setPlan(modelId, { durations: { ...DURATIONS, ...LONG_BEGINNING } });
    const id = makeTrainingId();
    const request = { kind: "sestek.classification", model_id: modelId, product_name: "Trainyard", language: "tr-TR", dataset };
    await trainyard.api.need("POST", "/trainings", { id, connection: "acme", name: null, request });
    models.set(id, modelId);
  }
  // The list shows what stood there when it was opened; so it is opened while all of them wait.
  await open(page, "/trainings");
  await page.evaluate(watchStages, null);
  for (const id of models.keys()) await trainyard.api.waitForStage(id, ["ready"], 180_000);
  for (const id of models.keys()) {
    await expect(page.locator(`.training-row:has(a.name[href$="${id}"]) .standing.stage-ready`)).toBeVisible();
  }
  const together = await matchChanges(trainyard, await readSeen(page), models);
  say(`together: ${together.length} changes`);
  report(alone, together);
}

/** Notes every new stage on the screen: of one training's page, or of the list's rows. Runs in the page. */
function watchStages(only: string | null): void {
  const seen: Seen[] = [];
  Object.assign(window, { seen });
  const last = new Map<string, string>();
  const look = () => {
    const places = only === null ? document.querySelectorAll(".training-row") : document.querySelectorAll("ol.ladder [aria-current=step]");
    for (const place of places) {
      const id = only ?? place.querySelector("a.name")?.getAttribute("href")?.split("/").at(-1) ?? "";
      const stage = (only === null ? place.querySelector(".standing") : place)?.getAttribute("class")?.match(/\bstage-(\w+)/)?.[1];
      if (stage === undefined || last.get(id) === stage) continue;
      last.set(id, stage);
      seen.push({ id, stage, at: Date.now() });
    }
  };
  look();
  new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
}

const readSeen = (page: Page) => page.evaluate(() => (window as unknown as { seen: Seen[] }).seen);

/** Sets what the screen showed beside what the events and the fake vendor say. */
async function matchChanges({ api, sandbox }: Trainyard, seen: Seen[], models: Map<string, string>): Promise<Change[]> {
  const changes: Change[] = [];
  for (const [id, modelId] of models) {
    const { items } = await api.need("GET", `/trainings/${id}/events?limit=200`);
    const [run] = await sandbox.listRuns(modelId);
    const durations = models.size > 1 ? { ...DURATIONS, ...LONG_BEGINNING } : DURATIONS;
    // The first sight of a row is the page's, not a change.
    for (const { stage, at } of seen.filter((one) => one.id === id).slice(1)) {
      const event = items.find((item: any) => item.kind === "stage_changed" && item.after.stage === stage);
      if (event === undefined) continue;
      const answeredAt = toMs(event.at_latest);
      const began = vendorMoment(Number(run?.created_at_ms), durations, stage);
      changes.push({ shownMs: at - answeredAt, ...(began === undefined ? {} : { waitMs: answeredAt - began }) });
    }
  }
  return changes;
}

/** When the fake vendor came to a stage: its timeline is fixed from the moment of the request on. */
function vendorMoment(createdMs: number, durations: typeof DURATIONS, stage: string): number | undefined {
  const word = BEGINS.find(([of]) => of === stage)?.[1];
  if (word === undefined || Number.isNaN(createdMs)) return undefined;
  const names = Object.keys(durations) as (keyof typeof DURATIONS)[];
  const before = names.slice(0, names.indexOf(word as keyof typeof DURATIONS));
  return createdMs + (before.reduce((sum, name) => sum + durations[name], 0) / SANDBOX_SPEED) * 1000;
}

function report(alone: Change[], together: Change[]): void {
  const part = "From the vendor to the screen";
  const shown = (changes: Change[]) => changes.map((change) => change.shownMs);
  const waits = (changes: Change[]) => changes.flatMap((change) => (change.waitMs === undefined ? [] : [change.waitMs]));
  const row = (name: string, values: number[]) => [name, String(values.length), ...[0, 0.5, 0.9].map((share) => ms(quantile(values, share))), ms(Math.max(...values))];
  const line = (name: string, values: number[]) => {
    const sorted = [...values].sort((a, b) => a - b);
    return { name, points: [{ x: sorted[0]!, y: 0 }, ...sorted.map((value, at) => ({ x: value, y: (100 * (at + 1)) / sorted.length }))] };
  };
  const groups: [string, number[]][] = [
    ["one training, its page: answer to screen", shown(alone)],
    [`${TOGETHER} trainings, the list: answer to screen`, shown(together)],
    ["one training: change to answer", waits(alone)],
    [`${TOGETHER} trainings: change to answer`, waits(together)],
  ];
  describe(
    part,
    `Two waits follow each other. *Change to answer*: from the moment the vendor changes until we have its answer; this is the interval between two questions, which the vendor's contract sets, not our speed. *Answer to screen*: from having the answer to the changed page, through the store, the live stream and the page's code; this part is ours.`,
    `The intervals are a fiftieth of the contract's here (\`polling.scale = ${POLLING_SCALE}\`): ${ms(INTERVAL_MS)} instead of 15 s. So ${TOGETHER} trainings are as many questions as ${TOGETHER / POLLING_SCALE} trainings on any other day. With the real intervals the first wait is up to fifty times as long; the second stays.`,
    table(["wait", "changes", "least", "p50", "p90", "most"], ...groups.map(([name, values]) => row(name, values))),
    picture("delays", {
      title: "Share of changes that have arrived after so many milliseconds",
      x: { title: "milliseconds", log: true, write: digits },
      y: { title: "changes, %", write: digits, most: 100 },
      steps: true,
      lines: [
        line("one: answer to screen", shown(alone)),
        line(`${TOGETHER}: answer to screen`, shown(together)),
        line("one: change to answer", waits(alone)),
        line(`${TOGETHER}: change to answer`, waits(together)),
      ],
    }),
    "The moment of a change at the vendor is computed from the fake vendor's timetable, which is fixed when a training begins. The screen's moment is that of the changed document, before it is painted.",
  );
  const [one, many] = [median(shown(alone)), median(shown(together))];
  note(part, {
    what: "the vendor's answer to the screen, one training",
    measured: `p50 ${ms(one)}, p90 ${ms(quantile(shown(alone), 0.9))}, most ${ms(Math.max(...shown(alone)))}`,
    proportion: `p50 is ${digits((100 * one) / INTERVAL_MS)} % of the interval between two questions here, ${digits((100 * one) / 15_000)} % of the real one of 15 s; ${alone.length} changes`,
  });
  note(part, {
    what: `the same, ${TOGETHER} trainings at once on the list`,
    measured: `p50 ${ms(many)}, p90 ${ms(quantile(shown(together), 0.9))}, most ${ms(Math.max(...shown(together)))}`,
    proportion: `${digits(many / one)} x that of one; ${together.length} changes`,
  });
  note(part, {
    what: "the vendor's change to its answer, one training",
    measured: spread(waits(alone), ms),
    proportion: `${digits(median(waits(alone)) / INTERVAL_MS)} x the interval of ${ms(INTERVAL_MS)}; half of it is what chance gives`,
  });
}
