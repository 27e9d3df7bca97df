import { EventEmitter } from 'node:events';
import { jest } from '@jest/globals';
import { endInsteadOfSending, endWithToken, type HttpResponse } from '../../../../lib/transports/http/http-response.js';
import { OpenCalls, Refusals } from '../../../../lib/authorization/index.js';
import type { Principal } from '../../../../lib/core/index.js';
import { Revocations } from '../../../../lib/revocation/index.js';

/** A fake response of Node. The client's view is tested end to end. */
class Response extends EventEmitter {
  readonly written: unknown[][] = [];
  destroyed = false;
  readonly socket = { destroySoon: jest.fn() };
  readonly header = jest.fn();
  stream?: { destroyed: boolean };
  end = jest.fn(() => this.emit('finish'));
  write(...part: unknown[]): boolean {
    this.written.push(part);
    return true;
  }
  destroy(): void {
    this.destroyed = true;
    this.emit('close');
  }
}

const revocations = new Revocations(undefined);
let open: OpenCalls;
beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['queueMicrotask', 'nextTick'] });
  open = new OpenCalls(revocations, new Refusals({}), 0);
});
afterEach(() => {
  open.stop();
  jest.useRealTimers();
});

const endingIn = (seconds: number) => ({ claims: {}, expiresAt: Date.now() / 1000 + seconds }) as unknown as Principal;
const bound = (principal: Principal, isEventStream = false, change: (response: Response) => void = () => undefined): Response => {
  const response = new Response();
  change(response);
  endWithToken(response, { principal, open, isEventStream });
  return response;
};

describe('a response that ends with its token', () => {
  it('writes each part unchanged, and is watched from the first part to its end', () => {
    const response = bound(endingIn(60));
    expect(open.size).toBe(0);
    const done = () => undefined;
    response.write('one', 'utf8', done);
    response.write('two');
    expect(response.written.map((part) => part.filter((each) => each !== undefined))).toEqual([['one', 'utf8', done], ['two']]);
    expect(open.size).toBe(1);
    response.emit('close');
    expect(open.size).toBe(0);
  });

  it('is aborted', async () => {
    const response = bound(endingIn(60));
    response.write('one');
    await jest.advanceTimersByTimeAsync(60_001);
    expect([response.destroyed, open.size]).toEqual([true, 0]);
  });

  it('reports an error to later writes, and writes nothing', async () => {
    const response = bound(endingIn(60));
    response.write('one');
    await jest.advanceTimersByTimeAsync(60_001);
    const errors: unknown[] = [];
    const onError = (error: unknown) => errors.push(error);
    response.write('two', onError);
    response.write('three', 'utf8', onError);
    response.write('four');
    await jest.advanceTimersByTimeAsync(1);
    expect(errors).toEqual([expect.any(Error), expect.any(Error)]);
    expect(response.written).toHaveLength(1);
  });

  it.each([
    ['over HTTP/1', (response: Response) => void (response.destroyed = true)],
    ['over HTTP/2', (response: Response) => void (response.stream = { destroyed: true })],
  ])('is not watched if the client disconnected before the first part, %s', (_over, leave) => {
    const response = bound(endingIn(60), false, leave);
    response.write('one');
    expect([response.written.length, open.size]).toEqual([1, 0]);
  });

  it('does not start if the token has expired before the first part', () => {
    const response = bound(endingIn(-1));
    response.write('one');
    expect([response.written, response.destroyed, open.size]).toEqual([[], true, 0]);
  });

  it('ends with the token of the last guard that admitted the call', async () => {
    const response = bound(endingIn(60));
    endWithToken(response, { principal: endingIn(120), open, isEventStream: false });
    response.write('one');
    endWithToken(response, { principal: endingIn(300), open, isEventStream: false });
    await jest.advanceTimersByTimeAsync(299_000);
    expect([response.destroyed, response.written.length, open.size]).toEqual([false, 1, 1]);
    await jest.advanceTimersByTimeAsync(2000);
    expect(response.destroyed).toBe(true);
  });
});

describe('an event stream that ends with its token', () => {
  const farewell = expect.stringMatching(/^event: unauthorized\ndata: \{"statusCode":401,.*\}\n\n$/) as string;

  it('sends the reason, and closes the connection', async () => {
    const response = bound(endingIn(60), true);
    response.write('data: 1\n\n');
    await jest.advanceTimersByTimeAsync(60_001);
    expect(response.written.at(-1)).toEqual([farewell]);
    expect(response.socket.destroySoon).toHaveBeenCalledTimes(1);
    expect(response.end).not.toHaveBeenCalled();
  });

  it('ends only its stream over HTTP/2', async () => {
    const response = bound(endingIn(60), true, (each) => void (each.stream = { destroyed: false }));
    response.write('data: 1\n\n');
    await jest.advanceTimersByTimeAsync(60_001);
    expect(response.written.at(-1)).toEqual([farewell]);
    expect(response.end).toHaveBeenCalledTimes(1);
    expect(response.socket.destroySoon).not.toHaveBeenCalled();
  });

  it('does not wait for ever for a client that does not read', async () => {
    const response = bound(endingIn(60), true);
    response.write('data: 1\n\n');
    await jest.advanceTimersByTimeAsync(60_001);
    expect(response.destroyed).toBe(false);
    await jest.advanceTimersByTimeAsync(5000);
    expect(response.destroyed).toBe(true);
  });

  it('waits for nothing once the connection is closed', async () => {
    const response = bound(endingIn(60), true);
    response.write('data: 1\n\n');
    await jest.advanceTimersByTimeAsync(60_001);
    response.emit('close');
    expect(jest.getTimerCount()).toBe(0);
  });
});

describe('a refused response that has started', () => {
  it('ends on Fastify instead of being sent again', () => {
    const raw = new Response();
    const send = jest.fn();
    const reply = { raw, header: jest.fn(), send } as unknown as HttpResponse;
    endInsteadOfSending(reply);
    expect(reply.send?.({ statusCode: 401 })).toBe(reply);
    expect(raw.end.mock.calls).toEqual([[]]);
    expect(send).not.toHaveBeenCalled();
  });

  it('is left to Nest on Express', () => {
    const response = new Response();
    endInsteadOfSending(response);
    expect(response).not.toHaveProperty('send');
  });
});
