import { decodeJwt, generateKeyPair, SignJWT } from 'jose';

/** Returns a token like those of billing's old login: a shared secret, old role names, no audience. */
export function oldToken(secret: string, login: string, roles: readonly string[]): Promise<string> {
  return new SignJWT({ roles })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setIssuer('billing-login')
    .setSubject(login)
    .setIssuedAt()
    .setExpirationTime('90d')
    .sign(new TextEncoder().encode(secret));
}

/** Returns a token with changed roles and the old signature. */
export function withRoles(token: string, roles: readonly string[]): string {
  const [header = '', , signature = ''] = token.split('.');
  return [header, Buffer.from(JSON.stringify({ ...decodeJwt(token), roles })).toString('base64url'), signature].join('.');
}

/** Returns a token with the same claims, signed with a key that the identity provider does not have. */
export async function withUnknownKey(token: string): Promise<string> {
  const { privateKey } = await generateKeyPair('ES256');
  return new SignJWT(decodeJwt(token)).setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: 'unknown' }).sign(privateKey);
}
