import { createHash } from 'node:crypto';
import { isRecord } from '../../../core/index.js';
import { getTextIfChanged } from '../../../network/http-client/index.js';
import type { FeedAnswer } from '../../../revocation/index.js';
import { confirmedAt, CONFIRMATION_HEADER, issuedAtOf } from '../content-age.js';
import type { HttpRevocationsSettings } from './http-revocations-settings.js';
import { REVOCATIONS_TYPE } from '../signing/sign-revocations.js';
import { openBundle } from '../signing/verify-bundle.js';

/** A signed document that was read. */
interface SignedList {
  readonly content: Readonly<Record<string, unknown>>;
  /** Up to when it is known to have been current, in milliseconds since 1970. */
  readonly currentAt: number;
}

/** Reads the document, which always holds all there is. */
export class PublishedRevocations {
  /** Of the signed documents that were accepted. */
  private highestSequence = -Infinity;
  /** The document read last, if it was signed. */
  private signed: SignedList | undefined;

  constructor(private readonly settings: HttpRevocationsSettings) {}

  /**
   * What the document says now.
   * @param since Its ETag the last time, or its digest where the server sent none.
   * @throws Error if it cannot be had, or is not to be trusted.
   */
  async read(since: string | undefined, signal: AbortSignal): Promise<FeedAnswer> {
    const { url, maxBytes, requests } = this.settings;
    let confirmation: string | undefined;
    const onHeaders = (given: Pick<Headers, 'get'>) => (confirmation = given.get(CONFIRMATION_HEADER) ?? undefined);
    const answer = await requests.send((headers) => getTextIfChanged(url, { signal, maxBytes, headers, onHeaders }, since));
    if (answer === 'unchanged') return this.nothingNew(since, confirmation);
    const { text, etag } = answer;
    const cursor = etag ?? createHash('sha256').update(text).digest('base64url');
    if (etag === undefined && cursor === since) return this.nothingNew(since, confirmation);
    const entries = await this.entriesIn(text);
    // Its rules count whatever the confirmation is worth; the next answer tells what is wrong with that.
    const age = await this.age(confirmation).catch(() => this.age(undefined));
    return { entries, cursor, hasMore: false, isFromStart: true, ...age };
  }

  private async nothingNew(since = '', confirmation: string | undefined): Promise<FeedAnswer> {
    return { entries: [], cursor: since, hasMore: false, isFromStart: false, ...(await this.age(confirmation)) };
  }

  /** The age of a signed document is what is signed, not when it was last sent: who controls the way here could send an old one for ever. */
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
    if (!Array.isArray(revocations)) throw new Error('it is no document of revocations: it has no list "revocations"');
    if (opened.signed !== undefined) this.accept(opened.signed);
    return revocations as readonly unknown[];
  }

  /** Rules known here stay whatever comes, but one document in place of a later one would hide what is new in that. */
  private accept({ sequence: given, issuedAt }: SignedList['content']): void {
    const sequence = Number(given);
    if (sequence < this.highestSequence)
      throw new Error(
        `it is older than one that was read before: its sequence is ${sequence}, not ${this.highestSequence} or more`,
      );
    this.highestSequence = sequence;
    this.signed = { content: { sequence }, currentAt: issuedAtOf({ issuedAt }) };
  }
}

function parsed(text: string): Readonly<Record<string, unknown>> {
  try {
    const document: unknown = JSON.parse(text);
    return isRecord(document) ? document : {};
  } catch {
    throw new Error('it is no JSON'); // the parser's own message would quote it
  }
}
