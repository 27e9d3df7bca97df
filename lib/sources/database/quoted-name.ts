/** Whether a value can be the name of something in a database: not empty, of one line, no longer than it keeps. */
export function isSqlName(value: unknown, maxLength: number): value is string {
  return typeof value === 'string' && value !== '' && value.length <= maxLength && !/\p{Cc}/u.test(value);
}

/** A name is data: whatever it holds, the database reads it as a name and nothing else. */
export function quotedName(name: string, quote: '"' | '`'): string {
  return `${quote}${name.replaceAll(quote, quote + quote)}${quote}`;
}
