import { isLoaded, type MappingSource } from '../../../lib/mapping/index.js';

/** What a source returned, which is in use from now on: its document, or that the one in use is current. */
export async function loaded(source: MappingSource): Promise<unknown> {
  const brought = await source.load((problem) => {
    throw new Error(`noted: ${problem}`);
  });
  if (!isLoaded(brought)) return 'unchanged';
  await brought.accepted?.();
  return 'text' in brought.content ? JSON.parse(brought.content.text) : brought.content.document;
}

/** Follows a source, one load at a time. */
export function watched(source: MappingSource): {
  readonly stop: () => void;
  readonly problems: readonly string[];
  until(isSo: (text: string) => boolean): Promise<void>;
} {
  let text = '';
  let wake = (): void => undefined;
  const problems: string[] = [];
  let last = Promise.resolve(true);
  const load = async () => {
    const document = await loaded(source).catch(() => undefined);
    if (document !== undefined && document !== 'unchanged') text = JSON.stringify(document);
    wake();
    return document !== undefined;
  };
  return {
    stop: source.watch!(
      () => (last = last.then(load)),
      (problem) => problems.push(problem),
    ),
    problems,
    /** Resolves once the condition holds for the document in use. */
    until: async (isSo) => {
      while (!isSo(text)) await new Promise<void>((resolve) => (wake = resolve));
    },
  };
}
