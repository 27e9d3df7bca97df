/** Encodes a part of a token: a string as it is, anything else as JSON. */
export const base64url = (value: unknown): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
