import { Readable } from 'node:stream';
import { run } from '../../../lib/cli/run.js';

/** The result of a command. */
export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  /** Standard output as JSON. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- the type differs by command
  readonly json: any;
}

interface Surroundings {
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly isWatched?: boolean;
}

/** Runs a command in the process of the test. */
export async function ran(args: readonly string[], { stdin, env = {}, isWatched = false }: Surroundings = {}): Promise<Ran> {
  let out = '';
  let err = '';
  const code = await run(args, {
    env,
    stdin: Readable.from(stdin === undefined ? [] : [Buffer.from(stdin)]),
    isWatched,
    out: (text) => void (out += text),
    err: (text) => void (err += text),
  });
  return {
    code,
    out,
    err,
    get json(): unknown {
      return JSON.parse(out) as unknown;
    },
  };
}

/** Returns the path of a fixture. */
export function fixture(name: string): string {
  return `test/fixtures/cli/${name}`;
}
