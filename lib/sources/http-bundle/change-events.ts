import { setTimeout as pause } from 'node:timers/promises';
import { messageOf } from '../../core/index.js';
import { StatusError } from '../../network/http-client/index.js';
import type { MappingNote } from '../../mapping/index.js';
import { backOffMs } from '../../network/remote/index.js';
import type { PublisherRequests } from './revocations/publisher-requests.js';

/** Duration after which a stream counts as healthy, in milliseconds: the next failure then starts the back-off anew. */
const GOOD_STREAM_MS = 30_000;

/**
 * Follows server-sent events (HTML standard, section 9.2). Calls back at each event, and whenever the stream has opened, because events may have been
 * missed before. The content of events is not read.
 * @returns A function that stops following.
 */
export function followEvents(url: string, requests: PublisherRequests, onNews: () => void, note: MappingNote): () => void {
  const ended = new AbortController();
  const { signal } = ended;
  const follow = async () => {
    let failures = 0;
    while (!signal.aborted) {
      const since = performance.now();
      await listenOnce(url, requests, onNews, signal).catch((error: unknown) => {
        if (!signal.aborted) note(pollingOnly(url, error));
      });
      failures = performance.now() - since > GOOD_STREAM_MS ? 0 : failures + 1;
      await pause(backOffMs(failures), undefined, { signal, ref: false }).catch(() => undefined);
    }
  };
  void follow();
  return () => ended.abort();
}

function pollingOnly(url: string, error: unknown): string {
  const { origin, pathname } = new URL(url);
  return `Change events from ${origin}${pathname} cannot be received, so changes are found by polling only: ${messageOf(error)}`;
}

/** Resolves when the stream ends. */
async function listenOnce(url: string, requests: PublisherRequests, onNews: () => void, signal: AbortSignal): Promise<void> {
  const { body } = await requests.send((headers) => open(url, headers, signal));
  onNews();
  const scan = eventScanner(onNews);
  for await (const chunk of (body ?? []) as AsyncIterable<Uint8Array>) scan(chunk);
}

async function open(url: string, headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<Response> {
  const response = await fetch(url, { signal, redirect: 'manual', headers: { ...headers, accept: 'text/event-stream' } });
  const { status, body } = response;
  if (status === 200 && /^text\/event-stream\b/i.test(response.headers.get('content-type') ?? '')) return response;
  await body?.cancel();
  throw new StatusError(status, `it answered ${status}, or not with text/event-stream`);
}

const CR = 0x0d;
const LF = 0x0a;
/** d */
const DATA = 0x64;

/**
 * Finds the ends of events: an empty line after a `data` field, the only field that begins with a "d". Comments, which keep the connection alive, are
 * not events. Keeps three flags, however long a line is.
 */
export function eventScanner(onNews: () => void): (chunk: Uint8Array) => void {
  let isLineStart = true;
  let hasData = false;
  let isAfterReturn = false;
  return (chunk) => {
    for (const byte of chunk) {
      const isSecondHalf = isAfterReturn && byte === LF; // CR LF is one line end
      isAfterReturn = byte === CR;
      if (isSecondHalf) continue;
      const isLineEnd = byte === CR || byte === LF;
      if (isLineStart && byte === DATA) hasData = true;
      if (isLineStart && isLineEnd && hasData) {
        hasData = false;
        onNews();
      }
      isLineStart = isLineEnd;
    }
  };
}
