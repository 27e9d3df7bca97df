import { unknownIssuer } from '../../../../lib/revocation/index.js';

const TRUSTED = ['https://id.acme.test', 'https://acme.eu.auth0.test/', 'billing-login'];

describe('the issuer of a rule', () => {
  it.each([...TRUSTED, ''])('%j is accepted', (issuer) => {
    expect(unknownIssuer(issuer, TRUSTED)).toBeUndefined();
  });

  it.each([
    ['https://id.acme.test/', TRUSTED[0]],
    ['http://id.acme.test', TRUSTED[0]],
    ['id.acme.test', TRUSTED[0]],
    [' https://ID.acme.test:443/ ', TRUSTED[0]],
    ['https://id.acme.test/.well-known/openid-configuration', TRUSTED[0]],
    ['https://acme.eu.auth0.test', TRUSTED[1]],
  ])('%j is one of them, spelt another way', (issuer, meant) => {
    expect(unknownIssuer(issuer, TRUSTED)).toEqual({ meant, isSpelling: true });
  });

  it('may be a misspelt accepted one, or unrelated', () => {
    expect(unknownIssuer('https://id.amce.test', TRUSTED)).toEqual({ meant: TRUSTED[0], isSpelling: false });
    expect(unknownIssuer('https://other.test/realms/shop', TRUSTED)).toEqual({ meant: undefined, isSpelling: false });
  });

  it('is never unknown if issuers come from a resolver', () => {
    expect(unknownIssuer('https://other.test', undefined)).toBeUndefined();
  });
});
