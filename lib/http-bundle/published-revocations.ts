import { createHash } from 'node:crypto';
import { isRecord } from '../core/index.js';
import { getTextIfChanged, requestHeaders } from '../http-client/index.js';
import type { FeedAnswer } from '../revocation/index.js';
import type { HttpRevocationsSettings } from './http-revocations-settings.js';
import { REVOCATIONS_TYPE } from './sign-revocations.js';
import { openBundle } from './verify-bundle.js';

/** Reads the document, which always holds all there is. */
export class PublishedRevocations {
  /** Of the signed documents that were accepted. */
  private highestSequence = -Infinity;

  constructor(private readonly settings: HttpRevocationsSettings) {}

  /**
   * What the document says now.
   * @param since Its ETag the last time, or its digest where the server sent none.
   * @throws Error if it cannot be had, or is not to be trusted.
   */
  async read(since: string | undefined, signal: AbortSignal): Promise<FeedAnswer> {
    const { url, maxBytes, headers } = this.settings;
    const answer = await getTextIfChanged(url, { signal, maxBytes, headers: await requestHeaders(headers) }, since);
    if (answer === 'unchanged') return nothingNew(since);
    const { text, etag } = answer;
    const cursor = etag ?? createHash('sha256').update(text).digest('base64url');
    if (etag === undefined && cursor === since) return nothingNew(since);
    return { entries: await this.entriesIn(text), cursor, hasMore: false, isFromStart: true };
  }

  private async entriesIn(text: string): Promise<readonly unknown[]> {
    const opened = await openBundle(text, this.settings.signature, REVOCATIONS_TYPE);
    const { revocations } = opened.signed ?? parsed(opened.text);
    if (!Array.isArray(revocations)) throw new Error('it is no document of revocations: it has no list "revocations"');
    if (opened.signed !== undefined) this.refuseOlder(Number(opened.signed['sequence']));
    return revocations as readonly unknown[];
  }

  /** Rules known here stay whatever comes, but one document in place of a later one would hide what is new in that. */
  private refuseOlder(sequence: number): void {
    if (sequence < this.highestSequence)
      throw new Error(
        `it is older than one that was read before: its sequence is ${sequence}, not ${this.highestSequence} or more`,
      );
    this.highestSequence = sequence;
  }
}

function nothingNew(since = ''): FeedAnswer {
  return { entries: [], cursor: since, hasMore: false, isFromStart: false };
}

function parsed(text: string): Readonly<Record<string, unknown>> {
  try {
    const document: unknown = JSON.parse(text);
    return isRecord(document) ? document : {};
  } catch {
    throw new Error('it is no JSON'); // the parser's own message would quote it
  }
}
