import { EventEmitter } from 'node:events';
import { followToEnd, isOver } from '../../../../lib/transports/http/http-end.js';
import { turns } from '../../../waiting/turns.js';

/** The members of a response that concern its end. */
class FakeResponse extends EventEmitter {
  headersSent = false;
  readonly sent: unknown[] = [];
  header(): void {
    this.headersSent = true;
  }
  writeHead(): this {
    this.headersSent = true;
    return this;
  }
  write(part: unknown): boolean {
    this.sent.push(part);
    return true;
  }
  end(part: unknown): this {
    this.sent.push(part);
    return this;
  }
}

const followed = (): FakeResponse => {
  const response = new FakeResponse();
  followToEnd(response);
  return response;
};

describe('a response', () => {
  it.each(['finish', 'close'])('is over with %s, once all listeners have run', async (event) => {
    const response = followed();
    response.writeHead();
    const observed: boolean[] = [];
    response.on(event, () => observed.push(isOver(response)));
    response.emit(event);
    expect(observed).toEqual([false]);
    await turns();
    expect(isOver(response)).toBe(true);
  });

  it.each<[string, (response: FakeResponse) => unknown]>([
    ['head', (response) => response.writeHead()],
    ['part', (response) => response.write('x')],
    ['end', (response) => response.end('x')],
  ])('that is closed before it started is over when its handler calls %s', async (_what, answer) => {
    const response = followed();
    response.emit('close');
    await turns();
    expect(isOver(response)).toBe(false);
    expect([response, true]).toContain(answer(response));
    await turns();
    expect(isOver(response)).toBe(true);
  });

  it('of Fastify is the wrapped response of Node', async () => {
    const raw = new FakeResponse();
    const reply = { raw, header: () => undefined } as never;
    followToEnd(reply);
    raw.writeHead();
    raw.emit('finish');
    await turns();
    expect(isOver(reply)).toBe(true);
  });
});
