/** Reads the number of passed tests, of all tests, from the output of Jest or Vitest. */
export function passedIn(printed: string): string {
  const [, jest, total] = /^Tests: +(?:.*, )?(\d+) passed, (\d+) total$/m.exec(printed) ?? [];
  const [, vitest, all] = /^ +Tests +(\d+) passed \((\d+)\)$/m.exec(printed) ?? [];
  return `${jest ?? vitest ?? 'unknown'} of ${total ?? all ?? 'unknown'}`;
}
