import { foreignOrigin } from '../../../../lib/authentication/tokens/request-origin.js';

const OWN = { host: 'own.test' };

describe('foreignOrigin', () => {
  it.each<[string, Record<string, string>]>([
    ['no browser', {}],
    ['no browser, without a host', { host: undefined as unknown as string }],
    ['an own page', { 'sec-fetch-site': 'same-origin' }],
    [
      'an own page behind a proxy with another name for the host',
      { 'sec-fetch-site': 'same-origin', origin: 'https://www.test' },
    ],
    ['a person', { 'sec-fetch-site': 'none' }],
    ['an own page in an old browser', { origin: 'https://own.test' }],
    ['an own page where TLS ends before', { origin: 'http://own.test' }],
    ['an own page of a host in capitals', { origin: 'https://own.test', host: 'OWN.test' }],
    ['an own page at a port', { origin: 'https://own.test:8443', host: 'own.test:8443' }],
    ['an own page over HTTP/2', { origin: 'https://own.test', host: undefined as unknown as string, ':authority': 'own.test' }],
    ['a page that is named', { origin: 'https://app.test', 'sec-fetch-site': 'cross-site' }],
  ])('is none for %s', (_who, headers) => {
    expect(foreignOrigin({ headers: { ...OWN, ...headers } }, ['https://app.test'])).toBeUndefined();
  });

  it.each<[string, Record<string, string>, string]>([
    ['another site', { 'sec-fetch-site': 'cross-site', origin: 'https://evil.test' }, 'https://evil.test'],
    [
      'another site whose page names the host',
      { 'sec-fetch-site': 'cross-site', origin: 'https://own.test' },
      'https://own.test',
    ],
    ['another site without an origin', { 'sec-fetch-site': 'cross-site' }, 'cross-site'],
    ['a neighbour', { 'sec-fetch-site': 'same-site', origin: 'https://blog.own.test' }, 'https://blog.own.test'],
    ['what no browser says', { 'sec-fetch-site': 'Same-Origin' }, 'Same-Origin'],
    ['another site in an old browser', { origin: 'https://evil.test' }, 'https://evil.test'],
    ['another port', { origin: 'https://own.test:8443' }, 'https://own.test:8443'],
    ['no origin', { origin: 'null' }, 'null'],
    ['what is no URL', { origin: '' }, ''],
    ['another in the name', { origin: 'https://app.test.evil.test' }, 'https://app.test.evil.test'],
    ['an origin without a host', { origin: 'https://own.test', host: undefined as unknown as string }, 'https://own.test'],
  ])('is that of %s', (_who, headers, origin) => {
    expect(foreignOrigin({ headers: { ...OWN, ...headers } }, ['https://app.test'])).toBe(origin);
  });
});
