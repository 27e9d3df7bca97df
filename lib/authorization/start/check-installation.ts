import { createRequire } from 'node:module';
import { join } from 'node:path';
import { STRATEGY_PEERS } from '../../authentication/index.js';
import { AuthzConfigError, isMissing, missingPackage, OWN_FOLDER } from '../../core/index.js';

/**
 * Stops the start of an application that could not verify tokens. Resolves the packages that are loaded once the application listens, without
 * loading them.
 * @param version Version of Node.js.
 * @param folder Folder from which the packages are resolved; `undefined` in a bundle, which contains them.
 * @throws AuthzConfigError that names the package to install.
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
      // Any other error means that the package is installed.
      if (isMissing(error, name)) throw missingPackage(name);
    }
  }
}

/** The same versions as "engines" in package.json. */
function isSupported(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return (major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major > 22;
}
