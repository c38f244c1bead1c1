// Numbers as the report writes them: medians with their spread, and units.

/** The value below which `share` of them lie. */
export function quantile(values: number[], share: number): number {
  if (values.length === 0) throw new Error("nothing was measured");
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!;
}

export const median = (values: number[]) => quantile(values, 0.5);

/** `12 ms (11 to 15)`: the median, the least and the most. */
export function spread(values: number[], write: (value: number) => string): string {
  const all = [median(values), Math.min(...values), Math.max(...values)].map(write);
  const unit = all[0]!.replace(/^[\d.,-]+/, "");
  const least = unit !== "" && all[1]!.endsWith(unit) ? all[1]!.slice(0, -unit.length) : all[1];
  return all[0] === all[1] && all[1] === all[2] ? all[0]! : `${all[0]} (${least} to ${all[2]})`;
}

/** Three digits that mean something, never an exponent. */
export const digits = (value: number) =>
  value.toLocaleString("en", value >= 100 ? { maximumFractionDigits: 0 } : { maximumSignificantDigits: 3 });

export const kib = (bytes: number) => `${(bytes / 1024).toFixed(1)} KiB`;
export const mib = (bytes: number) => `${digits(bytes / 2 ** 20)} MiB`;
export const ms = (value: number) => `${digits(value)} ms`;
export const seconds = (value: number) => `${digits(value)} s`;
export const times = (value: number) => `${digits(value)} x`;
export const megabytesPerSecond = (value: number) => `${digits(value)} MB/s`;
export const percentOf = (value: number, whole: number) => `${digits((100 * value) / whole)} %`;
