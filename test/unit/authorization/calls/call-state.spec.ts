import { rememberNoCaller, rememberState, standingIn, stateOf } from '../../../../lib/authorization/calls/call-state.js';
import type { CallState } from '../../../../lib/authorization/calls/call.interface.js';
import { unknownTransport } from '../../../../lib/authorization/transports/unknown-transport.js';

const state = { token: 'x' } as unknown as CallState;
const call = (carrier: object, isOver?: () => boolean) => ({
  transport: unknownTransport,
  args: [],
  carrier,
  ...(isOver && { isOver }),
});

describe('what is known of a call', () => {
  it('is nothing before it is judged', () => {
    const carrier = {};
    expect(stateOf(carrier)).toBeUndefined();
    expect(standingIn(call(carrier))).toBe('unjudged');
  });

  it('is its caller, or that no caller is known, once it is judged', () => {
    const [known, unknown] = [{}, {}];
    rememberState(known, state);
    rememberNoCaller(unknown);
    expect([stateOf(known), standingIn(call(known))]).toEqual([state, 'within']);
    expect([stateOf(unknown), standingIn(call(unknown))]).toEqual([undefined, 'within']);
  });

  it('keeps the caller if another part of the call has none, and accepts a caller later', () => {
    const carrier = {};
    rememberState(carrier, state);
    rememberNoCaller(carrier);
    expect(stateOf(carrier)).toBe(state);
    const later = {};
    rememberNoCaller(later);
    rememberState(later, state);
    expect(stateOf(later)).toBe(state);
  });

  it('is nothing outside of any call, nor after its end', () => {
    const carrier = {};
    rememberState(carrier, state);
    expect(standingIn(undefined)).toBe('outside');
    expect(standingIn(call(carrier, () => true))).toBe('over');
    expect(standingIn(call(carrier, () => false))).toBe('within');
    expect(standingIn(call({}, () => true))).toBe('over');
  });
});
