// Data files as large as one likes, with rows as a call centre has them: 20 to 120 characters, no two alike.
import { closeSync, openSync, writeSync } from "node:fs";

const ROWS_AT_ONCE = 8_192;
/** The digits that make a block's rows unlike those of every other block. */
const DIGITS = 7;
const WORDS = "fatura müşteri numarası geçen ay neden bu kadar yüksek geldi paketimi iptal etmek istiyorum lütfen bağlantı hızı çok düşük ne zaman düzelir where is my order please".split(" ");

/** Writes a JSON array of about `bytes`, `between` its rows; `mark` makes it a file of its own. Returns its size and rows. */
export function writeDataFile(path: string, bytes: number, mark: string, between = ",\n"): { size: number; rows: number } {
  const pieces: Buffer[] = [];
  const places: number[] = [];
  const ends: number[] = [];
  let length = 0;
  for (let at = 0; at < ROWS_AT_ONCE; at += 1) {
    const words = Array.from({ length: 1 + ((at * 7) % 14) }, (_, word) => WORDS[(at * 13 + word * 5) % WORDS.length]).join(" ");
    const begin = Buffer.from(`{"Label":"label-${at % 40}","Text":"${words} ${at} `);
    const end = Buffer.from(`${"0".repeat(DIGITS)}"}${between}`);
    places.push(length + begin.length);
    length += begin.length + end.length;
    ends.push(length);
    pieces.push(begin, end);
  }
  const block = Buffer.concat(pieces);
  const file = openSync(path, "w", 0o600);
  try {
    let [size, rows] = [writeSync(file, "["), 0];
    for (let number = 0; size < bytes; number += 1) {
      const digits = String(number).padStart(DIGITS, "0");
      for (const place of places) block.write(digits, place, "latin1");
      const enough = size + block.length < bytes ? -1 : ends.findIndex((end) => size + end >= bytes);
      size += writeSync(file, block, 0, enough < 0 ? block.length : ends[enough]!);
      rows += enough < 0 ? ROWS_AT_ONCE : enough + 1;
    }
    size += writeSync(file, `{"Label":"label-0","Text":${JSON.stringify(mark)}}]`);
    return { size, rows: rows + 1 };
  } finally {
    closeSync(file);
  }
}
