import { readFile, stat, utimes } from 'node:fs/promises';
import { resolve } from 'node:path';
import { shown } from '../../../core/index.js';
import { writeWholeFile } from '../../../network/remote/index.js';
import type { FetchedMapping } from './remote-mapping-options.interface.js';

/** A document from the disk copy. */
export interface KeptMapping extends FetchedMapping {
  /** When the document was last confirmed as current, in milliseconds since 1970. */
  readonly verifiedAt: number;
}

/** A file may be newer than the clock by this time, in milliseconds: clocks are corrected. */
const MAX_CLOCK_SLEW_MS = 60_000;

/**
 * Stores the last good document in a file with mode 0600, for a start during an outage. The modification time of the file is the time of the last
 * confirmation.
 */
export class DiskCopy {
  private readonly file: string;

  constructor(
    path: string,
    private readonly maxBytes: number,
    /** Name of the source. A copy of another source is not used: its version has no meaning here. */
    private readonly source: string,
  ) {
    this.file = resolve(path);
  }

  /** Returns the stored document; `undefined` if there is none. @throws Error if the file cannot be read or is not a copy. */
  async read(): Promise<KeptMapping | undefined> {
    const stats = await stat(this.file).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    });
    if (stats === undefined) return undefined;
    // The file also contains the version and JSON's escapes.
    if (stats.size > 2 * this.maxBytes + 4096) throw new Error(`it has ${stats.size} bytes, more than any copy of a document`);
    const { source, text, version } = parseCopy(await readFile(this.file, 'utf8'));
    if (source !== this.source) throw new Error(`it is a copy of ${shown(source)}`);
    // A modification time in the future means that a clock was wrong: the document then counts as never confirmed.
    const isPast = stats.mtimeMs <= Date.now() + MAX_CLOCK_SLEW_MS;
    return { text, version, verifiedAt: isPast ? stats.mtimeMs : 0 };
  }

  /** Replaces the stored document. */
  async write({ text, version, verifiedAt }: KeptMapping): Promise<void> {
    const content = JSON.stringify({ source: this.source, version, text });
    await writeWholeFile(this.file, content, { mode: 0o600, modifiedAt: verifiedAt });
  }

  /** Records a confirmation of the stored document. */
  async renew(verifiedAt: number): Promise<void> {
    await utimes(this.file, verifiedAt / 1000, verifiedAt / 1000);
  }
}

function parseCopy(content: string): FetchedMapping & { readonly source: unknown } {
  let copy: unknown;
  try {
    copy = JSON.parse(content);
  } catch {
    throw new Error('it is truncated or malformed'); // the parser's own message would quote the document
  }
  const { source, text, version } = (copy ?? {}) as Record<string, unknown>;
  if (typeof text !== 'string' || (version !== undefined && typeof version !== 'string'))
    throw new Error('it is not a copy of a document');
  return { source, text, version };
}
