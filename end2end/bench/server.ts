// What the server does for a page and for a query, on small and large boards.
import { join } from "node:path";
import { QUICK_WALK } from "../fixtures/sandbox.ts";
import type { Training } from "../fixtures/api.ts";
import type { Trainyard } from "../fixtures/trainyard.ts";
import { ROUNDS, SCALE } from "./installation.ts";
import { type Load, type Target, compareLoads, ratios } from "./load.ts";
import { readCpuSeconds, readMemory } from "./machine.ts";
import { digits, kib, median, mib, ms, percentOf, spread, times } from "./numbers.ts";
import { describe, note, picture, say, table } from "./report.ts";
import { seedTrainings, seededAge, seededId } from "./seed.ts";

const AT_ONCE = 8;
const SECONDS = 2 * SCALE;
const SIZES = [1_000, 10_000, 100_000];

/** A finished training to make copies of. */
async function finishOne({ api, sandbox }: Trainyard): Promise<Training> {
  await sandbox.setPlan("template", QUICK_WALK);
  const template = await api.submit("template");
  return api.waitForStage(template.id, ["ready"], 120_000);
}

async function growBoard(trainyard: Trainyard, template: Training, count: number): Promise<void> {
  await trainyard.server.stop();
  seedTrainings(join(trainyard.folder, "trainyard.db"), template.id, count);
  await trainyard.server.start();
  say(`${digits(count)} trainings on the board`);
}

export async function measurePages(trainyard: Trainyard): Promise<void> {
  const { api, server } = trainyard;
  const template = await finishOne(trainyard);
  await growBoard(trainyard, template, SIZES[0]!);
  const headers = { authorization: `Bearer ${api.token}` };
  const compressed = { ...headers, "accept-encoding": "br" };
  const style = (await (await fetch(`${api.url}/trainings`, { headers })).text()).match(/href="(\/pkg\/[^"]+\.css)"/)?.[1];
  if (style === undefined) throw new Error("the list page names no style sheet");
  const file: Target = { name: "a static file", url: api.url + style, headers: { "accept-encoding": "br" } };
  const targets: Target[] = [
    file,
    { name: "the list, 50 rows", url: `${api.url}/trainings`, headers },
    { name: "the list, 50 rows, brotli", url: `${api.url}/trainings`, headers: compressed },
    { name: "Now, 10 ended, brotli", url: `${api.url}/`, headers: compressed },
    { name: "a training, brotli", url: `${api.url}/trainings/${template.id}`, headers: compressed },
    { name: "the list as JSON", url: `${api.url}/api/v1/trainings`, headers },
  ];
  const loads = await compareLoads(server.pid, targets, { atOnce: AT_ONCE, seconds: SECONDS, rounds: ROUNDS });
  const floor = loads.get(file.name)!;
  const costOf = (of: Load[]) => ratios(floor, of, (load) => load.perCoreSecond);
  describe(
    "Pages from the server",
    `${AT_ONCE} connections ask for the same thing for ${SECONDS} s, ${ROUNDS} rounds, each thing in turn; the store holds ${digits(SIZES[0]!)} trainings. *Per second per core* is requests over the processor time of the server's process, so it does not depend on how quick the asking program is. Each page is rendered anew for each request, with its queries.`,
    table(
      ["what", "per second per core", "costs as much as static files", "p50", "p99", "body"],
      ...targets.map(({ name }) => {
        const of = loads.get(name)!;
        const row = [name, spread(of.map((load) => load.perCoreSecond), digits), name === file.name ? "1, the floor" : spread(costOf(of), digits), ...latencies(of), kib(of[0]!.bytes)];
        say(row.join("; "));
        return row;
      }),
    ),
    `The static file is the style sheet, compressed beforehand and sent by the same program. p50 and p99 are waits with ${AT_ONCE} in line, on a machine the asking program shares. The rows are copies that differ in name and time, so they compress better than real ones would.`,
  );
  const list = loads.get(targets[1]!.name)!;
  note("Pages from the server", {
    what: "the list page, 50 rows",
    measured: `${spread(list.map((load) => load.perCoreSecond), digits)} per second per core`,
    proportion: `one costs as much as ${spread(costOf(list), digits)} static files`,
  });
  const brotli = loads.get(targets[2]!.name)!;
  note("Pages from the server", {
    what: "the same, compressed for the browser",
    measured: `${spread(brotli.map((load) => load.perCoreSecond), digits)} per second per core, ${kib(brotli[0]!.bytes)} instead of ${kib(list[0]!.bytes)}`,
    proportion: `${spread(ratios(list, brotli, (load) => load.perCoreSecond), times)} the processor time of the page that is not`,
  });
}

const latencies = (of: Load[]) => [spread(of.map((load) => load.p50Ms), ms), spread(of.map((load) => load.p99Ms), ms)];

interface Query {
  name: string;
  query: (count: number, template: Training) => string;
}

