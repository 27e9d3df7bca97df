import { CliError } from '../../../lib/cli/cli.error.js';
import { bundleHeader, bundlePayload, isSignedBundle } from '../../../lib/cli/bundle-text.js';

const encoded = (text: string | Buffer) => Buffer.from(text).toString('base64url');

describe('a signed bundle as a string', () => {
  const bundle = ` ${encoded('{"alg":"ES256"}')}.${encoded('{"roles":{}}')}.${encoded('signature')}\n`;

  it('is distinguished from a document', () => {
    expect(isSignedBundle(bundle)).toBe(true);
    for (const other of ['', '{"roles":{}}', 'roles: {}', 'a.b', 'a.b.c.d']) expect(isSignedBundle(other)).toBe(false);
  });

  it('yields its document and its header', () => {
    expect(bundlePayload(bundle)).toBe('{"roles":{}}');
    expect(bundleHeader(bundle)).toEqual({ alg: 'ES256' });
  });

  it('is damaged if its document is not UTF-8', () => {
    expect(() => bundlePayload(`a.${encoded(Buffer.from([0xff, 0xfe]))}.c`)).toThrow(CliError);
    expect(bundlePayload('a')).toBe('');
  });
});
