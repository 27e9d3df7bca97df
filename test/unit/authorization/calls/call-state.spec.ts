import {
  rememberNobody,
  rememberState,
  standingIn,
  stateOf,
  type CallState,
} from '../../../../lib/authorization/calls/call-state.js';
import { unknownTransport } from '../../../../lib/authorization/calls/unknown-transport.js';

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
    rememberNobody(unknown);
    expect([stateOf(known), standingIn(call(known))]).toEqual([state, 'within']);
    expect([stateOf(unknown), standingIn(call(unknown))]).toEqual([undefined, 'within']);
  });

  it('is the caller still where another part of the call knows nobody, and the caller again where one becomes known', () => {
    const carrier = {};
    rememberState(carrier, state);
    rememberNobody(carrier);
    expect(stateOf(carrier)).toBe(state);
    const later = {};
    rememberNobody(later);
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
