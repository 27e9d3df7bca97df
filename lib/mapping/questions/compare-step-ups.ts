import type { AuthContextClause } from '../../core/index.js';
import type { MappingSnapshot } from '../compiled/mapping-snapshot.js';

/** A permission whose step-up authentication changes. */
export interface StepUpChange {
  readonly permission: string;
  /** How a caller must have authenticated; `undefined`: in any way. */
  readonly before: StepUp | undefined;
  readonly after: StepUp | undefined;
  /** `stricter`: the second mapping accepts only logins that the first accepts; `weaker`: the opposite. `different`: neither. */
  readonly change: 'added' | 'removed' | 'stricter' | 'weaker' | 'different';
}

/** How a caller must have authenticated, as a mapping writes it. */
export type StepUp = Pick<AuthContextClause, 'acr' | 'maxAgeSeconds'>;

/** Compares the step-up authentication that permissions require. */
export function compareStepUps(
  { compiled: before }: MappingSnapshot,
  { compiled: after }: MappingSnapshot,
): readonly StepUpChange[] {
  const permissions = new Set([...before.stepUps.keys(), ...after.stepUps.keys()]);
  return [...permissions].flatMap((permission) => {
    const [was, is] = [before.stepUps.get(permission), after.stepUps.get(permission)];
    const change = changeOf(was, is);
    return change === undefined ? [] : [{ permission, before: was && plain(was), after: is && plain(is), change }];
  });
}

function changeOf(was: StepUp | undefined, is: StepUp | undefined): StepUpChange['change'] | undefined {
  if (was === undefined || is === undefined) return was === is ? undefined : was === undefined ? 'added' : 'removed';
  const [isStricter, isWeaker] = [isWithin(is, was), isWithin(was, is)];
  if (isStricter && isWeaker) return undefined;
  return isStricter ? 'stricter' : isWeaker ? 'weaker' : 'different';
}

/** Whether every login that one accepts is accepted by the other. An empty list of `acr` accepts any. */
function isWithin(one: StepUp, other: StepUp): boolean {
  const isAcr = other.acr.length === 0 || (one.acr.length > 0 && one.acr.every((name) => other.acr.includes(name)));
  return isAcr && (one.maxAgeSeconds ?? Infinity) <= (other.maxAgeSeconds ?? Infinity);
}

function plain({ acr, maxAgeSeconds }: AuthContextClause): StepUp {
  return { acr, maxAgeSeconds };
}
