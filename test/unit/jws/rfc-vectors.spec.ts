import { createSecretKey, type KeyObject } from 'node:crypto';
import { compactVerify, type JWK } from 'jose';
import { parseJws, verificationKey, verifyJws, verifyJwsAside, type JoseHeader, type Jws } from '../../../lib/jws/index.js';
import { bytesOf } from './key-kit.js';

/** A JWS as printed in an RFC. */
interface Vector {
  readonly where: string;
  readonly jwk: JWK;
  readonly header: string;
  readonly payload: string;
  readonly signature: string;
  /** Two of the RFCs sign plain text instead of claims. */
  readonly hasClaims: boolean;
}

const CLAIMS = 'eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ';
const FRODO =
  'SXTigJlzIGEgZGFuZ2Vyb3VzIGJ1c2luZXNzLCBGcm9kbywgZ29pbmcgb3V0IH' +
  'lvdXIgZG9vci4gWW91IHN0ZXAgb250byB0aGUgcm9hZCwgYW5kIGlmIHlvdSBk' +
  'b24ndCBrZWVwIHlvdXIgZmVldCwgdGhlcmXigJlzIG5vIGtub3dpbmcgd2hlcm' +
  'UgeW91IG1pZ2h0IGJlIHN3ZXB0IG9mZiB0by4';

/** RFC 7520 section 3.1. */
const BILBO_EC: JWK = {
  kty: 'EC',
  kid: 'bilbo.baggins@hobbiton.example',
  use: 'sig',
  crv: 'P-521',
  x: 'AHKZLLOsCOzz5cY97ewNUajB957y-C-U88c3v13nmGZx6sYl_oJXu9A5RkTKqjqvjyekWF-7ytDyRXYgCF5cj0Kt',
  y: 'AdymlHvOiLxXkEhayXQnNCvDX4h9htZaCJN34kfmC6pV5OhQHiraVySsUdaQkAgDPrwQrJmbnX9cwlGfP-HqHZR1',
};
/** RFC 7520 section 3.3. */
const BILBO_RSA: JWK = {
  kty: 'RSA',
  kid: 'bilbo.baggins@hobbiton.example',
  use: 'sig',
  n:
    'n4EPtAOCc9AlkeQHPzHStgAbgs7bTZLwUBZdR8_KuKPEHLd4rHVTeT' +
    '-O-XV2jRojdNhxJWTDvNd7nqQ0VEiZQHz_AJmSCpMaJMRBSFKrKb2wqV' +
    'wGU_NsYOYL-QtiWN2lbzcEe6XC0dApr5ydQLrHqkHHig3RBordaZ6Aj-' +
    'oBHqFEHYpPe7Tpe-OfVfHd1E6cS6M1FZcD1NNLYD5lFHpPI9bTwJlsde' +
    '3uhGqC0ZCuEHg8lhzwOHrtIQbS0FVbb9k3-tVTU4fg_3L_vniUFAKwuC' +
    'LqKnS2BYwdq_mzSnbLY7h_qixoR7jig3__kRhuaxwUkRz5iaiQkqgc5g' +
    'HdrNP5zw',
  e: 'AQAB',
};

