import { readFile, stat, utimes } from 'node:fs/promises';
import { resolve } from 'node:path';
import { shown } from '../../../core/index.js';
import { writeWholeFile } from '../../../network/remote/index.js';
import type { FetchedMapping } from './remote-mapping-options.interface.js';

/** A document as it was kept. */
export interface KeptMapping extends FetchedMapping {
  /** When it was last known to be current, in milliseconds since 1970. */
  readonly verifiedAt: number;
}

/** Clocks are corrected by this much without being wrong, in milliseconds. */
const MAX_CLOCK_SLEW_MS = 60_000;

/**
 * Keeps the last good document in a file, for a start during an outage, for its owner alone. The file's time of change says when the document was last known to be current.
 */
export class DiskCopy {
  private readonly file: string;

  constructor(
    path: string,
    private readonly maxBytes: number,
    /** Where the document comes from: a version of another place means nothing here. */
    private readonly source: string,
  ) {
    this.file = resolve(path);
  }

  /** What was kept; `undefined` if nothing was. @throws if it cannot be read or is no copy. */
  async read(): Promise<KeptMapping | undefined> {
    const stats = await stat(this.file).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    });
    if (stats === undefined) return undefined;
    // The version and the JSON around the text take room of their own, and JSON escapes what it must.
    if (stats.size > 2 * this.maxBytes + 4096) throw new Error(`it has ${stats.size} bytes, more than any copy of a document`);
    const { source, text, version } = parseCopy(await readFile(this.file, 'utf8'));
    if (source !== this.source) throw new Error(`it is a copy of ${shown(source)}`);
    // A time to come says that a clock was wrong, not how old the document is: then it counts as never confirmed.
    const isTold = stats.mtimeMs <= Date.now() + MAX_CLOCK_SLEW_MS;
    return { text, version, verifiedAt: isTold ? stats.mtimeMs : 0 };
  }

  /** Replaces what was kept. */
  async write({ text, version, verifiedAt }: KeptMapping): Promise<void> {
    const content = JSON.stringify({ source: this.source, version, text });
    await writeWholeFile(this.file, content, { mode: 0o600, modifiedAt: verifiedAt });
  }

  /** Notes that what was kept is still current. */
  async renew(verifiedAt: number): Promise<void> {
    await utimes(this.file, verifiedAt / 1000, verifiedAt / 1000);
  }
}

function parseCopy(content: string): FetchedMapping & { readonly source: unknown } {
  let copy: unknown;
  try {
    copy = JSON.parse(content);
  } catch {
    throw new Error('it is cut off or damaged'); // the parser's own message would quote the document
  }
  const { source, text, version } = (copy ?? {}) as Record<string, unknown>;
  if (typeof text !== 'string' || (version !== undefined && typeof version !== 'string'))
    throw new Error('it is not a copy of a document');
  return { source, text, version };
}
