import { provenOnce } from '../../../../lib/authorization/calls/proven-once.js';
import type { Principal, RefusalReason } from '../../../../lib/core/index.js';

const bound = { claims: { cnf: { jkt: 'key' } } } as unknown as Principal;
const unbound = { claims: {} } as unknown as Principal;

/** A proof with these results in turn, and the number of times it was checked. */
function proof(...results: (RefusalReason | undefined)[]) {
  let asked = 0;
  return { prove: () => results[Math.min(asked++, results.length - 1)], asked: () => asked };
}

describe('the possession of a bound token', () => {
  it('is proven once for each connection', () => {
    const { prove, asked } = proof(undefined);
    const connection = {};
    expect(Array.from({ length: 5 }, () => provenOnce(connection, bound, 'token', prove))).toEqual(Array(5).fill(undefined));
    expect(asked()).toBe(1);
    provenOnce({}, bound, 'token', prove);
    expect(asked()).toBe(2);
  });

  it('is proven anew for another token', () => {
    const { prove, asked } = proof(undefined, 'proof_invalid');
    const connection = {};
    provenOnce(connection, bound, 'token', prove);
    expect(provenOnce(connection, bound, 'another', prove)).toBe('proof_invalid');
    expect(asked()).toBe(2);
  });

  it('is asked for again where it failed', () => {
    const connection = {};
    expect(provenOnce(connection, bound, 'token', () => 'proof_invalid')).toBe('proof_invalid');
    const { prove, asked } = proof(undefined);
    expect(provenOnce(connection, bound, 'token', prove)).toBeUndefined();
    expect(asked()).toBe(1);
  });

  it('is not forgotten where another token fails later', () => {
    const connection = {};
    provenOnce(connection, bound, 'good', () => undefined);
    expect(provenOnce(connection, bound, 'bad', () => 'proof_invalid')).toBe('proof_invalid');
    const { prove, asked } = proof('binding_mismatch');
    expect(provenOnce(connection, bound, 'good', prove)).toBeUndefined();
    expect(asked()).toBe(0);
  });

  it('is asked for each time where the token is not bound: nothing is to be proven', () => {
    const { prove, asked } = proof(undefined, 'binding_mismatch');
    const connection = {};
    expect([provenOnce(connection, unbound, 'token', prove), provenOnce(connection, unbound, 'token', prove)]).toEqual([
      undefined,
      'binding_mismatch',
    ]);
    expect(asked()).toBe(2);
  });
});
