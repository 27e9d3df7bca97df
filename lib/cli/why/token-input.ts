import { CliError } from '../cli.error.js';
import { fromEnvironment } from '../input/from-environment.js';
import { LITERAL_TOKEN } from '../input/literal-token.js';
import { nameOf, readText } from '../input/read-text.js';
import type { Terminal } from '../output/terminal.interface.js';

/** The options that say where the token is. */
export interface TokenOptions {
  readonly token?: string;
  readonly tokenFile?: string;
}

/** A token and the scheme in front of it. */
export interface TokenInput {
  readonly token: string;
  readonly scheme: 'bearer' | 'dpop' | undefined;
}

/** Users often copy the name of the header and the scheme together with the token. */
const IN_FRONT = /^(?:authorization:\s*)?(?:(bearer|dpop)(?:\s+|$))?/i;

/** Reads the token without surrounding white space and scheme. @throws CliError; its message never contains the token. */
export async function readToken(options: TokenOptions, terminal: Terminal): Promise<TokenInput> {
  const { text, place } = await tokenText(options, terminal);
  const trimmed = text.trim();
  const [inFront, scheme] = IN_FRONT.exec(trimmed) ?? [''];
  const token = trimmed.slice(inFront.length);
  if (token === '') throw new CliError(`There is no token in ${place}: it is empty.`);
  return { token, scheme: scheme?.toLowerCase() as TokenInput['scheme'] };
}

async function tokenText({ token, tokenFile }: TokenOptions, terminal: Terminal): Promise<{ text: string; place: string }> {
  if (token !== undefined && tokenFile !== undefined)
    throw new CliError('--token and --token-file cannot be combined. Write one of them.');
  if (tokenFile !== undefined) return { text: await readText(tokenFile, terminal), place: nameOf(tokenFile) };
  if (token === undefined)
    throw new CliError('The token is missing. Pipe it in and write --token -, or write --token-file <file> or --token env:NAME.');
  if (token === '-') return { text: await readText('-', terminal), place: nameOf('-') };
  if (!/^env:\w+$/.test(token)) throw new CliError(LITERAL_TOKEN);
  return { text: fromEnvironment(token, terminal), place: token };
}
