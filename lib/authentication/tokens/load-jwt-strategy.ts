import { AuthzConfigError, isMissing, messageOf, missingPackage } from '../../core/index.js';
import type { JwtStrategy } from './jwt.strategy.js';

/** The packages that the strategy takes from the application. */
export const STRATEGY_PEERS: readonly string[] = ['@nestjs/passport', 'passport'];

type Load = () => Promise<{ readonly JwtStrategy: typeof JwtStrategy }>;

/**
 * Loads Passport's strategy, which brings passport-jwt with jsonwebtoken: beside the start, since listening need not wait for them.
 * @param load What imports it.
 * @throws AuthzConfigError that says what to install.
 */
export async function loadJwtStrategy(load: Load = () => import('./jwt.strategy.js')): Promise<typeof JwtStrategy> {
  try {
    return (await load()).JwtStrategy;
  } catch (error) {
    throw explained(error);
  }
}

function explained(error: unknown): unknown {
  const missing = STRATEGY_PEERS.find((name) => isMissing(error, name));
  if (missing !== undefined) return missingPackage(missing);
  if (!isRefusedModule(error)) return error;
  return new AuthzConfigError(
    'AUTHZ_PEER_VERSION',
    'A package that verifies tokens is an ES module, which cannot be loaded by require() here. @nestjs/passport is one from version 12 on. In an ' +
      `application of NestJS 11 write: npm install @nestjs/passport@11. (${firstLineOf(error)})`,
  );
}

/** Whether Node, or Jest, was asked to require() an ES module and cannot. */
function isRefusedModule(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ERR_REQUIRE_ESM' || (error as Error).name === 'SyntaxError';
}

function firstLineOf(error: unknown): string {
  return messageOf(error).split('\n', 1)[0] ?? '';
}
