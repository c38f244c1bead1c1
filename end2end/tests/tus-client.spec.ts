// Uploads by a stock tus client, as any script would make them: cut, resumed, and the server killed under them.
// No page is opened, so nobody signs in.
import { createHash, randomBytes } from "node:crypto";
import { expect, test } from "@playwright/test";
import { Upload, type UploadOptions } from "tus-js-client";
import { BreakingLine } from "../fixtures/line.ts";
import { Trainyard } from "../fixtures/trainyard.ts";

const SIZE = 24_000_000;
const file = randomBytes(SIZE);
const sha256 = createHash("sha256").update(file).digest("hex");

interface Ended {
  /** `Trainyard-Dataset` of the last answer. */
  dataset: string | undefined;
  /** Offsets from which chunks were sent. */
  offsets: number[];
  /** Bytes that the server had acknowledged and that were sent again all the same. */
  repeated: number;
}

/** Runs an upload to its end, whatever the client has to do for it. */
function runUpload(trainyard: Trainyard, more: UploadOptions, watch?: (upload: Upload, sent: number) => void): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const ended: Ended = { dataset: undefined, offsets: [], repeated: 0 };
    let acknowledged = 0;
    const upload: Upload = new Upload(file, {
      endpoint: `${trainyard.url}/api/v1/uploads`,
      headers: { authorization: `Bearer ${trainyard.api.token}` },
      metadata: { filename: "Gespräche.json" },
      onBeforeRequest: (request) => {
        if (request.getMethod() !== "PATCH") return;
        const offset = Number(request.getHeader("Upload-Offset"));
        ended.offsets.push(offset);
        ended.repeated = Math.max(ended.repeated, acknowledged - offset);
      },
      onAfterResponse: (_, response) => {
        ended.dataset = response.getHeader("Trainyard-Dataset") ?? ended.dataset;
      },
      onChunkComplete: (_, accepted) => {
        acknowledged = accepted;
      },
      onProgress: (sent) => watch?.(upload, sent),
      onError: reject,
      onSuccess: () => resolve(ended),
      ...more,
    });
    upload.start();
  });
}

/** Runs an upload over a line that breaks once `part` of the file has gone through it. Returns the upload's address. */
async function cutUpload(trainyard: Trainyard, part: number): Promise<string> {
  const line = await BreakingLine.open(trainyard.url, SIZE * part);
  let begun: Upload | undefined;
  const endpoint = `${line.url}/api/v1/uploads`;
  const cut = runUpload(trainyard, { endpoint, retryDelays: null }, (upload) => (begun = upload));
  await expect(cut, "the line broke").rejects.toThrow();
  await line.close();
  return trainyard.url + new URL(begun!.url!).pathname;
}

let trainyard: Trainyard;

test.beforeAll(async () => {
  trainyard = await Trainyard.start();
});

test.afterAll(async () => {
  await trainyard?.remove();
});

test("an upload cut at 40 % goes on from there and becomes the same file", async () => {
  const uploadUrl = await cutUpload(trainyard, 0.4);
  const { dataset, offsets } = await runUpload(trainyard, { uploadUrl });
  expect(dataset).toBe(sha256);
  expect(offsets[0]!, "what came before the cut was kept").toBeGreaterThan(SIZE * 0.39);
  const known = await trainyard.api.need("GET", `/datasets/${sha256}`);
  expect(known).toMatchObject({ name: "Gespräche.json", size_bytes: SIZE, owner: "ada" });
});

test("chunks with their creation arrive as the same file", async () => {
  const { dataset } = await runUpload(trainyard, { chunkSize: 5_000_000, uploadDataDuringCreation: true });
  expect(dataset).toBe(sha256);
});

test("an ended upload is gone", async () => {
  const uploadUrl = await cutUpload(trainyard, 0.4);
  await Upload.terminate(uploadUrl, { headers: { authorization: `Bearer ${trainyard.api.token}` } });
  const headers = { authorization: `Bearer ${trainyard.api.token}`, "tus-resumable": "1.0.0" };
  expect((await fetch(uploadUrl, { method: "HEAD", headers })).status).toBe(404);
});

test("a client goes on by itself after the server was killed", async () => {
  let restarted: Promise<void> | undefined;
  const retryDelays = Array.from({ length: 60 }, () => 500);
  const { dataset, offsets, repeated } = await runUpload(trainyard, { retryDelays, chunkSize: 4_000_000 }, (_, sent) => {
    if (sent > SIZE / 2) restarted ??= trainyard.server.stop("SIGKILL").then(() => trainyard.server.start());
  });
  await restarted;
  expect(dataset).toBe(sha256);
  expect(offsets.length, "it had to begin a chunk again").toBeGreaterThan(SIZE / 4_000_000);
  expect(repeated, "what was acknowledged is on disk").toBe(0);
});
