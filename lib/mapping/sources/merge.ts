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
 * Two mappings as one: a role has what either gives it and its parents, and a denial of either wins. Each document stands alone (it inherits
 * from roles of its own) and is held by its own source's rules; the merged mapping is as old as the older of them. One that fails keeps its last good
 * document in use; nothing is served until both have come, since the one that is missing may be the one that denies.
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

  /** As those parts say that have not come: a part that may come later keeps nobody from starting. */
  get required(): boolean {
    const missing = this.parts.filter(({ next }) => next === undefined);
    return (missing.length > 0 ? missing : this.parts).some(({ source }) => source.required ?? true);
  }

  async load(note: MappingNote): Promise<MappingAnswer> {
    const results = await Promise.allSettled(this.parts.map((part) => part.load(note)));
    const failed = results.find((result) => result.status === 'rejected');
    const hasNews = results.some((result) => result.status === 'fulfilled' && result.value === 'news');
    const held = this.parts.flatMap(({ next }) => next ?? []);
    if (failed !== undefined && (!hasNews || held.length < this.parts.length)) throw failed.reason;
    if (failed !== undefined) note(`${messageOf(failed.reason)} Its last good document stays part of ${this.name}.`);
    if (!hasNews) return this.parts.every(({ isDated }) => !isDated) ? 'unchanged' : { confirmedAt: this.verifiedAt };
    const [first, second] = held;
    if (first === undefined || second === undefined) throw new Error(`not every part of ${this.name} has come`);
    return {
      content: { document: documentOf(mergeParsed(first.parsed, second.parsed)) },
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

  /** As old as the older part. */
  private get verifiedAt(): number {
    return Math.min(...this.parts.map(({ verifiedAt }) => verifiedAt));
  }
}

/** A document of one part that passed its checks. */
interface PartDocument {
  readonly parsed: ParsedMapping;
  readonly loaded: LoadedMapping;
}

class Part {
  /** What the next merge is made of; in use once that has been accepted. */
  next: PartDocument | undefined;
  /** When that was last known to be current, in milliseconds since 1970. */
  verifiedAt = 0;
  /** Whether its last answer said how current the document is. */
  isDated = false;
  private inUse: PartDocument | undefined;
  /** What no older document may come after. */
  private newest: CompiledMapping | undefined;

  constructor(readonly source: MappingSource) {}

  async load(note: MappingNote): Promise<'news' | 'unchanged'> {
    const loaded = await this.source.load(note);
    if (!isLoaded(loaded)) {
      this.isDated = loaded !== 'unchanged';
      this.verifiedAt = loaded === 'unchanged' ? Date.now() : loaded.confirmedAt;
      return this.next === this.inUse ? 'unchanged' : 'news';
    }
    const compiled = await compileAside(loaded.content, this.source.name);
    const rules = { source: this.source, expects: loaded.expects, now: Date.now() };
    checkOrder(compiled, this.newest, rules);
    this.newest = compiled;
    checkEnd(compiled, rules);
    this.next = { parsed: parsedOf(new MappingSnapshot(compiled)), loaded };
    this.verifiedAt = loaded.verifiedAt ?? Date.now();
    return 'news';
  }

  async accept(): Promise<void> {
    if (this.next === this.inUse) return;
    this.inUse = this.next;
    await this.inUse?.loaded.accepted?.();
  }
}

/** The lower age, and `deny` if either says so. */
function strictest(all: readonly MappingFreshness[]): MappingFreshness | undefined {
  if (all.length === 0) return undefined;
  return {
    maxStalenessSeconds: Math.min(...all.map(({ maxStalenessSeconds }) => maxStalenessSeconds)),
    onStale: all.some(({ onStale }) => onStale === 'deny') ? 'deny' : 'serve',
  };
}
