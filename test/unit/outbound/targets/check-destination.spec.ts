import { checkDestination } from '../../../../lib/outbound/targets/check-destination.js';
import { targetSettings } from '../../../../lib/outbound/targets/target-settings.js';

describe('the destination of a token for https://stock.acme.test', () => {
  const target = targetSettings('stock', { token: 'forward', audience: 'https://stock.acme.test' });

  it.each([
    'https://stock.acme.test',
    'https://stock.acme.test/42?q=https://evil.test#x',
    'https://stock.acme.test:443/',
    'HTTPS://STOCK.ACME.TEST/',
    'https://stock.acme.test/@evil.test',
    'https:stock.acme.test',
    '  https://stock.acme.test\n',
  ])('to %j', (url) => {
    expect(checkDestination(target, url).origin).toBe('https://stock.acme.test');
  });

  it.each([
    'https://stock.acme.test.evil.test/',
    'https://stock.acme.testevil.test/',
    'https://a.stock.acme.test/',
    'https://acme.test/',
    'https://stock.acme.test./',
    'https://stock.acme.test:444/',
    'https://stock.acme.test:8443/',
    'http://stock.acme.test/',
    'http://stock.acme.test:443/',
    'wss://stock.acme.test/',
    'https://stock.acme.test@evil.test/',
    'https://stock.acme.test:x@evil.test/',
    'https://stock.acme.test%2F@evil.test/',
    'https://evil.test\\@stock.acme.test/',
    'https://evil.test/@stock.acme.test/',
    'https://evil.test?@stock.acme.test/',
    'https://evil.test#@stock.acme.test/',
    'https://ann@stock.acme.test/',
    'https://:pass@stock.acme.test/',
    'https://st\u043eck.acme.test/', // a Cyrillic o
    'https://stock。acme。test.evil.test/',
    'blob:https://stock.acme.test/x',
    'javascript:https://stock.acme.test/',
    'null',
    '',
  ])('not to %j', (url) => {
    expect(() => checkDestination(target, url)).toThrow(
      expect.objectContaining({ code: 'origin_refused', target: 'stock' }) as Error,
    );
  });
});
