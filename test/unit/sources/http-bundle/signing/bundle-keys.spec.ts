import { createPublicKey } from 'node:crypto';
import { pinnedKeys } from '../../../../../lib/sources/http-bundle/signing/bundle-keys.js';
import { newKey, type SigningKey } from '../signing-key.js';

const HEADER = { alg: 'ES256', typ: 'authz-mapping+jws', members: {} };

/** A JWK that records which of its members are read. */
function watched({ jwk }: SigningKey) {
  const read = new Set<PropertyKey>();
  const get = (target: object, name: PropertyKey): unknown => {
    read.add(name);
    return Reflect.get(target, name);
  };
  return { jwk: new Proxy(jwk, { get }), read };
}

describe('the keys of bundles', () => {
  it('are imported when a signature names them: a large set costs no more than a small one', async () => {
    const [named, other] = [watched(newKey('k1')), watched(newKey('k2'))];
    const found = await pinnedKeys([other.jwk, named.jwk])({ ...HEADER, kid: 'k1' });
    expect(found.equals(createPublicKey({ key: { ...named.jwk }, format: 'jwk' }))).toBe(true);
    expect([...other.read]).toEqual(['kid']);
  });

  it('are imported once, and made-up names are not cached', async () => {
    const named = watched(newKey('k1'));
    const keyFor = pinnedKeys([named.jwk]);
    const first = await keyFor({ ...HEADER, kid: 'k1' });
    expect(() => keyFor({ ...HEADER, kid: 'made up' })).toThrow('no applicable key');
    named.read.clear();
    expect(await keyFor({ ...HEADER, kid: 'k1' })).toBe(first);
    expect([...named.read]).toEqual([]);
  });

  it('may share a name if only one fits the algorithm', () => {
    const weak = { ...newKey('k1').jwk, alg: 'ES384' };
    expect(() => pinnedKeys([weak])({ ...HEADER, kid: 'k1' })).toThrow('no applicable key has the "kid" "k1"');
    expect(() => pinnedKeys([weak, newKey('k1').jwk])({ ...HEADER, kid: 'k1' })).not.toThrow();
  });
});