const VECTORS: readonly Vector[] = [
  {
    where: 'RFC 7515 appendix A.1, HS256',
    jwk: { kty: 'oct', k: 'AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow' },
    header: 'eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9',
    payload: CLAIMS,
    signature: 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk',
    hasClaims: true,
  },
  {
    where: 'RFC 7515 appendix A.2, RS256',
    jwk: {
      kty: 'RSA',
      n:
        'ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pC' +
        'gNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg6' +
        '65xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRW' +
        'yuXpoQ',
      e: 'AQAB',
    },
    header: 'eyJhbGciOiJSUzI1NiJ9',
    payload: CLAIMS,
    signature:
      'cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7' +
      'AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4' +
      'BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K' +
      '0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqv' +
      'hJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrB' +
      'p0igcN_IoypGlUPQGe77Rw',
    hasClaims: true,
  },
  {
    where: 'RFC 7515 appendix A.3, ES256',
    jwk: {
      kty: 'EC',
      crv: 'P-256',
      x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
      y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
    },
    header: 'eyJhbGciOiJFUzI1NiJ9',
    payload: CLAIMS,
    signature: 'DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q',
    hasClaims: true,
  },
  {
    where: 'RFC 7515 appendix A.4, ES512',
    jwk: {
      kty: 'EC',
      crv: 'P-521',
      x: 'AekpBQ8ST8a8VcfVOTNl353vSrDCLLJXmPk06wTjxrrjcBpXp5EOnYG_NjFZ6OvLFV1jSfS9tsz4qUxcWceqwQGk',
      y: 'ADSmRA43Z1DSNx_RvcLI87cdL07l6jQyyBXMoxVg_l2Th-x3S1WDhjDly79ajL4Kkd0AZMaZmh9ubmf63e3kyMj2',
    },
    header: 'eyJhbGciOiJFUzUxMiJ9',
    payload: 'UGF5bG9hZA',
    signature:
      'AdwMgeerwtHoh-l192l60hp9wAHZFVJbLfD_UxMi70cwnZOYaRI1bKPWROc-mZZqwqT2SI-KGDKB34XO0aw_7XdtAG8GaSwFKdCAPZgoXD2YBJZC' +
      'PEX3xKpRwcdOO8KpEHwJjyqOgzDO7iKvU8vcnwNrmxYbSW9ERBXukOXolLzeO_Jn',
    hasClaims: false,
  },
  {
    where: 'RFC 7520 section 4.1, RS256',
    jwk: BILBO_RSA,
    header: 'eyJhbGciOiJSUzI1NiIsImtpZCI6ImJpbGJvLmJhZ2dpbnNAaG9iYml0b24uZXhhbXBsZSJ9',
    payload: FRODO,
    signature:
      'MRjdkly7_-oTPTS3AXP41iQIGKa80A0ZmTuV5MEaHoxnW2e5CZ5NlKtainoFmK' +
      'ZopdHM1O2U4mwzJdQx996ivp83xuglII7PNDi84wnB-BDkoBwA78185hX-Es4J' +
      'IwmDLJK3lfWRa-XtL0RnltuYv746iYTh_qHRD68BNt1uSNCrUCTJDt5aAE6x8w' +
      'W1Kt9eRo4QPocSadnHXFxnt8Is9UzpERV0ePPQdLuW3IS_de3xyIrDaLGdjluP' +
      'xUAhb6L2aXic1U12podGU0KLUQSE_oI-ZnmKJ3F4uOZDnd6QZWJushZ41Axf_f' +
      'cIe8u9ipH84ogoree7vjbU5y18kDquDg',
    hasClaims: false,
  },
  {
    where: 'RFC 7520 section 4.2, PS384',
    jwk: BILBO_RSA,
    header: 'eyJhbGciOiJQUzM4NCIsImtpZCI6ImJpbGJvLmJhZ2dpbnNAaG9iYml0b24uZXhhbXBsZSJ9',
    payload: FRODO,
    signature:
      'cu22eBqkYDKgIlTpzDXGvaFfz6WGoz7fUDcfT0kkOy42miAh2qyBzk1xEsnk2I' +
      'pN6-tPid6VrklHkqsGqDqHCdP6O8TTB5dDDItllVo6_1OLPpcbUrhiUSMxbbXU' +
      'vdvWXzg-UD8biiReQFlfz28zGWVsdiNAUf8ZnyPEgVFn442ZdNqiVJRmBqrYRX' +
      'e8P_ijQ7p8Vdz0TTrxUeT3lm8d9shnr2lfJT8ImUjvAA2Xez2Mlp8cBE5awDzT' +
      '0qI0n6uiP1aCN_2_jLAeQTlqRHtfa64QQSUmFAAjVKPbByi7xho0uTOcbH510a' +
      '6GYmJUAfmWjwZ6oD4ifKo8DYM-X72Eaw',
    hasClaims: false,
  },
  {
    where: 'RFC 7520 section 4.3, ES512',
    jwk: BILBO_EC,
    header: 'eyJhbGciOiJFUzUxMiIsImtpZCI6ImJpbGJvLmJhZ2dpbnNAaG9iYml0b24uZXhhbXBsZSJ9',
    payload: FRODO,
    signature:
      'AE_R_YZCChjn4791jSQCrdPZCNYqHXCTZH0-JZGYNlaAjP2kqaluUIIUnC9qvb' +
      'u9Plon7KRTzoNEuT4Va2cmL1eJAQy3mtPBu_u_sDDyYjnAMDxXPn7XrT0lw-kv' +
      'AD890jl8e2puQens_IEKBpHABlsbEPX6sFY8OcGDqoRuBomu9xQ2',
    hasClaims: false,
  },
  {
    where: 'RFC 7520 section 4.4, HS256',
    jwk: { kty: 'oct', k: 'hJtXIZ2uSN5kbQfbtTNWbpdmhkV8FJG-Onbc6mxCcYg' },
    header: 'eyJhbGciOiJIUzI1NiIsImtpZCI6IjAxOGMwYWU1LTRkOWItNDcxYi1iZmQ2LWVlZjMxNGJjNzAzNyJ9',
    payload: FRODO,
    signature: 's0h6KThzkfBBBkLspW1h84VsJZFTsPPqMDA7g1Md7p0',
    hasClaims: false,
  },
  {
    where: 'RFC 8037 appendix A.4, EdDSA',
    jwk: { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' },
    header: 'eyJhbGciOiJFZERTQSJ9',
    payload: 'RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc',
    signature: 'hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg',
    hasClaims: false,
  },
];

const textOf = ({ header, payload, signature }: Vector) => `${header}.${payload}.${signature}`;

function keyOf({ kty, k = '', ...jwk }: JWK): KeyObject {
  const key = kty === 'oct' ? createSecretKey(bytesOf(k)) : verificationKey({ kty, ...jwk })?.key;
  if (key === undefined) throw new Error('the key of the vector cannot be imported');
  return key;
}

/** Runs only the check of the signature, for a payload that is not a JSON object. */
function jwsOf({ header, payload, signature }: Vector): Jws {
  const members = JSON.parse(bytesOf(header).toString()) as { alg: string };
  const joseHeader: JoseHeader = { alg: members.alg, kid: undefined, typ: undefined, members };
  return { header: joseHeader, payload: '', claims: {}, signingInput: `${header}.${payload}`, signature };
}

describe('the published test vectors', () => {
  it.each(VECTORS)('are copied correctly from $where: jose accepts them', async (vector) => {
    const { payload } = await compactVerify(textOf(vector), vector.jwk);
    expect(Buffer.from(payload).toString('base64url')).toBe(vector.payload);
  });

  it.each(VECTORS)('have valid signatures: $where', async (vector) => {
    const key = keyOf(vector.jwk);
    expect(verifyJws(jwsOf(vector), key)).toBe(true);
    if (key.type === 'public') expect(await verifyJwsAside(jwsOf(vector), key)).toBe(true);
    for (const other of VECTORS.filter(({ jwk }) => jwk !== vector.jwk))
      expect(verifyJws(jwsOf(vector), keyOf(other.jwk))).toBe(false);
  });

  it.each(VECTORS.filter(({ hasClaims }) => hasClaims))('are parsed and verified if the payload has claims: $where', (vector) => {
    const jws = parseJws(textOf(vector), 10_000);
    if (typeof jws === 'string') throw new Error(jws);
    expect(jws.claims).toEqual({ iss: 'joe', exp: 1300819380, 'http://example.com/is_root': true });
    expect(jws.payload).toBe('{"iss":"joe",\r\n "exp":1300819380,\r\n "http://example.com/is_root":true}');
    expect(verifyJws(jws, keyOf(vector.jwk))).toBe(true);
  });

  it.each(VECTORS.filter(({ hasClaims }) => !hasClaims))(
    'are refused with "payload" if the payload is plain text: $where',
    (vector) => {
      expect(parseJws(textOf(vector), 10_000)).toBe('payload');
    },
  );

  it('are refused without a signature (RFC 7515 appendix A.5)', () => {
    expect(parseJws(`eyJhbGciOiJub25lIn0.${CLAIMS}.`, 10_000)).toBe('malformed');
    const jws = parseJws(`eyJhbGciOiJub25lIn0.${CLAIMS}.AAAA`, 10_000);
    if (typeof jws === 'string') throw new Error(jws);
    for (const { jwk } of VECTORS) expect(verifyJws(jws, keyOf(jwk))).toBe(false);
  });
});
