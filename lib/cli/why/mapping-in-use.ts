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

/** The mapping or mapping provider that the service would use. */
export interface MappingInUse {
  readonly provider: MappingProvider;
  readonly timeoutMs: number;
  /** `undefined` for a provider of the application, which has no snapshot to inspect. */
  readonly snapshot: MappingSnapshot | undefined;
}

/** The reason why the mapping is not available. */
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

/** Loads the mapping from a file of the command line. */
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

/** Wraps a source so that it is not followed and stores nothing: the copy on disk belongs to the service. */
function readOnce(source: MappingSource): MappingSource {
  return {
    name: source.name,
    required: true,
    ...(source.freshness !== undefined && { freshness: source.freshness }),
    load: async (note) => {
      const loaded = await source.load(note);
      return isLoaded(loaded) ? { ...loaded, accepted: () => undefined } : loaded;
    },
  };
}
