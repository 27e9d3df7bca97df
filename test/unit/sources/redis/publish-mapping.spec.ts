import { AuthzConfigError } from '../../../../lib/core/index.js';
import { publishMapping, type PublishOptions, type RedisWriter } from '../../../../lib/sources/redis/index.js';

/** Fails at any use. */
const untouched: RedisWriter = {
  hset: () => Promise.reject(new Error('written')),
  publish: () => Promise.reject(new Error('announced')),
};

describe('publishMapping', () => {
  it.each([
    ['', {}, '"publishMapping(client, text)" must be a mapping in JSON or YAML, as a string, got ""'],
    [{ roles: {} }, {}, '"publishMapping(client, text)" must be a mapping in JSON or YAML, as a string, got {"roles":{}}'],
    ['x', { key: '' }, '"publishMapping({ key })" must be a name in Redis'],
    ['x', { channel: 7 }, '"publishMapping({ channel })" must be a name in Redis'],
    ['x', { version: '' }, '"publishMapping({ version })" must be a string of 1 to 256 characters, got ""'],
    ['x', { version: 7 }, '"publishMapping({ version })" must be a string of 1 to 256 characters, got 7'],
    ['x', { version: 'v'.repeat(257) }, '"publishMapping({ version })" must be a string of 1 to 256 characters'],
    ['x', { versions: '1' }, 'publishMapping() has no option "versions". Did you mean "version"?'],
  ])('rejects %j with %j before it writes anything', async (text, options, message) => {
    const refused = publishMapping(untouched, text as string, options as PublishOptions);
    await expect(refused).rejects.toThrow(AuthzConfigError);
    await expect(refused).rejects.toThrow(message);
  });
});
