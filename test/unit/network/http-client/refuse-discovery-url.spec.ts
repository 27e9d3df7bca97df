import { refuseDiscoveryUrl } from '../../../../lib/network/http-client/index.js';

const refuse = (issuer: unknown) => () => refuseDiscoveryUrl(issuer, 'client.issuer');

describe('refuseDiscoveryUrl', () => {
  it.each([
    ['https://id.acme.com/.well-known/openid-configuration', 'https://id.acme.com'],
    ['http://localhost:8080/realms/acme/.well-known/openid-configuration/', 'http://localhost:8080/realms/acme'],
  ])('names the issuer in place of %s', (url, issuer) => {
    expect(refuse(url)).toThrow(
      `"client.issuer" must be the issuer, not the URL of its discovery document, got "${url}". Write the member "issuer" of that document, such as "${issuer}".`,
    );
  });

  it.each([
    'https://id.acme.com',
    'https://id.acme.com/',
    'https://id.acme.com/.well-known/jwks.json',
    'https://id.acme.com/.well-known/openid-configuration/acme',
    'https://user:pw@id.acme.com/.well-known/openid-configuration', // no message may contain the credentials
    '/.well-known/openid-configuration',
    '',
    undefined,
    null,
    7,
  ])('leaves %j to the other checks', (value) => {
    expect(refuse(value)).not.toThrow();
  });
});
