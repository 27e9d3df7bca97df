import type { ServerResponse } from 'node:http';
import type { Principal } from '../../core/index.js';
import type { OpenCalls } from '../open-calls.js';
import type { Refusal } from '../refusal.js';

type Write = (...args: unknown[]) => boolean;

/** The response of Node, of HTTP/1 or HTTP/2. */
interface NodeResponse extends Pick<ServerResponse, 'once'> {
  write: Write;
  end(text?: string): unknown;
  destroy?(): unknown;
  readonly stream?: { destroy(): unknown };
  [WATCH]?: Watch;
}

/** What we use of a response; on Fastify the Node response is its `raw`. */
export interface HttpResponse {
  header(name: string, value: string): unknown;
  readonly raw?: NodeResponse;
}

interface Ending {
  readonly principal: Principal;
  readonly open: OpenCalls;
  readonly isEventStream: boolean;
}

interface Watch extends Ending {
  readonly write: Write;
}

const WATCH = Symbol('authz:watch');

/**
 * Has a response that is written in parts end with the caller's token: server-sent events, downloads, streams. One that is sent as a whole
 * costs nothing but this call: only its first part, if there are any, has it watched.
 */
export function endWithToken(response: HttpResponse, ending: Ending): void {
  const raw = response.raw ?? (response as unknown as NodeResponse);

  raw[WATCH] = { write: raw.write, ...ending };
  raw.write = firstWrite;
}

function firstWrite(this: NodeResponse, ...args: unknown[]): boolean {
  const { write, principal, open, isEventStream } = watched(this);
  this.write = write;
  const call = open.watch(principal, (_reason, answer) => cutOff(this, answer, isEventStream));
  this.once('close', () => call.release());
  return this.write(...args);
}

function watched({ [WATCH]: watch }: NodeResponse): Watch {
  if (watch === undefined) throw new Error('Only a watched response is written to by this.');
  return watch;
}

/** Who reads events is told why. A download must not look complete, so its connection breaks. */
function cutOff(response: NodeResponse, { body }: Refusal, isEventStream: boolean): void {
  if (isEventStream) response.end(`event: unauthorized\ndata: ${JSON.stringify(body)}\n\n`);
  else if (response.destroy !== undefined) response.destroy();
  else response.stream?.destroy();
  // What still writes would fail otherwise, where nobody listens.
  response.write = () => true;
}
