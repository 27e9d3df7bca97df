import type { RunningProcess } from '../fleet/running-process.js';
import type { Table } from './table.js';

/** One request of the walk. */
export interface Visit {
  readonly who: string;
  readonly to: RunningProcess;
  /** Method and path, such as `GET /orders`. */
  readonly call: string;
  readonly token?: string;
  readonly body?: object;
}

/** What should come of it. */
export interface Expected {
  readonly status: number;
  /** Of a refusal: what the service must log. Otherwise words for the reader. */
  readonly reason: string;
  /** What a successful answer must contain. */
  readonly contains?: string;
  /** What it must not contain. */
  readonly lacks?: string;
  /** What the challenge of a refusal must say. */
  readonly challenge?: string;
}

/** Sends the request and adds a row to the table: what came, and whether it was what should have come. */
export async function visit(table: Table, request: Visit, expected: Expected): Promise<void> {
  const { who, to, call } = request;
  const logged = to.log.length;
  const response = await send(request);
  const text = await response.text();
  const reason = response.ok ? expected.reason : await reasonLogged(to, logged);
  const fits = reason === expected.reason && meets(response, text, expected);
  table.row(
    { who, call: `${to.name.padEnd(8)} ${call}`, status: response.status, answer: response.ok ? 'ok' : errorIn(text), reason },
    fits ? undefined : wanted(expected),
  );
  if (fits && expected.challenge !== undefined) table.note(`WWW-Authenticate: Bearer … ${expected.challenge}`);
}

function meets(response: Response, text: string, { status, contains = '', lacks, challenge = '' }: Expected): boolean {
  const asked = response.headers.get('www-authenticate') ?? '';
  const isComplete = text.includes(contains) && asked.includes(challenge);
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

/** A client is told no more than the standard says. Why it was refused is in the service's log, at level debug. */
async function reasonLogged(service: RunningProcess, since: number): Promise<string> {
  const { message } = await service.logged((line) => line.message.includes(' refused: '), since);
  const [, reason = message, missing] = / refused: (\w+)(?:, missing (.+?))?(?:, subject |$)/.exec(message) ?? [];
  return missing === undefined ? reason : `${reason} ${missing}`;
}

function errorIn(text: string): string {
  try {
    return String((JSON.parse(text) as { readonly error?: unknown }).error);
  } catch {
    return 'no JSON';
  }
}
