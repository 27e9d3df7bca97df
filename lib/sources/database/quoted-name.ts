/** Whether a value can be a name in a database: a non-empty single line, no longer than the database allows. */
export function isSqlName(value: unknown, maxLength: number): value is string {
  return typeof value === 'string' && value !== '' && value.length <= maxLength && !/\p{Cc}/u.test(value);
}

/** Quotes a name, so that the database reads it as a name whatever it contains. */
export function quotedName(name: string, quote: '"' | '`'): string {
  return `${quote}${name.replaceAll(quote, quote + quote)}${quote}`;
}
