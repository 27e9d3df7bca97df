export { ALGORITHMS, algorithmsOf, DEFAULT_ALGORITHMS, parseAlgorithms, type Algorithm } from './algorithms.js';
export { jwkThumbprint } from './jwk-thumbprint.js';
export { privateKey } from './private-key.js';
export { signJws, signJwsAside, type SigningKey } from './sign-jws.js';
export {
  isKid,
  MAX_KID_LENGTH,
  parseJws,
  verifyJws,
  verifyJwsAside,
  type JoseHeader,
  type Jws,
  type JwsFault,
} from './verify-jws.js';
export { hasKeyFor, isVerificationJwk, unusableMember, verificationKey, type VerificationKey } from './verification-key.js';
