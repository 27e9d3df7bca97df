import { Duplex } from 'node:stream';
import { AuthzRpcException, SilentRefusal } from '../../../../../lib/transports/microservices/authz-rpc.exception.js';
import { StreamedCall } from '../../../../../lib/transports/microservices/grpc/streamed-call.js';
import { turns } from '../../../../waiting/turns.js';

const refused = new AuthzRpcException('token_revoked', { code: 16 });

class ByAuthz extends Error {}
const refusalIn = (error: unknown) => (error instanceof ByAuthz ? refused : undefined);

/** A call like those of grpc-js, whose own listener ends it with a status. */
function callOf(...more: unknown[]) {
  const call = new Duplex({ objectMode: true, read: () => undefined, write: (_chunk, _encoding, done) => done() });
  const statuses: unknown[] = [];
  call.on('error', (status) => {
    statuses.push(status);
    call.end();
  });
  const args = [call, ...more];
  return { call, args, statuses, stream: new StreamedCall(args, (what) => what(), refusalIn) };
}

it('ends a loop over the call, and calls no error listener of the handler', async () => {
  const { call, stream, statuses } = callOf();
  const taken: unknown[] = [];
  call.on('error', () => taken.push('error'));
  const loop = (async () => {
    for await (const value of call) taken.push(value);
  })();
  call.push(1);
  await turns();
  stream.end(refused);
  stream.end(refused);
  call.push(2);
  await loop;
  expect([taken, statuses, stream.isEnded]).toEqual([[1], [{ code: 16 }], true]);
});

it.each<[string, () => unknown]>([
  [
    'throws',
    () => {
      throw new ByAuthz();
    },
  ],
  ['rejects with', () => Promise.reject(new ByAuthz())],
])('ends with a refusal if a listener %s', async (_how, listener) => {
  const { call, stream, statuses } = callOf();
  call.on('data', listener);
  call.push(1);
  await turns();
  expect([statuses, stream.isEnded]).toEqual([[{ code: 16 }], true]);
});

it('drops unread data', async () => {
  const { call, stream } = callOf();
  const taken: unknown[] = [];
  call.push(1);
  call.push(2);
  stream.end(refused);
  call.on('data', (value) => taken.push(value)).on('end', () => taken.push('end'));
  await turns();
  expect(taken).toEqual(['end']);
});

it('reports an error to writes after the end', async () => {
  const { call, stream, statuses } = callOf();
  stream.end(refused);
  const failure = new Promise((resolve) => call.write(1, resolve));
  expect(await failure).toBeInstanceOf(Error);
  expect(call.write(2)).toBe(true);
  expect(statuses).toHaveLength(1);
});

it('sends the single response of a call only once', () => {
  const responses: unknown[] = [];
  const { args, stream } = callOf((...given: unknown[]) => responses.push(given));
  stream.end(refused);
  (args[1] as (...given: unknown[]) => void)(null, 1);
  expect(responses).toEqual([[{ code: 16 }]]);
});

it('catches the refusal that an async listener rejects with', async () => {
  const { call } = callOf();
  call.on('data', (() => Promise.reject(new SilentRefusal('permission_missing', {}))) as () => void);
  call.push(1);
  await turns();
});
