import { createRequire } from 'node:module';
import { join } from 'node:path';
import { STRATEGY_PEERS } from '../../authentication/index.js';
import { AuthzConfigError, isMissing, missingPackage, OWN_FOLDER } from '../../core/index.js';

/**
 * Stops the start of an application that could not verify a token later. Looks for the packages that are loaded once it listens, without
 * loading them.
 * @param version Of Node.
 * @param folder From where the packages are looked for; `undefined` in a bundle, which contains them or could not be made.
 * @throws AuthzConfigError that says what to install.
 */
export function checkInstallation(version = process.versions.node, folder: string | undefined = OWN_FOLDER): void {
  if (!isSupported(version))
    throw new AuthzConfigError(
      'AUTHZ_NODE_VERSION',
      `nestjs-authz needs Node.js 20.19 or a later 20, or 22.12 or later. This process runs ${version}: install a newer Node.js.`,
    );
  if (folder === undefined) return;
  const { resolve } = createRequire(join(folder, 'index.js'));
  for (const name of STRATEGY_PEERS) {
    try {
      resolve(name);
    } catch (error) {
      // Anything else says that the package is there.
      if (isMissing(error, name)) throw missingPackage(name);
    }
  }
}

/** As "engines" of package.json says. */
function isSupported(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return (major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major > 22;
}
