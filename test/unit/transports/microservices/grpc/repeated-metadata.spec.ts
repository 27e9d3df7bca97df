import { EventEmitter } from 'node:events';
import { jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { of } from 'rxjs';
import { keepRepeatedMetadata } from '../../../../../lib/transports/microservices/grpc/repeated-metadata.js';

/** A gRPC server of Nest that has created the given object. */
const nestServer = (created: unknown) => ({
  createClient: () => Promise.resolve(created),
  createStreamCallMethod: () => undefined,
});

it('restores the values that Node drops from the headers, before gRPC reads them', async () => {
  const http2Server = new EventEmitter();
  const seen: unknown[] = [];
  http2Server.on('stream', (_stream, { authorization }: Record<string, unknown>) => seen.push(authorization));
  const server = nestServer({ http2Servers: new Map([[http2Server, {}]]) });
  keepRepeatedMetadata(of(server, { createClient: 'of another transport' }));
  await server.createClient();
  http2Server.emit('stream', {}, { authorization: 'a' }, 0, ['authorization', 'a', 'x', 'authorization', 'authorization', 'b']);
  http2Server.emit('stream', {}, { authorization: 'a' }, 0, ['authorization', 'a', 'x', 'authorization']);
  expect(seen).toEqual([['a', 'b'], 'a']);
});

it('warns if grpc-js does not expose its servers', async () => {
  const warn = jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
  const server = nestServer({});
  keepRepeatedMetadata(of(server));
  await server.createClient();
  expect(warn).toHaveBeenCalledWith(expect.stringContaining('two "authorization" fields'));
  warn.mockRestore();
});
