/** How a JWT begins: the base64url of `{"`, up to the first dot, and more behind it. */
const JWT = /eyJ[\w-]{6,}\.[\w-]{6,}/;

/** Whether an argument has a token in it. */
export function hasToken(argument: string): boolean {
  return JWT.test(argument);
}

/** Why a token that was written on the command line is refused. Never repeats it. */
export const LITERAL_TOKEN =
  'A token was written on the command line, where other users of the machine see it and the shell keeps it in its history. Pipe it in and write --token -, or write --token-file <file> or --token env:NAME. If the token is still in force, revoke it.';
