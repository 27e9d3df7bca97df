import fc from 'fast-check';
import type { ServerResponse } from 'node:http';
import { eventScanner, followEvents } from '../../../../lib/sources/http-bundle/change-events.js';
import { PublisherRequests } from '../../../../lib/sources/http-bundle/revocations/publisher-requests.js';
import { body, LoopbackServer, status } from '../../../servers/loopback-server.js';

/** Counts the events of a stream, cut into pieces at these places. */
function eventsIn(stream: string, cuts: readonly number[] = []): number {
  let received = 0;
  const scan = eventScanner(() => received++);
  const bytes = Buffer.from(stream);
  const places = [...cuts.map((cut) => cut % (bytes.length + 1)), 0, bytes.length].sort((a, b) => a - b);
  places.forEach((place, index) => scan(bytes.subarray(place, places[index + 1] ?? bytes.length)));
  return received;
}

describe('a stream of events', () => {
  it.each([
    ['nothing', '', 0],
    ['empty lines', '\n\n\n', 0],
    ['a comment', ': alive\n\n', 0],
    ['a comment about data', ':data: x\n\n', 0],
    ['a time to wait', 'retry: 1000\n\n', 0],
    ['an id alone', 'id: 7\n\n', 0],
    ['a type alone', 'event: changed\n\n', 0],
    ['an event that has not ended', 'data: x\n', 0],
    ['an event', 'data: x\n\n', 1],
    ['an event without a word', 'data\n\n', 1],
    ['an event with all of it', 'event: changed\nid: 7\nretry: 1\ndata: x\ndata: y\n\n', 1],
    ['an event after a comment', ': alive\ndata: x\n\n', 1],
    ['two events', 'data: x\n\ndata: y\n\n', 2],
  ])('has in %s: %j, %i', (_name, stream, count) => {
    expect(eventsIn(stream)).toBe(count);
    expect(eventsIn(stream.replaceAll('\n', '\r\n'))).toBe(count);
    expect(eventsIn(stream.replaceAll('\n', '\r'))).toBe(count);
  });

  it('has as many, however it is cut and its lines end', () => {
    const block = fc.constantFrom(': c', 'id: 1', 'data: é', 'event: x\ndata: y', 'data: 1\ndata: 2', 'retry: 5', 'datum');
    const lineEnds = fc.constantFrom('\n', '\r\n', '\r');
    fc.assert(
      fc.property(fc.array(block, { maxLength: 8 }), lineEnds, fc.array(fc.nat(), { maxLength: 12 }), (blocks, lineEnd, cuts) => {
        const stream = blocks.map((text) => `${text}\n\n`.replaceAll('\n', lineEnd)).join('');
        // Any field that begins with a "d" counts, since "data" is the only one.
        expect(eventsIn(stream, cuts)).toBe(blocks.filter((text) => /^d/m.test(text)).length);
      }),
    );
  });
});

describe('following a stream', () => {
  let server: LoopbackServer;
  let end: () => void = () => undefined;
  let problems: string[] = [];
  beforeEach(async () => {
    problems = [];
    server = await LoopbackServer.start();
  });
  afterEach(async () => {
    end();
    await server.stop();
  });

  /** Follows the server's stream. Resolves after that many calls. */
  const follow = (headers = () => Promise.resolve<Record<string, string>>({})) => {
    let received = 0;
    const waiting: (() => void)[] = [];
    const hear = () => {
      received++;
      for (const resolve of waiting.splice(0)) resolve();
    };
    end = followEvents(server.url, new PublisherRequests(headers), hear, (problem) => problems.push(problem));
    return async (times: number) => {
      while (received < times) await new Promise<void>((resolve) => waiting.push(resolve));
      return received;
    };
  };
  const open: ServerResponse[] = [];
  const stream = (_: unknown, response: ServerResponse) => {
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' }).flushHeaders();
    open.push(response);
  };

  it('calls back when it opens, and at each event', async () => {
    server.answer = stream;
    const received = follow(() => Promise.resolve({ authorization: 'Bearer x' }));
    expect(await received(1)).toBe(1);
    open.at(-1)!.write('data: x\n\n');
    expect(await received(2)).toBe(2);
    expect(server.requests[0]!.headers).toMatchObject({ accept: 'text/event-stream', authorization: 'Bearer x' });
  });

  it('reconnects after the connection broke, and receives later events', async () => {
    server.answer = stream;
    const received = follow();
    await received(1);
    await server.restart();
    await received(2);
    open.at(-1)!.write('data: x\n\n');
    await received(3);
    expect(server.requests).toHaveLength(2);
  });

  it.each([
    ['answers 500', status(500)],
    ['answers 204', status(204, { 'content-type': 'text/event-stream' })],
    ['redirects', status(302, { location: '/elsewhere' })],
    ['responds with a web page', body('data: x\n\n', { 'content-type': 'text/html' })],
  ])('receives nothing from a server that %s, and tries again', async (_name, answer) => {
    server.answer = answer;
    const received = follow();
    await server.asked(2);
    expect(problems[0]).toMatch(
      /^Change events from http:\/\/127\.0\.0\.1:\d+\/ cannot be received, so changes are found by polling only: it answered \d{3}, or/,
    );
    server.answer = stream;
    expect(await received(1)).toBe(1);
    expect(server.requests.every(({ path }) => path === '/')).toBe(true);
  });

  it('tries again after the headers failed', async () => {
    server.answer = stream;
    let asked = 0;
    const received = follow(() => (++asked === 1 ? Promise.reject(new Error('no token')) : Promise.resolve({})));
    await received(1);
    expect(asked).toBe(2);
    expect(problems).toEqual([expect.stringContaining('found by polling only: "headers" failed: no token')]);
  });

  it('stops when it is ended', async () => {
    server.answer = stream;
    await follow()(1);
    const closed = new Promise((resolve) => open.at(-1)!.once('close', resolve));
    end();
    await closed;
    expect(server.requests).toHaveLength(1);
  });
});
