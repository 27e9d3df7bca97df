// Measures the CPU time of one token check without a server: this library's guard with a new token, and other libraries.
import { verify } from 'node:crypto';
import { paired, printGoal, printTable } from './measured.mjs';
import { cpuOf } from './verification-cpu.mjs';
import { derOf } from './verification-der.mjs';
import { guardAlone, NOT_REMEMBERED } from './verification-ours.mjs';
import { authenticating, recipe, withKeyInMemory } from './verification-passport.mjs';
import { bearing, fresh } from './verification-request.mjs';
import { tokens } from './verification-tokens.mjs';
import * as verifiers from './verification-verifiers.mjs';

const ROUNDS = 15;
const CALLS = 1000;
const OURS = 'nestjs-authz, the whole guard';
const FAST_JWT = 'fast-jwt';
/** Highest cost of one check, as a multiple of a raw check. */
const GOALS = { RS256: 1.5, ES256: 1.2, EdDSA: 1.2 };

/** Measures and prints the checks of tokens of one algorithm, relative to a raw `crypto.verify`. */
export async function measureProcess(issuer, alg) {
  const trusted = { ...issuer, alg };
  const signed = tokens(issuer, alg, CALLS);
  const raw = { prepare: verifiers.signedPart, run: verifiers.signatureCheck(alg, verifiers.publicKeyOf(trusted)) };
  const inDer = alg === 'ES256' ? { 'raw crypto.verify, signature in DER': rawInDer(trusted) } : {};
  const named = { 'raw crypto.verify': raw, ...inDer, ...(await contenders(trusted)) };
  const results = await cpuOf(Object.values(named), signed, ROUNDS);
  const against = (name, other) => paired(results.get(name), results.get(other), (ours, theirs) => ours / theirs);
  const ratios = Object.entries(named).map(([name, contender]) => [name, against(contender, raw).toFixed(2)]);
  const rawMicroseconds = paired(results.get(raw), results.get(raw), (value) => value).toFixed(1);
  printTable(
    `CPU of one check in process, ${alg}, token of ${signed[0].length} bytes, no cache, relative to a raw crypto.verify (${rawMicroseconds} µs)`,
    [['', 'ratio'], ...ratios],
  );
  printGoal(`${alg}, a check relative to raw crypto.verify`, against(named[OURS], raw), 'at most', GOALS[alg]);
  printGoal(`${alg}, a check relative to fast-jwt`, against(named[OURS], named[FAST_JWT]), 'at most', 1);
}

function rawInDer(trusted) {
  const publicKey = verifiers.publicKeyOf(trusted);
  const prepare = (token) => {
    const { data, signature } = verifiers.signedPart(token);
    return { data, signature: derOf(signature) };
  };
  return { prepare, run: ({ data, signature }) => verify('sha256', data, publicKey, signature) };
}

async function contenders(trusted) {
  return {
    'by hand': verifier(verifiers.byHand(trusted)),
    [FAST_JWT]: verifier(verifiers.fastJwt(trusted)),
    'aws-jwt-verify': verifier(verifiers.awsJwtVerify(trusted)),
    'jose, key in memory': verifier(await verifiers.joseWithKey(trusted)),
    'jose, createRemoteJWKSet': verifier(verifiers.joseWithKeySet(trusted)),
    ...(trusted.alg === 'EdDSA' ? {} : passportContenders(trusted)),
    [OURS]: await ours(trusted),
  };
}

function verifier(run) {
  return { prepare: fresh, run };
}

/** Not for Ed25519, which jsonwebtoken (used by passport-jwt) does not support. */
function passportContenders(trusted) {
  return {
    'passport-jwt, key in memory': { prepare: bearing, run: authenticating(withKeyInMemory(trusted)) },
    'passport-jwt + passportJwtSecret (recipe of the NestJS docs)': { prepare: bearing, run: authenticating(recipe(trusted)) },
  };
}

async function ours(trusted) {
  const { prepare, ...guard } = await guardAlone(trusted, NOT_REMEMBERED);
  return { ...guard, prepare: (token) => prepare(bearing(token)) };
}
