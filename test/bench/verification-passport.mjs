// passport-jwt in two set-ups: as in the NestJS documentation, and with a key in memory.
import jwksRsa from 'jwks-rsa';
import passport from 'passport';
import { ExtractJwt, Strategy } from 'passport-jwt';
import { AUDIENCE } from './verification-tokens.mjs';
import { publicKeyOf } from './verification-verifiers.mjs';

const optionsWith = (keys, { url, alg }) => ({
  jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(),
  issuer: url,
  audience: AUDIENCE,
  algorithms: [alg],
  ...keys,
});

/** Returns the options of the NestJS documentation's recipe, with keys at a URL. */
export function recipe(trusted) {
  const { jwksUri } = trusted;
  const secretOrKeyProvider = jwksRsa.passportJwtSecret({ cache: true, rateLimit: true, jwksRequestsPerMinute: 5, jwksUri });
  return optionsWith({ secretOrKeyProvider }, trusted);
}

/** Returns options with one key, imported in advance. */
export function withKeyInMemory(trusted) {
  return optionsWith({ secretOrKey: publicKeyOf(trusted) }, trusted);
}

/** Returns a function that runs Passport for a request, without Nest, and resolves to whether the request was authenticated. */
export function authenticating(options) {
  const authenticator = new passport.Authenticator();
  authenticator.use(new Strategy(options, (claims, done) => done(null, { roles: claims.roles })));
  return (request) =>
    new Promise((resolve) => {
      const done = (error, user) => resolve(!error && user !== false);
      authenticator.authenticate('jwt', { session: false }, done)(request, {}, done);
    });
}
