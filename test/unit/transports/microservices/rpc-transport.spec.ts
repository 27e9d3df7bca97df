import { Metadata } from '@grpc/grpc-js';
import { BaseRpcContext } from '@nestjs/microservices';
import { BY_DEFAULT } from '../../../../lib/authentication/index.js';
import { CallScope, OpenCalls, Refusals } from '../../../../lib/authorization/index.js';
import { type MessageTools } from '../../../../lib/transports/microservices/message.js';
import { RabbitAcknowledgements } from '../../../../lib/transports/microservices/rabbit-acknowledgements.js';
import { RpcTransport } from '../../../../lib/transports/microservices/rpc-transport.js';
import { Revocations } from '../../../../lib/revocation/index.js';

const open = new OpenCalls(new Revocations(undefined), new Refusals({}), 0);
afterAll(() => open.stop());
const tools: MessageTools = { scope: new CallScope(), open };
const transport = new RpcTransport(tools, new RabbitAcknowledgements(undefined), BY_DEFAULT);

/** A gRPC call with metadata. */
function grpc(...values: readonly string[]): readonly unknown[] {
  const metadata = new Metadata();
  for (const value of values) metadata.add('Authorization', value);
  return [{}, metadata, { metadata, sendMetadata: () => undefined }];
}

describe('the metadata of gRPC', () => {
  it('carries one token', () => {
    expect(transport.credentials(grpc('Bearer abc'), false)).toEqual({ kind: 'token', token: 'abc', scheme: 'bearer' });
    expect(transport.credentials(grpc(), false)).toEqual({ kind: 'none' });
  });

  it('with two tokens is ambiguous', () => {
    expect(transport.credentials(grpc('Bearer abc', 'Bearer abc'), false)).toEqual({ kind: 'ambiguous' });
    expect(transport.credentials(grpc('Basic abc', 'Bearer abc'), false)).toEqual({ kind: 'ambiguous' });
  });

  it('is the only source: data that looks like an envelope is data', () => {
    const data = { $authz: { authorization: 'Bearer abc' }, data: 1 };
    const call = [data, ...grpc().slice(1)];
    transport.unwrap(call);
    expect(call[0]).toBe(data);
    expect(transport.credentials(call, false)).toEqual({ kind: 'none' });
  });
});

describe('a message with an HTTP request', () => {
  const contextOf = (request: object) => Object.assign(new BaseRpcContext([]), { getRawRequest: () => request });
  const headers = { authorization: 'Bearer abc', traceparent: 'tp', dpop: 'proof' };
  const request = { method: 'POST', url: '/mcp?x=1', headers };

  it('has the credentials, the proof and the trace context of the request', () => {
    const call = [{}, contextOf(request)];
    expect(transport.credentials(call, false)).toEqual({ kind: 'token', token: 'abc', scheme: 'bearer' });
    expect(transport.facts(call)).toMatchObject({ method: 'POST', path: '/mcp?x=1', dpop: ['proof'] });
    expect(transport.header(call, 'traceparent')).toBe('tp');
    expect(transport.holder(call)).toBe(request);
  });

  it('keeps its proof on the request of Node, which the framework wraps', () => {
    const raw = { rawHeaders: [] };
    expect(transport.holder([{}, contextOf({ ...request, raw })])).toBe(raw);
    expect(transport.holder([{}, new BaseRpcContext([])])).toBeUndefined();
  });

  it('with two tokens is ambiguous', () => {
    const rawHeaders = ['Authorization', 'Bearer abc', 'authorization', 'Bearer abc'];
    expect(transport.credentials([{}, contextOf({ ...request, rawHeaders })], false)).toEqual({ kind: 'ambiguous' });
  });

  it('has no envelope: data that looks like one is data, and no token is read from it', () => {
    const data = { $authz: { authorization: 'Bearer abc' }, data: 1 };
    const call = [data, contextOf({ ...request, headers: {} })];
    transport.unwrap(call);
    expect(call[0]).toBe(data);
    expect(transport.credentials(call, false)).toEqual({ kind: 'none' });
  });
});

describe('trace context', () => {
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

  it('is read from the envelope', () => {
    const call = [{ $authz: { traceparent, tracestate: 'a=1,b=2' }, data: 1 }, new BaseRpcContext([])];
    transport.unwrap(call);
    expect(transport.header(call, 'traceparent')).toBe(traceparent);
    expect(transport.header(call, 'tracestate')).toBe('a=1,b=2');
    expect(transport.header(call, 'host')).toBeUndefined();
  });

  it('is read from headers', () => {
    const call = grpc();
    (call[1] as Metadata).set('traceparent', traceparent);
    expect(transport.header(call, 'traceparent')).toBe(traceparent);
    expect(transport.header(call, 'tracestate')).toBeUndefined();
  });
});

describe('a message that passes several guards', () => {
  it('is unwrapped once', () => {
    const inner = { $authz: {}, data: 'innermost' };
    const call = [{ $authz: {}, data: inner }, new BaseRpcContext([])];
    transport.unwrap(call);
    transport.unwrap(call);
    expect(call[0]).toBe(inner);
  });
});
