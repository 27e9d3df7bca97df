import type { ExecutionContext } from '@nestjs/common';
import { rememberNoCaller, rememberState } from '../../../../lib/authorization/calls/call-state.js';
import type { CallHandling, CallState } from '../../../../lib/authorization/calls/call.interface.js';
import { stateIn } from '../../../../lib/authorization/calls/state-in-context.js';
import { Transports } from '../../../../lib/authorization/transports/transports.js';

class Jobs {
  run(): string {
    return 'done';
  }
}

/** An application with a transport of the type. */
function register(type: string, carrier: CallHandling['carrier']): void {
  new Transports().add(type, { carrier, credentials: () => ({ kind: 'none' }) });
}

function contextOf(type: string, ...args: unknown[]): ExecutionContext {
  const context = { getType: () => type, getArgs: () => args, getClass: () => Jobs, getHandler: () => Jobs.prototype.run };
  return context as unknown as ExecutionContext;
}

const withCode = (code: string) => expect.objectContaining({ code }) as Error;
const firstOf: CallHandling['carrier'] = ([job]) => job as object;

describe('the caller for decorators of parameters', () => {
  it('is unknown before the guard has run, and over a transport that no application has', () => {
    register('a', firstOf);
    expect(() => stateIn(contextOf('a', {}))).toThrow(withCode('AUTHZ_NOT_JUDGED'));
    expect(() => stateIn(contextOf('b', {}))).toThrow(withCode('AUTHZ_NOT_JUDGED'));
  });

  it('is found beside an application whose function throws, or finds no object, on the call', () => {
    register('c', ([job]) => (job as { readonly other: { readonly call: object } }).other.call);
    register('c', () => null as unknown as undefined);
    register('c', firstOf);
    const [job, state] = [{}, {} as CallState];
    rememberState(job, state);
    expect(stateIn(contextOf('c', job))).toBe(state);
    const anonymous = {};
    rememberNoCaller(anonymous);
    expect(stateIn(contextOf('c', anonymous))).toBeUndefined();
  });

  it('is never that of another application, whose transport of the same type finds another call', () => {
    const connection = {};
    register('d', () => connection);
    register('d', firstOf);
    rememberState(connection, {} as CallState);
    const job = {};
    rememberState(job, {} as CallState);
    expect(() => stateIn(contextOf('d', job))).toThrow(withCode('AUTHZ_TRANSPORT_CARRIER'));
    const anonymous = {};
    rememberNoCaller(anonymous);
    expect(() => stateIn(contextOf('d', anonymous))).toThrow(withCode('AUTHZ_TRANSPORT_CARRIER'));
  });
});
