import { AuthzConfigError } from '../../../../lib/core/index.js';
import { httpUrl, isFetchable } from '../../../../lib/network/http-client/index.js';

describe('httpUrl', () => {
  it.each(['https://a.test/x?y=1', 'http://127.0.0.1:8080/', 'http://[::1]/', 'http://localhost/'])(
    'returns %s unchanged',
    (url) => {
      expect(httpUrl(url, 'url', false)).toBe(url);
    },
  );

  it('accepts http beyond loopback only with allowHttp', () => {
    expect(httpUrl('http://a.test', 'url', true)).toBe('http://a.test');
    expect(() => httpUrl('http://a.test', 'url', false)).toThrow('Use https, or write allowHttp: true beside it');
  });

  it.each([
    undefined,
    7,
    '',
    'a.test',
    '/mapping',
    'ftp://a.test',
    ' https://a.test',
    'file:///etc/passwd',
    new URL('https://a.test'),
  ])('refuses %j', (value) => {
    expect(() => httpUrl(value, 'bundle.url', true)).toThrow('"bundle.url" must be an absolute https URL without credentials');
  });

  it('rejects credentials without showing them', () => {
    const mistake = mistakeOf(() => httpUrl('https://ann:secret@a.test', 'url', false));
    expect(mistake.code).toBe('AUTHZ_URL');
    expect(mistake.message).not.toContain('secret');
  });
});

describe('isFetchable', () => {
  it.each(['http://127.0.0.1.evil.test', 'http://localhost.evil.test', 'http://10.0.0.1', 'ftp://localhost', 'file:///a'])(
    'is not %s',
    (url) => {
      expect(isFetchable(new URL(url), false)).toBe(false);
    },
  );
});

function mistakeOf(run: () => unknown): AuthzConfigError {
  try {
    run();
  } catch (error) {
    if (error instanceof AuthzConfigError) return error;
    throw error;
  }
  throw new Error('There is no mistake.');
}
