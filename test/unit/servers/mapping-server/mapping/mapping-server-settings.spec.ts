import { AuthzConfigError } from '../../../../../lib/core/index.js';
import { fileMapping } from '../../../../../lib/mapping/index.js';
import { mappingServerSettings } from '../../../../../lib/servers/mapping-server/mapping/mapping-server-settings.js';
import { newKey } from '../../../sources/http-bundle/signing-key.js';

const GOOD = { source: fileMapping('roles.yaml'), issuer: 'authority', signingKey: newKey('k').key, kid: 'k' };

describe('the options of a mapping server', () => {
  it('have defaults', () => {
    expect(mappingServerSettings(GOOD)).toMatchObject({ keepRevisions: 20, renewAfterMs: undefined });
  });

  it('make bundles signed anew at half of their validity, at the latest after a day', () => {
    expect(mappingServerSettings({ ...GOOD, validForSeconds: 3600 }).renewAfterMs).toBe(1_800_000);
    expect(mappingServerSettings({ ...GOOD, validForSeconds: 31_536_000 }).renewAfterMs).toBe(86_400_000);
  });

  it.each([
    ['nothing', undefined, 'AUTHZ_MAPPING_SERVER'],
    ['a misspelt option', { ...GOOD, validFor: 60 }, 'AUTHZ_UNKNOWN_OPTION'],
    ['a document in place of a source', { ...GOOD, source: { roles: {} } }, 'AUTHZ_MAPPING_SOURCE'],
    ['no issuer', { ...GOOD, issuer: undefined }, 'AUTHZ_TEXT'],
    ['no audience in a list', { ...GOOD, audience: [] }, 'AUTHZ_TEXTS'],
    ['an audience that is not a string', { ...GOOD, audience: 7 }, 'AUTHZ_TEXTS'],
    ['no key', { ...GOOD, signingKey: undefined }, 'AUTHZ_BUNDLE_KEY'],
    ['a key that is a secret', { ...GOOD, signingKey: 's3cret' }, 'AUTHZ_BUNDLE_KEY'],
    ['no kid', { ...GOOD, kid: undefined }, 'AUTHZ_BUNDLE_KID'],
    ['another algorithm', { ...GOOD, alg: 'HS256' }, 'AUTHZ_ALGORITHMS'],
    ['a second', { ...GOOD, validForSeconds: 1 }, 'AUTHZ_NUMBER'],
    ['no time', { ...GOOD, validForSeconds: 0 }, 'AUTHZ_NUMBER'],
    ['a time in words', { ...GOOD, validForSeconds: 'week' }, 'AUTHZ_NUMBER'],
    ['no revision kept', { ...GOOD, keepRevisions: 0 }, 'AUTHZ_NUMBER'],
  ])('reject %s, and show no key', (_name, options, code) => {
    const mistake = mistakeOf(() => mappingServerSettings(options as never));
    expect(mistake.code).toBe(code);
    expect(mistake.message).not.toContain('s3cret');
  });
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
