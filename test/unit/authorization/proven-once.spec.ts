import { provenOnce } from '../../../lib/authorization/proven-once.js';
import type { Principal, RefusalReason } from '../../../lib/core/index.js';

const bound = { claims: { cnf: { jkt: 'key' } } } as unknown as Principal;
const unbound = { claims: {} } as unknown as Principal;

/** A proof that answers these in turn, and how often it was asked for. */
function proof(...answers: (RefusalReason | undefined | Promise<RefusalReason | undefined>)[]) {
  let asked = 0;
  return { prove: () => answers[Math.min(asked++, answers.length - 1)], asked: () => asked };
}

describe('the possession of a bound token', () => {
  it('is proven once for each connection', async () => {
    const { prove, asked } = proof(Promise.resolve(undefined));
    const connection = {};
    const answers = Array.from({ length: 5 }, async () => provenOnce(connection, bound, 'token', prove));
    expect(await Promise.all(answers)).toEqual(Array(5).fill(undefined));
    await provenOnce(connection, bound, 'token', prove);
    expect(asked()).toBe(1);
    await provenOnce({}, bound, 'token', prove);
    expect(asked()).toBe(2);
  });

  it('is proven anew for another token', async () => {
    const { prove, asked } = proof(Promise.resolve(undefined), Promise.resolve('proof_invalid'));
    const connection = {};
    await provenOnce(connection, bound, 'token', prove);
    expect(await provenOnce(connection, bound, 'another', prove)).toBe('proof_invalid');
    expect(asked()).toBe(2);
  });

  it.each<[string, () => RefusalReason | Promise<RefusalReason | undefined>]>([
    ['failed', () => Promise.resolve('proof_invalid')],
    ['failed at once', () => 'binding_mismatch'],
    ['could not be tried', () => Promise.reject(new Error('out of memory'))],
  ])('is asked for again where it %s', async (_how, first) => {
    const connection = {};
    const failing = async () => provenOnce(connection, bound, 'token', first);
    expect(await failing().catch(() => 'thrown')).toBeDefined();
    const { prove, asked } = proof(Promise.resolve(undefined));
    expect(await provenOnce(connection, bound, 'token', prove)).toBeUndefined();
    expect(asked()).toBe(1);
  });

  it('is not forgotten where an older proof fails later', async () => {
    const connection = {};
    let fail: (reason: RefusalReason) => void = () => undefined;
    const slow = provenOnce(connection, bound, 'old', () => new Promise((resolve) => (fail = resolve)));
    await provenOnce(connection, bound, 'new', () => Promise.resolve(undefined));
    fail('proof_invalid');
    expect(await slow).toBe('proof_invalid');
    const { prove, asked } = proof('binding_mismatch');
    expect(await provenOnce(connection, bound, 'new', prove)).toBeUndefined();
    expect(asked()).toBe(0);
  });

  it('is asked for each time, at once, where the token is not bound: nothing is to be proven', () => {
    const { prove, asked } = proof(undefined, 'binding_mismatch');
    const connection = {};
    expect([provenOnce(connection, unbound, 'token', prove), provenOnce(connection, unbound, 'token', prove)]).toEqual([
      undefined,
      'binding_mismatch',
    ]);
    expect(asked()).toBe(2);
  });
});
