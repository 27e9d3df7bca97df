import { messageOf } from '../../core/index.js';
import { checkEnd, checkOrder } from '../compiled/check-replacement.js';
import { compileAside } from '../compile-aside.js';
import type { CompiledMapping } from '../compiled/compile-mapping.js';
import { MappingSnapshot } from '../compiled/mapping-snapshot.js';
import {
  isLoaded,
  type LoadedMapping,
  type MappingAnswer,
  type MappingFreshness,
  type MappingNote,
  type MappingReload,
  type MappingSource,
} from '../mapping-source.interface.js';
import { mergeParsed } from './merge-parsed.js';
import type { ParsedMapping } from '../document/parse-mapping.js';
import { sourceOption } from './source-option.js';
import { documentOf, parsedOf } from '../compiled/to-document.js';

/**
 * Merges two mappings: a role has the rules of both and its parents of both, and a denial in either wins. Each document is checked alone (it
 * inherits only from its own roles) by the rules of its own source. The merged mapping is as old as the older document. If a source fails, its last good
 * document stays in use. No mapping is available until both are loaded: the missing one may contain a denial.
 *
 * @example merge(httpBundle({ url }), fileMapping('denials.yaml'))
 */
export function merge(first: MappingSource, second: MappingSource): MappingSource {
  return new Merge([new Part(sourceOption(first, 'merge(first)')), new Part(sourceOption(second, 'merge(second)'))]);
}

class Merge implements MappingSource {
  readonly name: string;
  readonly freshness?: MappingFreshness;

  constructor(private readonly parts: readonly [Part, Part]) {
    const sources = parts.map(({ source }) => source);
    this.name = sources.map(({ name }) => name).join(' with ');
    const freshness = strictest(sources.flatMap((source) => source.freshness ?? []));
    if (freshness !== undefined) this.freshness = freshness;
  }

  /** Required only if a part that is not loaded yet is required. */
  get required(): boolean {
    const missing = this.parts.filter(({ next }) => next === undefined);
    return (missing.length > 0 ? missing : this.parts).some(({ source }) => source.required ?? true);
  }

  async load(note: MappingNote): Promise<MappingAnswer> {
    const results = await Promise.allSettled(this.parts.map((part) => part.load(note)));
    const failed = results.find((result) => result.status === 'rejected');
    const hasChanged = results.some((result) => result.status === 'fulfilled' && result.value === 'changed');
    const held = this.parts.flatMap(({ next }) => next ?? []);
    if (failed !== undefined && (!hasChanged || held.length < this.parts.length)) throw failed.reason;
    if (failed !== undefined) note(`${messageOf(failed.reason)} Its last good document stays in use in ${this.name}.`);
    if (!hasChanged) return this.parts.every(({ isDated }) => !isDated) ? 'unchanged' : { confirmedAt: this.verifiedAt };
    const [first, second] = held;
    if (first === undefined || second === undefined) throw new Error(`not every part of ${this.name} is loaded`);
    return {
      content: { document: documentOf(mergeParsed(first.parsed, second.parsed, this.name)) },
      verifiedAt: this.verifiedAt,
      accepted: () => Promise.all(this.parts.map((part) => part.accept())).then(() => undefined),
    };
  }

  watch(reload: MappingReload, note: MappingNote): () => void {
    const ends = this.parts.map(({ source }) => source.watch?.(reload, note));
    return () => {
      for (const end of ends) end?.();
    };
  }

  /** Time of the last confirmation of the older part. */
  private get verifiedAt(): number {
    return Math.min(...this.parts.map(({ verifiedAt }) => verifiedAt));
  }
}

/** A checked document of one part. */
interface PartDocument {
  readonly parsed: ParsedMapping;
  readonly loaded: LoadedMapping;
}

class Part {
  /** The document for the next merge. It is in use once the merged mapping is accepted. */
  next: PartDocument | undefined;
  /** When that document was last confirmed as current, in milliseconds since 1970. */
  verifiedAt = 0;
  /** Whether the last confirmation by the source named a time. */
  isDated = false;
  private inUse: PartDocument | undefined;
  /** The newest document seen. No older one is accepted. */
  private newest: CompiledMapping | undefined;

  constructor(readonly source: MappingSource) {}

  async load(note: MappingNote): Promise<'changed' | 'unchanged'> {
    const loaded = await this.source.load(note);
    if (!isLoaded(loaded)) {
      this.isDated = loaded !== 'unchanged';
      this.verifiedAt = loaded === 'unchanged' ? Date.now() : loaded.confirmedAt;
      return this.next === this.inUse ? 'unchanged' : 'changed';
    }
    const compiled = await compileAside(loaded.content, this.source.name);
    const rules = { source: this.source, expects: loaded.expects, now: Date.now() };
    checkOrder(compiled, this.newest, rules);
    this.newest = compiled;
    checkEnd(compiled, rules);
    this.next = { parsed: parsedOf(new MappingSnapshot(compiled)), loaded };
    this.verifiedAt = loaded.verifiedAt ?? Date.now();
    return 'changed';
  }

  async accept(): Promise<void> {
    if (this.next === this.inUse) return;
    this.inUse = this.next;
    await this.inUse?.loaded.accepted?.();
  }
}

/** Returns the stricter rules: the lower age, and `deny` if either source has it. */
function strictest(all: readonly MappingFreshness[]): MappingFreshness | undefined {
  if (all.length === 0) return undefined;
  return {
    maxStalenessSeconds: Math.min(...all.map(({ maxStalenessSeconds }) => maxStalenessSeconds)),
    onStale: all.some(({ onStale }) => onStale === 'deny') ? 'deny' : 'serve',
  };
}
