import fc from 'fast-check';
import { actorsOf } from '../../../lib/core/actor.js';

describe('actorsOf', () => {
  it('returns an empty list without the claim', () => {
    expect(actorsOf({})).toEqual([]);
  });

  it('returns the chain of actors, the current actor first (RFC 8693 section 4.1)', () => {
    const act = { sub: 'orders', iss: 'https://id.acme.test', act: { sub: 'gateway', act: { client_id: 'web' } } };
    expect(actorsOf({ act })).toEqual([
      { subject: 'orders', issuer: 'https://id.acme.test' },
      { subject: 'gateway', issuer: undefined },
      { subject: 'web', issuer: undefined },
    ]);
  });

  it.each([
    ['not an object', 'orders'],
    ['a list', [{ sub: 'orders' }]],
    ['null', null],
    ['without a name', { iss: 'x' }],
    ['with an empty name', { sub: '' }],
    ['with a name that is not a string', { sub: 7, client_id: ['web'] }],
    ['with the name of another object', Object.create({ sub: 'inherited' })],
  ])('returns an empty list if the claim is %s', (_what, act) => {
    expect(actorsOf({ act })).toEqual([]);
  });

  it('reads own properties only', () => {
    expect(actorsOf(Object.create({ act: { sub: 'inherited' } }) as Record<string, unknown>)).toEqual([]);
    expect(actorsOf(JSON.parse('{"act":{"__proto__":{"sub":"x"}}}') as Record<string, unknown>)).toEqual([]);
  });

  it('stops at the first value that is not an actor, and after ten actors', () => {
    expect(actorsOf({ act: { sub: 'a', act: { sub: 7, act: { sub: 'c' } } } }).map(({ subject }) => subject)).toEqual(['a']);
    let act: object = { sub: 'last' };
    for (let number = 0; number < 2000; number++) act = { sub: `actor ${number}`, act };
    expect(actorsOf({ act })).toHaveLength(10);
  });

  it('returns a short, frozen list of names for any claims', () => {
    const claims = fc.letrec((tie) => ({
      act: fc.oneof(
        fc.record({ sub: fc.oneof(fc.string(), fc.anything()), iss: fc.anything(), act: tie('act') }, { requiredKeys: [] }),
        fc.anything(),
      ),
    }));
    fc.assert(
      fc.property(fc.record({ act: claims.act }, { requiredKeys: [] }), (given) => {
        const actors = actorsOf(given);
        expect(actors.length).toBeLessThanOrEqual(10);
        expect(Object.isFrozen(actors) && actors.every(Object.isFrozen)).toBe(true);
        for (const { subject, issuer } of actors) {
          expect(typeof subject === 'string' && subject !== '').toBe(true);
          expect(issuer === undefined || typeof issuer === 'string').toBe(true);
        }
      }),
    );
  });
});
