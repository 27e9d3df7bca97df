/** Matches the start of a JWT: the base64url of `{"`, up to the first dot, and part of the payload. */
const JWT = /eyJ[\w-]{6,}\.[\w-]{6,}/;

/** Returns true if an argument contains a token. */
export function hasToken(argument: string): boolean {
  return JWT.test(argument);
}

/** Error for a token on the command line. It does not repeat the token. */
export const LITERAL_TOKEN =
  'A token was written on the command line, where other users of the machine can see it and the shell stores it in its history. Pipe it in and write --token -, or write --token-file <file> or --token env:NAME. If the token has not expired, revoke it.';
