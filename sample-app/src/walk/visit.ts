import { setTimeout as delay } from 'node:timers/promises';
import type { RunningProcess } from '../fleet/running-process.js';
import type { Row, Table } from './table.js';

/** Time limit for a response that depends on a change, and pause between two requests, in milliseconds. */
const WAIT_MS = 15_000;
const PAUSE_MS = 50;

/** One request of the walk-through. */
export interface Visit {
  readonly who: string;
  readonly to: RunningProcess;
  /** Method and path, such as `GET /orders`. */
  readonly call: string;
  readonly token?: string;
  readonly body?: object;
}

/** The expected result. */
export interface Expected {
  readonly status: number;
  /** For a refusal: the reason that the service must log. Otherwise an explanation for the reader. */
  readonly reason: string;
  /** String that a successful response must contain. */
  readonly contains?: string;
  /** String that the response must not contain. */
  readonly lacks?: string;
  /** String that the challenge of a refusal must contain. */
  readonly challenge?: string;
  /** String that the service must log for the request. The walk-through prints the line. */
  readonly logs?: string;
}

/** Sends the request and adds a row to the table with the result, marked if it is not the expected one. */
export async function visit(table: Table, request: Visit, expected: Expected): Promise<void> {
  add(table, await ask(request, expected), expected);
}

/** Like `visit`, but repeats the request until the expected result arrives, for at most 15 s. */
export async function visitUntil(table: Table, request: Visit, expected: Expected): Promise<void> {
  const deadline = performance.now() + WAIT_MS;
  let result = await ask(request, expected);
  while (!result.fits && performance.now() < deadline) {
    await delay(PAUSE_MS);
    result = await ask(request, expected);
  }
  add(table, result, expected);
}

interface Result {
  readonly row: Row;
  readonly fits: boolean;
  readonly note: string | undefined;
}

async function ask(request: Visit, expected: Expected): Promise<Result> {
  const { who, to, call } = request;
  const since = to.log.length;
  const response = await send(request);
  const text = await response.text();
  const reason = response.ok ? expected.reason : await reasonFor(response, to, since);
  const row = {
    who,
    call: `${to.name.padEnd(9)} ${call}`,
    status: response.status,
    answer: response.ok ? 'ok' : errorIn(text),
    reason,
  };
  const fits = reason === expected.reason && meets(response, text, expected);
  return { row, fits, note: fits ? await noteOn(expected, to, since) : undefined };
}

function add(table: Table, { row, fits, note }: Result, expected: Expected): void {
  table.row(row, fits ? undefined : wanted(expected));
  if (note !== undefined) table.note(note);
}

async function noteOn({ challenge, logs }: Expected, to: RunningProcess, since: number): Promise<string | undefined> {
  if (challenge !== undefined) return `WWW-Authenticate: Bearer … ${challenge}`;
  if (logs === undefined) return undefined;
  const { message } = await to.logged((line) => line.message.includes(logs), since);
  return `${to.name} logs: ${message}`;
}

function meets(response: Response, text: string, { status, contains = '', lacks, challenge = '' }: Expected): boolean {
  const sent = response.headers.get('www-authenticate') ?? '';
  const isComplete = text.includes(contains) && sent.includes(challenge);
  return response.status === status && isComplete && (lacks === undefined || !text.includes(lacks));
}

function wanted({ status, reason, contains, lacks, challenge }: Expected): string {
  const content = [
    contains && `containing "${contains}"`,
    lacks && `without "${lacks}"`,
    challenge && `challenged with ${challenge}`,
  ];
  return [status, reason, ...content.filter((part) => part !== undefined)].join(', ');
}

function send({ to, call, token, body }: Visit): Promise<Response> {
  const [method = '', path = ''] = call.split(' ');
  return fetch(to.url + path, {
    method,
    headers: {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(body && { 'content-type': 'application/json' }),
    },
    ...(body && { body: JSON.stringify(body) }),
  });
}

/** The client gets only the error of the standard. The reason is in the service's log. */
async function reasonFor({ status, statusText }: Response, service: RunningProcess, since: number): Promise<string> {
  if (status !== 401 && status !== 403) return statusText; // the service's own response
  return loggedReason(service, since);
}

/** Returns why a service refused or closed a call, from `since` on (an earlier length of its log). */
export async function loggedReason(service: RunningProcess, since: number): Promise<string> {
  const pattern = /^Refused [^:]+: (\w+)\.(?:.* Expected: permission "(.+?)"\.)?/;
  const { message } = await service.logged((line) => pattern.test(line.message), since);
  const [, reason = message, missing] = pattern.exec(message) ?? [];
  return missing === undefined ? reason : `${reason} ${missing}`;
}

function errorIn(text: string): string {
  try {
    return String((JSON.parse(text) as { readonly error?: unknown }).error);
  } catch {
    return 'not JSON';
  }
}
