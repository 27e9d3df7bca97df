import { messageOf, printable } from '../../core/index.js';
import {
  isLoaded,
  MappingStore,
  parseMappingOptions,
  type MappingProvider,
  type MappingSnapshot,
  type MappingSource,
} from '../../mapping/index.js';
import { CliError } from '../cli.error.js';
import { readDocumentText } from '../input/read-mapping.js';
import { nameOf } from '../input/read-text.js';
import type { Terminal } from '../output/terminal.interface.js';

/** What gives permissions to roles, as the service would ask it. */
export interface MappingInUse {
  readonly provider: MappingProvider;
  readonly timeoutMs: number;
  /** `undefined`: a provider of the application's own, of which only answers are known. */
  readonly snapshot: MappingSnapshot | undefined;
}

/** Why the mapping is not there to ask. */
export interface NoMapping {
  readonly unchecked: string;
}

/** @throws CliError if the mapping that the options name cannot be used. */
export async function mappingInUse(option: unknown, isOffline: boolean): Promise<MappingInUse | NoMapping> {
  const settings = parseMappingOptions(option);
  const { timeoutMs } = settings;
  if ('source' in settings) return fromSource(settings.source, timeoutMs, isOffline);
  const { provider } = settings;
  if (typeof provider === 'function')
    return {
      unchecked: 'the mapping provider is a class, which only the application can instantiate. Name a file with --mapping.',
    };
  return { provider, timeoutMs, snapshot: undefined };
}

/** The mapping in a file that was named on the command line. */
export async function mappingFile(file: string, terminal: Terminal): Promise<MappingInUse | NoMapping> {
  const text = await readDocumentText(file, terminal);
  return mappingInUse({ name: nameOf(file), load: () => ({ content: { text } }) } satisfies MappingSource, false);
}

async function fromSource(source: MappingSource, timeoutMs: number, isOffline: boolean): Promise<MappingInUse | NoMapping> {
  const isRemote = source.freshness !== undefined || source.required === false;
  if (isRemote && isOffline) return { unchecked: `offline: the mapping comes from ${printable(source.name)}` };
  const store = new MappingStore(readOnce(source));
  try {
    await store.start();
  } catch (error) {
    const reason = printable(messageOf(error));
    if (!isRemote) throw new CliError(`The mapping cannot be used: ${messageOf(error)}`);
    return { unchecked: `the mapping cannot be loaded from ${printable(source.name)}: ${reason}` };
  } finally {
    store.stop();
  }
  return { provider: store, timeoutMs, snapshot: store.current };
}

/** Neither follows the source nor has it keep anything: the copy on disk belongs to the service. */
function readOnce(source: MappingSource): MappingSource {
  return {
    name: source.name,
    required: true,
    ...(source.freshness !== undefined && { freshness: source.freshness }),
    load: async (note) => {
      const answer = await source.load(note);
      return isLoaded(answer) ? { ...answer, accepted: () => undefined } : answer;
    },
  };
}
