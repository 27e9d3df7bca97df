import { AuthzConfigError, shown } from '../../core/index.js';
import { isEnforcementMode, type EnforcementMode } from '../requirements/enforcement-mode.js';
import { targetDecorator, type RequirementDecorator } from '../requirements/requirement-metadata.js';

const MODE = 'authz:mode';

/**
 * Sets whether permissions are enforced. `@AuthzMode('report')` lets through, logs and counts the calls that lack only permissions;
 * `@AuthzMode('enforce')` refuses them. The handler's mode overrides that of its class, which overrides the option `mode`. It requires nothing: a
 * handler without another decorator is still refused.
 */
export const AuthzMode = (mode: EnforcementMode): RequirementDecorator => {
  const written = `@AuthzMode(${shown(mode)})`;
  return targetDecorator(written, (target, place) => {
    if (!isEnforcementMode(mode))
      throw new AuthzConfigError('AUTHZ_DECORATOR', `${place}: ${written} must have the mode 'report' or 'enforce'.`);
    const other = modeOn(target);
    if (other !== undefined && other !== mode)
      throw new AuthzConfigError(
        'AUTHZ_CONTRADICTION',
        `${place} is ${written} and @AuthzMode(${shown(other)}) at once. Remove one of them.`,
      );
    Reflect.defineMetadata(MODE, mode, target);
  });
};

/** Returns the mode set on just this class or method. */
export function modeOn(target: object): EnforcementMode | undefined {
  return Reflect.getOwnMetadata(MODE, target) as EnforcementMode | undefined;
}
