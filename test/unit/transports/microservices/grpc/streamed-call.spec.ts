import { Duplex } from 'node:stream';
import { AuthzRpcException, SilentRefusal } from '../../../../../lib/transports/microservices/authz-rpc.exception.js';
import { StreamedCall } from '../../../../../lib/transports/microservices/grpc/streamed-call.js';
import { turns } from '../../../../waiting/turns.js';

const refused = new AuthzRpcException('token_revoked', { code: 16 });

class ByAuthz extends Error {}
const refusalIn = (error: unknown) => (error instanceof ByAuthz ? refused : undefined);

/** A call as grpc-js makes it: it ends with a status by its own listener. */
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

it('ends a loop over the call, and no listener of the handler hears of an error', async () => {
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
])('ends with a refusal that a listener %s', async (_how, listener) => {
  const { call, stream, statuses } = callOf();
  call.on('data', listener);
  call.push(1);
  await turns();
  expect([statuses, stream.isEnded]).toEqual([[{ code: 16 }], true]);
});

it('drops what the handler has not read', async () => {
  const { call, stream } = callOf();
  const taken: unknown[] = [];
  call.push(1);
  call.push(2);
  stream.end(refused);
  call.on('data', (value) => taken.push(value)).on('end', () => taken.push('end'));
  await turns();
  expect(taken).toEqual(['end']);
});

it('tells who writes after the end that it goes nowhere', async () => {
  const { call, stream, statuses } = callOf();
  stream.end(refused);
  const told = new Promise((resolve) => call.write(1, resolve));
  expect(await told).toBeInstanceOf(Error);
  expect(call.write(2)).toBe(true);
  expect(statuses).toHaveLength(1);
});

it('answers a call with one answer, once', () => {
  const answers: unknown[] = [];
  const { args, stream } = callOf((...given: unknown[]) => answers.push(given));
  stream.end(refused);
  (args[1] as (...given: unknown[]) => void)(null, 1);
  expect(answers).toEqual([[{ code: 16 }]]);
});

it('catches the refusal that an async listener rejects with', async () => {
  const { call } = callOf();
  call.on('data', (() => Promise.reject(new SilentRefusal('permission_missing', {}))) as () => void);
  call.push(1);
  await turns();
});
