import { AuthzConfigError, isMissing, messageOf, missingPackage } from '../../core/index.js';
import type { JwtStrategy } from './jwt.strategy.js';

/** Packages of the application that the strategy needs. */
export const STRATEGY_PEERS: readonly string[] = ['@nestjs/passport', 'passport'];

type Load = () => Promise<{ readonly JwtStrategy: typeof JwtStrategy }>;

/**
 * Loads the strategy with passport-jwt and jsonwebtoken. Done beside the start, so that the application listens earlier.
 * @param load Imports the module. Default: `import()`.
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
    'A package that verifies tokens is an ES module, which require() cannot load here. @nestjs/passport is an ES module from version 12 on. In an ' +
      `application of NestJS 11 write: npm install @nestjs/passport@11. (${firstLineOf(error)})`,
  );
}

/** Whether require() of an ES module failed, in Node or in Jest. */
function isRefusedModule(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ERR_REQUIRE_ESM' || (error as Error).name === 'SyntaxError';
}

function firstLineOf(error: unknown): string {
  return messageOf(error).split('\n', 1)[0] ?? '';
}