const QUERIES: Query[] = [
  { name: "first page", query: () => "" },
  { name: "a page in the middle", query: (count, template) => `?after=${createdMs(template) - seededAge(count / 2)}.${seededId(count / 2)}` },
  { name: "one stage", query: () => "?stage=ready" },
  { name: "one person", query: () => "?owner=ada" },
  { name: "two words", query: () => "?q=number%2077" },
  { name: "a word nobody wrote", query: () => "?q=nothing-is-called-this" },
];

function createdMs(training: Training): number {
  const at = training.created_at;
  return typeof at === "number" ? at : Date.parse(String(at));
}

export async function measureQueries(trainyard: Trainyard): Promise<void> {
  const { api, server } = trainyard;
  const template = await finishOne(trainyard);
  const found = new Map<number, Map<string, Load[]>>();
  const floorName = "an empty request";
  const rounds = Math.min(ROUNDS, 3);
  for (const count of SIZES) {
    await growBoard(trainyard, template, count);
    const headers = { authorization: `Bearer ${api.token}` };
    const targets: Target[] = [
      { name: floorName, url: `${api.url}/livez`, headers: {} },
      ...QUERIES.map(({ name, query }) => ({ name, url: `${api.url}/api/v1/trainings${query(count, template)}`, headers })),
    ];
    const loads = await compareLoads(server.pid, targets, { atOnce: 1, seconds: SECONDS / 2, rounds });
    found.set(count, loads);
    for (const [name, of] of loads) say(`${digits(count)}, ${name}: ${latencies(of).join("; ")}`);
  }
  await describeIdle(trainyard);
  const waits = (count: number, name: string) => found.get(count)!.get(name)!.map((load) => load.p50Ms);
  const [smallest, largest] = [SIZES[0]!, SIZES.at(-1)!];
  const growth = (name: string) => median(waits(largest, name)) / median(waits(smallest, name));
  describe(
    "The list's query",
    `GET /api/v1/trainings on an SQLite store: 50 trainings with their data files, and the counts by stage. One request at a time; the median wait of each round, ${rounds} rounds of ${SECONDS / 2} s. The trainings are copies of one that is ready, with names and times of their own; their events, which this query does not read, were not copied. \`/livez\` is the floor: it answers without touching the store.`,
    table(
      ["what", ...SIZES.map((size) => `${digits(size)} trainings`), `${digits(largest)} to ${digits(smallest)}`, `to the floor, ${digits(largest)}`],
      ...[...QUERIES.map((query) => query.name), floorName].map((name) => [
        name,
        ...SIZES.map((size) => spread(waits(size, name), ms)),
        times(growth(name)),
        name === floorName ? "1, the floor" : times(median(waits(largest, name)) / median(waits(largest, floorName))),
      ]),
    ),
    picture("list-query", {
      title: "Wait for the list's query over the size of the board (median)",
      x: { title: "trainings in the store", log: true, write: digits },
      y: { title: "milliseconds", log: true, write: digits },
      dots: true,
      lines: QUERIES.map(({ name }) => ({ name, points: SIZES.map((size) => ({ x: size, y: median(waits(size, name)) })) })),
    }),
  );
  note("The list's query", {
    what: `first page of the list, ${digits(largest)} trainings`,
    measured: spread(waits(largest, "first page"), ms),
    proportion: `${times(growth("first page"))} that of ${digits(smallest)}, which is ${ms(median(waits(smallest, "first page")))}`,
  });
  const slowest = QUERIES.map(({ name }) => name).sort((a, b) => median(waits(largest, b)) - median(waits(largest, a)))[0]!;
  note("The list's query", {
    what: `the slowest filter, "${slowest}", ${digits(largest)} trainings`,
    measured: spread(waits(largest, slowest), ms),
    proportion: `${times(growth(slowest))} that of ${digits(smallest)}, which is ${ms(median(waits(smallest, slowest)))}`,
  });
}

/** What the server uses while nobody asks, with the largest board. */
async function describeIdle({ server }: Trainyard): Promise<void> {
  const forSeconds = 10 * SCALE;
  // Started anew, so that what the queries left in memory does not count.
  await server.stop();
  await server.start();
  await new Promise((done) => setTimeout(done, 2_000));
  const before = readCpuSeconds(server.pid);
  await new Promise((done) => setTimeout(done, forSeconds * 1000));
  const share = (readCpuSeconds(server.pid) - before) / forSeconds;
  const memory = readMemory(server.pid, "VmRSS");
  note("The list's query", {
    what: `the server when idle, ${digits(SIZES.at(-1)!)} trainings`,
    measured: `${share > 0 ? percentOf(share, 1) : `under ${percentOf(0.01 / forSeconds, 1)}`} of a core, ${mib(memory)}`,
    proportion: `goal: under 1 %; ${percentOf(memory, 60 * 2 ** 20)} of the goal of 60 MiB; over ${forSeconds} s, freshly started, nothing running, its waits scaled to a fiftieth`,
    holds: share <= 0.01 && memory <= 60 * 2 ** 20,
  });
}
