const SECONDS = new Map([
  ['s', 1],
  ['m', 60],
  ['h', 3600],
  ['d', 86_400],
]);

/** Converts a duration such as 90m, 24h or 30d to seconds; returns `undefined` for anything else. */
export function durationSeconds(value: string): number | undefined {
  const [, count, unit = ''] = /^(\d{1,9})([smhd])$/.exec(value) ?? [];
  const length = SECONDS.get(unit);
  return length === undefined ? undefined : Number(count) * length;
}
