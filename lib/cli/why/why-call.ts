import type { DecisionFacts } from '../../core/index.js';
import { CliError } from '../cli.error.js';
import { readObject } from '../input/read-object.js';
import type { Terminal } from '../output/terminal.interface.js';

/** The options about the call that is decided. */
export interface CallOptions {
  readonly require?: readonly string[];
  readonly resource?: string;
  readonly context?: string;
}

/** What a decision depends on besides the caller and the time. */
export type CallFacts = Omit<DecisionFacts, 'nowSeconds'>;

/** Reads the resource and the context. @throws CliError */
export async function readCall(options: CallOptions, terminal: Terminal): Promise<CallFacts> {
  const { resource, context, require: required = [] } = options;
  if (required.length === 0 && (resource ?? context) !== undefined)
    throw new CliError('--resource and --context need --require <permission>.');
  const read = (given: string | undefined, option: string) =>
    given === undefined ? undefined : readObject(given, option, terminal);
  const found = await read(context, '--context');
  return { resource: await read(resource, '--resource'), context: found && (() => found) };
}
