import { setTimeout as pause } from 'node:timers/promises';
import { messageOf } from '../../core/index.js';
import { StatusError } from '../../network/http-client/index.js';
import type { MappingNote } from '../../mapping/index.js';
import { backOffMs } from '../../network/remote/index.js';
import type { PublisherRequests } from './revocations/publisher-requests.js';

/** A stream that lasted for so long was a good one, and the next failure is a first one again; in milliseconds. */
const GOOD_STREAM_MS = 30_000;

/**
 * Follows server-sent events (HTML standard, section 9.2) and calls back at each, and whenever the stream is open again: what was announced
 * meanwhile is not known. Nothing of what they say is read or kept.
 * @returns What ends it.
 */
export function followEvents(url: string, requests: PublisherRequests, heard: () => void, note: MappingNote): () => void {
  const ended = new AbortController();
  const { signal } = ended;
  const follow = async () => {
    let failures = 0;
    while (!signal.aborted) {
      const since = performance.now();
      await listenOnce(url, requests, heard, signal).catch((error: unknown) => {
        if (!signal.aborted) note(notHeard(url, error));
      });
      failures = performance.now() - since > GOOD_STREAM_MS ? 0 : failures + 1;
      await pause(backOffMs(failures), undefined, { signal, ref: false }).catch(() => undefined);
    }
  };
  void follow();
  return () => ended.abort();
}

/** The poll has to do then. */
function notHeard(url: string, error: unknown): string {
  const { origin, pathname } = new URL(url);
  return `Changes announced at ${origin}${pathname} are not heard, only polled for: ${messageOf(error)}`;
}

/** Ends with the stream. */
async function listenOnce(url: string, requests: PublisherRequests, heard: () => void, signal: AbortSignal): Promise<void> {
  const { body } = await requests.send((headers) => open(url, headers, signal));
  heard();
  const scan = eventScanner(heard);
  for await (const chunk of (body ?? []) as AsyncIterable<Uint8Array>) scan(chunk);
}

async function open(url: string, headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<Response> {
  const response = await fetch(url, { signal, redirect: 'manual', headers: { ...headers, accept: 'text/event-stream' } });
  const { status, body } = response;
  if (status === 200 && /^text\/event-stream\b/i.test(response.headers.get('content-type') ?? '')) return response;
  await body?.cancel();
  throw new StatusError(status, `it answered ${status}, or something else than text/event-stream`);
}

const CR = 0x0d;
const LF = 0x0a;
/** d */
const DATA = 0x64;

/**
 * Finds the ends of events: an empty line after one with data, whose field is the only one that begins with a d. Comments, which keep the
 * connection alive, are none. Keeps three flags, however long a line is.
 */
export function eventScanner(heard: () => void): (chunk: Uint8Array) => void {
  let isLineStart = true;
  let hasData = false;
  let isAfterReturn = false;
  return (chunk) => {
    for (const byte of chunk) {
      const isSecondHalf = isAfterReturn && byte === LF; // of one line end
      isAfterReturn = byte === CR;
      if (isSecondHalf) continue;
      const isLineEnd = byte === CR || byte === LF;
      if (isLineStart && byte === DATA) hasData = true;
      if (isLineStart && isLineEnd && hasData) {
        hasData = false;
        heard();
      }
      isLineStart = isLineEnd;
    }
  };
}
