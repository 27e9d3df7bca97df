import { isLoaded, type MappingSource } from '../../../lib/mapping/index.js';

/** What a source has done since it is followed. */
export interface Followed {
  /** The document accepted last. */
  readonly text: string | undefined;
  /** How often it reported that the document is still current. */
  readonly unchanged: number;
  /** Why it could not be loaded, each time. */
  readonly refusals: readonly string[];
  readonly problems: readonly string[];
  /** Loads once more; resolves with whether the document is up to date then. */
  reload(): Promise<boolean>;
  stop(): void;
}

/** Loads from a source and follows it, accepting every document. One load at a time. */
export async function followed(source: MappingSource): Promise<Followed> {
  const refusals: string[] = [];
  let text: string | undefined;
  let unchanged = 0;
  const load = async () => {
    try {
      const loaded = await source.load(() => undefined);
      if (!isLoaded(loaded)) unchanged += 1;
      else {
        text = 'text' in loaded.content ? loaded.content.text : JSON.stringify(loaded.content.document);
        await loaded.accepted?.();
      }
      return true;
    } catch (error) {
      refusals.push((error as Error).message);
      return false;
    }
  };
  const problems: string[] = [];
  let last = load();
  const reload = () => (last = last.then(load));
  await last;
  const stop = source.watch?.(reload, (problem) => problems.push(problem)) ?? (() => undefined);
  return {
    get text() {
      return text;
    },
    get unchanged() {
      return unchanged;
    },
    refusals,
    problems,
    reload,
    stop,
  };
}
