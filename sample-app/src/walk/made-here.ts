import { decodeJwt, generateKeyPair, SignJWT } from 'jose';

/** A token as the login that billing once had issued it: a shared secret, its own names for roles, no audience. */
export function oldToken(secret: string, login: string, roles: readonly string[]): Promise<string> {
  return new SignJWT({ roles })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setIssuer('billing-login')
    .setSubject(login)
    .setIssuedAt()
    .setExpirationTime('90d')
    .sign(new TextEncoder().encode(secret));
}

/** A token whose bearer wrote other roles into it. */
export function withRoles(token: string, roles: readonly string[]): string {
  const [header = '', , signature = ''] = token.split('.');
  return [header, Buffer.from(JSON.stringify({ ...decodeJwt(token), roles })).toString('base64url'), signature].join('.');
}

/** The same claims, signed with a key that the identity provider never had. */
export async function withUnknownKey(token: string): Promise<string> {
  const { privateKey } = await generateKeyPair('ES256');
  return new SignJWT(decodeJwt(token)).setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: 'unknown' }).sign(privateKey);
}
