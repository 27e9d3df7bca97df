import { parseTokenSources } from '../../../../lib/authentication/tokens/parse-token-sources.js';

const read = () => undefined;

describe('the option "tokenFrom"', () => {
  it.each<[unknown, readonly unknown[]]>([
    [undefined, ['authorization']],
    ['authorization', ['authorization']],
    [{ header: 'X-Goog-IAP-JWT-Assertion' }, [{ header: 'x-goog-iap-jwt-assertion' }]],
    [{ cookie: '__Host-session' }, [{ cookie: '__Host-session' }]],
    [
      { cookie: 's', origins: ['https://app.acme.com', 'http://localhost:3000'] },
      [{ cookie: 's', origins: ['https://app.acme.com', 'http://localhost:3000'] }],
    ],
    [{ query: 'access_token' }, [{ query: 'access_token' }]],
    [read, [read]],
    [
      ['authorization', { cookie: 'a' }, { cookie: 'b' }, read],
      ['authorization', { cookie: 'a' }, { cookie: 'b' }, read],
    ],
  ])('reads %j', (value, sources) => {
    expect(parseTokenSources(value)).toEqual(sources);
  });

  it.each<[unknown, RegExp]>([
    [[], /is an empty list/],
    ['cookie', /cannot be "cookie"/],
    ['Authorization', /cannot be "Authorization"/],
    [null, /cannot be null/],
    [42, /cannot be 42/],
    [[['authorization']], /cannot be \["authorization"\]/],
    [{}, /has no "header", "cookie" or "query"/],
    [{ query: '' }, /that is a name, got/],
    [{ query: ['a'] }, /that is a name, got/],
    [{ body: 'token' }, /has no option "body"/],
    [{ header: 'authorization' }, /Write 'authorization'/],
    [{ header: 'Cookie' }, /Write \{ cookie: /],
    [{ header: 'x y' }, /"header" must be the name of a header, got "x y"/],
    [{ header: 'x\r\ny' }, /"header" must be the name of a header/],
    [{ header: 'x', cookie: 'y' }, /has no option "cookie"/],
    [{ header: 'x', origins: [] }, /has no option "origins"/],
    [{ query: 'x', cookie: 'y' }, /has no option "query"/],
    [{ cookie: 'a=b' }, /"cookie" must be the name of a cookie/],
    [{ cookie: '' }, /"cookie" must be the name of a cookie/],
    [{ cookie: 's', origins: 'https://a.test' }, /"origins" must list origins/],
    [{ cookie: 's', origins: ['https://a.test/'] }, /no slash at the end/],
    [{ cookie: 's', origins: ['*'] }, /"origins" must list origins/],
    [{ cookie: 's', origins: ['null'] }, /"origins" must list origins/],
    [{ cookie: 's', origins: ['https://A.test'] }, /"origins" must list origins/],
    [['authorization', 'authorization'], /twice/],
    [[{ header: 'X-A' }, { header: 'x-a' }], /names \{"header":"x-a"\} twice/],
    [[read, read], /twice/],
    [async () => Promise.resolve('a'), /must be a function that returns its result synchronously/],
  ])('refuses %p', (value, message) => {
    expect(() => parseTokenSources(value)).toThrow(message);
  });
});
