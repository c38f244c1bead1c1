// A large data file: up to the server, checked there, and on to the vendor. What it costs in time and memory.
import { createHash } from "node:crypto";
import { once } from "node:events";
import { closeSync, createReadStream, fdatasyncSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { type IncomingMessage, createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { Trainyard } from "../fixtures/trainyard.ts";
import { writeDataFile } from "./data-file.ts";
import { SCALE } from "./installation.ts";
import { readCpuSeconds, readMemory, resetPeak, watchMemory } from "./machine.ts";
import { digits, median, megabytesPerSecond, mib, spread, times } from "./numbers.ts";
import { describe, note, picture, say, table } from "./report.ts";

const BYTES = 1_000_000_000 * SCALE;
const ROUNDS = SCALE < 1 ? 2 : 3;
const MEMORY_GOAL = 64 * 2 ** 20;
const SPEED_GOAL = 100e6;
const BLOCK = 2 ** 20;

/** What one step of one round cost. */
interface Cost {
  seconds: number;
  /** Processor seconds of the server. */
  cpu: number;
  /** The server's memory at its highest, above what it was when the step began. */
  peak: number;
}

const STEPS = ["upload", "check", "to the vendor"] as const;
type Step = (typeof STEPS)[number];
const FLOORS = ["hash, write, flush", "send to nobody"] as const;
type Floor = (typeof FLOORS)[number];

export async function measureGigabyte(trainyard: Trainyard): Promise<void> {
  const { api, server, folder } = trainyard;
  const costs: Record<Step, Cost[]> = { upload: [], check: [], "to the vendor": [] };
  const floors: Record<Floor, number[]> = { "hash, write, flush": [], "send to nobody": [] };
  let memory: { atMs: number; bytes: number }[] = [];
  const marks: { x: number; name: string }[] = [];
  const path = join(folder, "large.json");
  let size = 0;
  // A small one first: connections, pools and allocator are then as they are on any day.
  await api.submit("warm-up");
  const began = readMemory(server.pid, "VmRSS");
  for (let round = 0; round < ROUNDS; round += 1) {
    const file = writeDataFile(path, BYTES, `round ${round}`);
    size = file.size;
    floors["hash, write, flush"].push(hashAndWrite(path, join(folder, "copy.json")));
    floors["send to nobody"].push(await sendToNobody(path));
    const watch = watchMemory(server.pid);
    const start = performance.now();
    const measure = async <T>(step: Step, run: () => Promise<T>): Promise<T> => {
      if (round === 0) marks.push({ x: (performance.now() - start) / 1000, name: step });
      const [result, cost] = await costOf(server.pid, run);
      costs[step].push(cost);
      say(`round ${round + 1}, ${step}: ${megabytesPerSecond(size / cost.seconds / 1e6)}, ${digits(cost.cpu)} s of processor, peak ${mib(cost.peak)} above the start`);
      return result;
    };
    try {
      const dataset = await measure("upload", () => upload(api, path, size));
      const report = await measure("check", () => api.need("POST", `/datasets/${dataset}/check`, { kind: "sestek.classification" }));
      if (report.records !== file.rows) throw new Error(`the check read ${report.records} of ${file.rows} rows: ${JSON.stringify(report.findings)}`);
      const sent = await measure("to the vendor", () => sendToVendor(trainyard, dataset, size, `large-${round}`));
      // The step also waits for our asking; the sending itself stands in the events.
      costs["to the vendor"].at(-1)!.seconds = sent;
    } finally {
      const points = watch.stop();
      if (round === 0) memory = points;
    }
    rmSync(path);
  }
  report({ size, began, costs, floors, memory, marks });
}

async function costOf<T>(pid: number, run: () => Promise<T>): Promise<[T, Cost]> {
  const before = resetPeak(pid);
  const cpu = readCpuSeconds(pid);
  const began = performance.now();
  const result = await run();
  const seconds = (performance.now() - began) / 1000;
  return [result, { seconds, cpu: readCpuSeconds(pid) - cpu, peak: readMemory(pid, "VmHWM") - before }];
}

/** The work no upload can do without: read once, hash, write, flush. Returns seconds. */
function hashAndWrite(from: string, to: string): number {
  const began = performance.now();
  const [source, target] = [openSync(from, "r"), openSync(to, "w", 0o600)];
  const hash = createHash("sha256");
  const block = Buffer.alloc(BLOCK);
  for (let length = readSync(source, block); length > 0; length = readSync(source, block)) {
    const part = block.subarray(0, length);
    hash.update(part);
    writeSync(target, part);
  }
  hash.digest();
  fdatasyncSync(target);
  const took = (performance.now() - began) / 1000;
  closeSync(source);
  closeSync(target);
  rmSync(to);
  return took;
}

/** Sends a file over HTTP and waits for the answer. */
async function send(path: string, url: string, method: string, headers: Record<string, string>): Promise<IncomingMessage> {
  const outgoing = request(url, { method, headers });
  const answered = once(outgoing, "response") as Promise<[IncomingMessage]>;
  await pipeline(createReadStream(path, { highWaterMark: BLOCK }), outgoing);
  const [answer] = await answered;
  answer.resume();
  return answer;
}

/** The same sender, to a server in this process that throws the bytes away. Returns seconds. */
async function sendToNobody(path: string): Promise<number> {
  const sink = createServer((incoming, answer) => incoming.on("data", () => {}).on("end", () => answer.end()));
  sink.listen(0, "127.0.0.1");
  await once(sink, "listening");
  const began = performance.now();
  await send(path, `http://127.0.0.1:${(sink.address() as AddressInfo).port}/`, "POST", {});
  const took = (performance.now() - began) / 1000;
  sink.closeAllConnections();
  sink.close();
  return took;
}

async function upload(api: Trainyard["api"], path: string, size: number): Promise<string> {
  const answer = await send(path, `${api.url}/api/v1/uploads`, "POST", {
    authorization: `Bearer ${api.token}`,
    "tus-resumable": "1.0.0",
    "upload-length": String(size),
    "content-length": String(size),
    "upload-metadata": `filename ${Buffer.from("large.json").toString("base64")}`,
    "content-type": "application/offset+octet-stream",
  });
  const dataset = answer.headers["trainyard-dataset"];
  if (answer.statusCode !== 201 || typeof dataset !== "string") throw new Error(`the upload answered ${answer.statusCode}`);
  return dataset;
}

/** Submits and waits until the vendor took it. Returns the seconds from the request's first byte to the vendor's answer. */
async function sendToVendor({ api, sandbox }: Trainyard, dataset: string, size: number, modelId: string): Promise<number> {
  const training = await api.submit(modelId, { changes: { dataset } });
  await api.waitForStage(training.id, ["queued", "preparing", "training", "saving", "publishing", "ready"], 300_000);
  const { items } = await api.need("GET", `/trainings/${training.id}/events?limit=200`);
  const accepted = items.find((item: any) => item.kind === "accepted");
  if (accepted === undefined) throw new Error(`no event says that the vendor took ${modelId}`);
  const { requests } = await sandbox.readLog();
  const arrived = Math.max(...requests.map((one) => Number(one.content_length ?? 0)));
  if (arrived < size) throw new Error(`the vendor was sent ${arrived} bytes at most, not ${size}`);
  return (toMs(accepted.at_latest) - toMs(accepted.at_earliest)) / 1000;
}

/** A moment of the API in milliseconds since 1970. */
export const toMs = (moment: unknown) => (typeof moment === "number" ? moment : Date.parse(String(moment)));

interface Measured {
  size: number;
  /** The server's memory before the first large file. */
  began: number;
  costs: Record<Step, Cost[]>;
  floors: Record<Floor, number[]>;
  memory: { atMs: number; bytes: number }[];
  marks: { x: number; name: string }[];
}

function report({ size, began, costs, floors, memory, marks }: Measured): void {
  const part = "A gigabyte through the server";
  const speed = (took: number[]) => spread(took.map((one) => size / one / 1e6), megabytesPerSecond);
  const floor = floors["hash, write, flush"];
  const toFloor = (took: number[]) => spread(took.map((one, round) => one / floor[round]!), times);
  const took = (step: Step) => costs[step].map((cost) => cost.seconds);
  const peaks = (step: Step) => costs[step].map((cost) => cost.peak);
  const perGigabyte = (step: Step) => spread(costs[step].map((cost) => (cost.cpu / size) * 1e9), (value) => `${digits(value)} s`);
  describe(
    part,
    `One data file of ${digits(size / 1e6)} MB, a JSON array with rows of about 100 bytes, no two alike, ${ROUNDS} rounds, a file of its own each. It goes up in one tus request, is checked by the rules of a text classification, and is submitted to the fake vendor, which reads all of it. Memory is the highest \`VmHWM\` of the server's process during the step, above what it used when the step began.`,
    table(
      ["step", "throughput", "time to the floor's", "server's processor time per GB", "peak memory above the start"],
      ...STEPS.map((step) => [step, speed(took(step)), toFloor(took(step)), perGigabyte(step), spread(peaks(step), mib)]),
      ["floor: hash, write, flush", speed(floor), "1, the floor", "", ""],
      ["floor: send to nobody", speed(floors["send to nobody"]), toFloor(floors["send to nobody"]), "", ""],
    ),
    "*Hash, write, flush* reads the same file, hashes it with SHA-256, writes it to the same disk and flushes it, in one thread of Node.js: what any program must do that keeps a file by its hash. *Send to nobody* is the sender of the upload with a receiver that throws the bytes away: about as quick as an upload of this bench can be. *To the vendor* is from the first byte of our request to the vendor's answer.",
    picture("gigabyte-memory", {
      title: "Memory of the server while one gigabyte passes through it (first round)",
      x: { title: "seconds", write: digits },
      y: { title: "MiB in use (VmRSS)", write: digits },
      marks,
      lines: [{ name: "VmRSS", points: memory.map((point) => ({ x: point.atMs / 1000, y: point.bytes / 2 ** 20 })) }],
    }),
  );
  const name = `${digits(size / 1e6)} MB`;
  note(part, {
    what: `upload of ${name}`,
    measured: speed(took("upload")),
    proportion: `takes ${toFloor(took("upload"))} as long as hashing, writing and flushing it; goal: 100 MB/s`,
    holds: size / median(took("upload")) >= SPEED_GOAL,
  });
  note(part, { what: `the server's check of ${name}`, measured: speed(took("check")), proportion: `takes ${toFloor(took("check"))} as long as that floor` });
  note(part, { what: `${name} on to the vendor`, measured: speed(took("to the vendor")), proportion: `takes ${toFloor(took("to the vendor"))} as long as that floor` });
  const highest = Math.max(...STEPS.flatMap(peaks));
  note(part, {
    what: "the server's memory meanwhile, at its highest",
    measured: `${mib(highest)} above the start of the step`,
    proportion: `${times(highest / size)} of the file; ${times(highest / began)} of the ${mib(began)} it used before; goal: under 64 MiB`,
    holds: highest <= MEMORY_GOAL,
  });
}
