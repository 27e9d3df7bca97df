import { EventEmitter } from 'node:events';
import { Metadata } from '@grpc/grpc-js';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import { of } from 'rxjs';
import { BY_DEFAULT } from '../../../../lib/authentication/index.js';
import { CallScope, OpenCalls, Refusals } from '../../../../lib/authorization/index.js';
import { AuthzRpcException, SilentRefusal } from '../../../../lib/transports/microservices/authz-rpc.exception.js';
import { followMessage } from '../../../../lib/transports/microservices/follow-message.js';
import { RabbitAcknowledgements } from '../../../../lib/transports/microservices/rabbit-acknowledgements.js';
import { RpcTransport } from '../../../../lib/transports/microservices/rpc-transport.js';
import { Revocations } from '../../../../lib/revocation/index.js';

const open = new OpenCalls(new Revocations(undefined), new Refusals({}), 0);
afterAll(() => open.stop());
const transport = new RpcTransport({ scope: new CallScope(), open }, new RabbitAcknowledgements(undefined), BY_DEFAULT);

/** A gRPC call that its handler reads and writes itself, once the handler was called. */
function reached(...more: unknown[]): unknown[] {
  const call = Object.assign(new EventEmitter(), { metadata: new Metadata(), sendMetadata: () => undefined });
  const args = [call, ...more];
  transport.unwrap(args);
  void followMessage.intercept(new ExecutionContextHost(args), { handle: () => of(undefined) });
  return args;
}

describe('a listener of a call', () => {
  const thrownIn = (error: Error) => () => {
    const call = reached()[0] as EventEmitter;
    call.on('data', () => {
      throw error;
    });
    return call.emit('data', 1);
  };

  it('may throw the refusal that has ended the call; other errors are rethrown', () => {
    expect(thrownIn(new SilentRefusal('permission_missing', {}))()).toBe(true);
    for (const error of [new Error('of the application'), new AuthzRpcException('permission_missing', {})])
      expect(thrownIn(error)).toThrow(error);
  });
});

it('sends one response to a call, the first', () => {
  const responses: unknown[] = [];
  const answer = reached((...given: unknown[]) => responses.push(given))[1] as (...given: unknown[]) => void;
  answer(null, 1);
  answer(new Error('too late'));
  expect(responses).toEqual([[null, 1]]);
});
