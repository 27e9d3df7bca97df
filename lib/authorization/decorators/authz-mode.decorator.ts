import { AuthzConfigError, shown } from '../../core/index.js';
import { isEnforcementMode, type EnforcementMode } from '../requirements/enforcement-mode.js';
import { targetDecorator, type RequirementDecorator } from '../requirements/requirement-metadata.js';

const MODE = 'authz:mode';

/**
 * Says whether permissions are enforced: `@AuthzMode('report')` lets through what only they refuse, logs and counts it;
 * `@AuthzMode('enforce')` refuses in the midst of what only reports. A handler's counts before its class's, and that before the option
 * `mode`. It asks for nothing: a handler that no other decorator says anything about stays closed.
 */
export const AuthzMode = (mode: EnforcementMode): RequirementDecorator => {
  const written = `@AuthzMode(${shown(mode)})`;
  return targetDecorator(written, (target, place) => {
    if (!isEnforcementMode(mode))
      throw new AuthzConfigError('AUTHZ_DECORATOR', `${place}: ${written} must say 'report' or 'enforce'.`);
    const other = modeOn(target);
    if (other !== undefined && other !== mode)
      throw new AuthzConfigError(
        'AUTHZ_CONTRADICTION',
        `${place} is ${written} and @AuthzMode(${shown(other)}) at once. Remove one of them.`,
      );
    Reflect.defineMetadata(MODE, mode, target);
  });
};

/** What is said on just this class or method. */
export function modeOn(target: object): EnforcementMode | undefined {
  return Reflect.getOwnMetadata(MODE, target) as EnforcementMode | undefined;
}
