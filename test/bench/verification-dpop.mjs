// Measures the CPU time of a request with a DPoP-bound token and a new proof (RFC 9449), relative to two raw signature checks, the minimum.
import { createHash, randomUUID } from 'node:crypto';
import { paired, printGoal, printTable } from './measured.mjs';
import { cpuOf } from './verification-cpu.mjs';
import { newKey, signJwt } from './verification-issuer.mjs';
import { guardAlone, NOT_REMEMBERED } from './verification-ours.mjs';
import { requestWith } from './verification-request.mjs';
import { AUDIENCE, tokens } from './verification-tokens.mjs';
import { publicKeyOf, signatureCheck, signedPart } from './verification-verifiers.mjs';

const ALG = 'ES256';
const ROUNDS = 15;
const CALLS = 500;
/** Clients that take turns, each with its own key. */
const CLIENTS = 50;
const GOAL = 1.3;

/** Measures and prints the cost of a request with a proof. */
export async function measureDpop(issuer) {
  const trusted = { ...issuer, alg: ALG };
  const guard = await guardAlone(trusted, { dpop: 'required', protectedResource: { resource: AUDIENCE }, ...NOT_REMEMBERED });
  const raw = rawChecks(trusted);
  const ours = { ...guard, prepare: ({ token, client }) => guard.prepare(proving(token, client)) };
  const results = await cpuOf([raw, ours], boundTokens(issuer), ROUNDS);
  const ratio = paired(results.get(ours), results.get(raw), (a, b) => a / b);
  const rawMicroseconds = paired(results.get(raw), results.get(raw), (value) => value).toFixed(1);
  printTable(
    `CPU of one request with a DPoP proof in process, ${ALG}, relative to two raw crypto.verify (${rawMicroseconds} µs)`,
    [
      ['', 'ratio'],
      ['two raw crypto.verify', '1.00'],
      ['nestjs-authz, the whole guard, no token remembered', ratio.toFixed(2)],
    ],
  );
  printGoal('a request with a DPoP proof relative to two raw checks', ratio, 'at most', GOAL);
}

/** Returns tokens, each with the client that it is bound to. */
function boundTokens(issuer) {
  const clients = Array.from({ length: CLIENTS }, () => newKey(ALG));
  const clientOf = (index) => clients[index % CLIENTS];
  const bound = tokens(issuer, ALG, CALLS, (index) => ({ cnf: { jkt: thumbprint(clientOf(index)) } }));
  return bound.map((token, index) => ({ token, client: clientOf(index) }));
}

/** Returns the thumbprint of a client's key (RFC 7638 section 3). */
function thumbprint({ jwk: { crv, kty, x, y } }) {
  return sha256(JSON.stringify({ crv, kty, x, y }));
}

function sha256(text) {
  return createHash('sha256').update(text).digest('base64url');
}

function proving(token, client) {
  return requestWith({ Authorization: `DPoP ${token}`, DPoP: proof(token, client) });
}

/** Signs a proof that was not used before (RFC 9449 section 4.2). */
function proof(token, client) {
  const claims = {
    htm: 'GET',
    htu: `${AUDIENCE}/orders`,
    iat: Math.floor(Date.now() / 1000),
    jti: randomUUID(),
    ath: sha256(token),
  };
  return signJwt({ typ: 'dpop+jwt', jwk: client.jwk }, claims, client);
}

/** Checks the signatures of the token and of the proof, with all inputs in memory. */
function rawChecks(trusted) {
  const isIssuers = signatureCheck(ALG, publicKeyOf(trusted));
  return {
    prepare: ({ token, client }) => ({
      token: signedPart(token),
      proof: signedPart(proof(token, client)),
      isClients: signatureCheck(ALG, client.publicKey),
    }),
    run: ({ token, proof, isClients }) => isIssuers(token) && isClients(proof),
  };
}
