import { createHash } from 'node:crypto';
import { isRecord } from '../../../core/index.js';
import { getTextIfChanged } from '../../../network/http-client/index.js';
import type { FeedAnswer } from '../../../revocation/index.js';
import { confirmedAt, CONFIRMATION_HEADER, issuedAtOf } from '../content-age.js';
import type { HttpRevocationsSettings } from './http-revocations-settings.js';
import { REVOCATIONS_TYPE } from '../signing/sign-revocations.js';
import { openBundle } from '../signing/verify-bundle.js';

/** A signed document. */
interface SignedList {
  readonly content: Readonly<Record<string, unknown>>;
  /** Moment up to which it is known to be current, in milliseconds since 1970. */
  readonly currentAt: number;
}

/** Reads the document, which always has every rule. */
export class PublishedRevocations {
  /** Highest sequence of the signed documents that were accepted. */
  private highestSequence = -Infinity;
  /** The latest document, if it was signed. */
  private signed: SignedList | undefined;

  constructor(private readonly settings: HttpRevocationsSettings) {}

  /**
   * Returns the document's entries.
   * @param since ETag of the previous response, or the document's digest if it had none.
   * @throws Error if the document cannot be fetched or trusted.
   */
  async read(since: string | undefined, signal: AbortSignal): Promise<FeedAnswer> {
    const { url, maxBytes, requests } = this.settings;
    let confirmation: string | undefined;
    const onHeaders = (given: Pick<Headers, 'get'>) => (confirmation = given.get(CONFIRMATION_HEADER) ?? undefined);
    const response = await requests.send((headers) => getTextIfChanged(url, { signal, maxBytes, headers, onHeaders }, since));
    if (response === 'unchanged') return this.nothingNew(since, confirmation);
    const { text, etag } = response;
    const cursor = etag ?? createHash('sha256').update(text).digest('base64url');
    if (etag === undefined && cursor === since) return this.nothingNew(since, confirmation);
    const entries = await this.entriesIn(text);
    // The rules count even if the confirmation is invalid; the next response reports that.
    const age = await this.age(confirmation).catch(() => this.age(undefined));
    return { entries, cursor, hasMore: false, isFromStart: true, ...age };
  }

  private async nothingNew(since = '', confirmation: string | undefined): Promise<FeedAnswer> {
    return { entries: [], cursor: since, hasMore: false, isFromStart: false, ...(await this.age(confirmation)) };
  }

  /** A signed document is as old as its signature, not its response: an attacker on the path could send an old one for ever. */
  private async age(confirmation: string | undefined): Promise<Pick<FeedAnswer, 'asOf'>> {
    const { signed, settings } = this;
    if (signed === undefined || settings.signature === undefined) return {};
    const { content, currentAt } = signed;
    const terms = { signature: settings.signature, type: REVOCATIONS_TYPE };
    const confirmed = confirmation === undefined ? 0 : await confirmedAt(confirmation, content, terms);
    this.signed = { content, currentAt: Math.max(currentAt, confirmed) };
    return { asOf: this.signed.currentAt };
  }

  private async entriesIn(text: string): Promise<readonly unknown[]> {
    const opened = await openBundle(text, this.settings.signature, REVOCATIONS_TYPE);
    const { revocations } = opened.signed ?? parsed(opened.text);
    if (!Array.isArray(revocations)) throw new Error('it is not a document of revocations: it has no list "revocations"');
    if (opened.signed !== undefined) this.accept(opened.signed);
    return revocations as readonly unknown[];
  }

  /** Held rules stay whatever arrives, but an older document in place of a newer one would hide the newer rules. */
  private accept({ sequence: given, issuedAt }: SignedList['content']): void {
    const sequence = Number(given);
    if (sequence < this.highestSequence)
      throw new Error(`it is older than an earlier response: its sequence is ${sequence}, not ${this.highestSequence} or more`);
    this.highestSequence = sequence;
    this.signed = { content: { sequence }, currentAt: issuedAtOf({ issuedAt }) };
  }
}

function parsed(text: string): Readonly<Record<string, unknown>> {
  try {
    const document: unknown = JSON.parse(text);
    return isRecord(document) ? document : {};
  } catch {
    throw new Error('it is not JSON'); // the parser's own message would quote it
  }
}
