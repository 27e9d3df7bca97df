import type { Requirement } from '../../core/index.js';
import type { HandlerRule } from '../requirements/handler-rule.interface.js';
import { besidesPermissions } from '../requirements/permission-clauses.js';
import type { ReportableReason } from './report-also.js';

const ANY_TOKEN: Requirement = Object.freeze({ access: 'authenticated', clauses: Object.freeze([]) });
const OPTIONAL: Requirement = Object.freeze({ access: 'optional' });

/**
 * Returns what report mode still enforces of a requirement: roles, scopes, step-up and, unless `reportAlso` names `token_missing`, a token. The same
 * object if report mode lets nothing more through. A caller without a token has no roles either, so it never passes where roles, scopes or
 * step-up are required. No resource is loaded without a caller, so a handler with `@Resource()` requires a token in any case.
 */
export function reportedRequirement(
  { requirement, resource }: Pick<HandlerRule, 'requirement' | 'resource'>,
  reportAlso: ReadonlySet<ReportableReason>,
): Requirement {
  const remaining = remainingOf(requirement, reportAlso);
  const isTokenEnough = remaining.access === 'authenticated' && remaining.clauses.length === 0 && resource === undefined;
  return isTokenEnough && reportAlso.has('token_missing') ? OPTIONAL : remaining;
}

function remainingOf(requirement: Requirement, reportAlso: ReadonlySet<ReportableReason>): Requirement {
  if (requirement.access === 'unstated') return reportAlso.has('no_requirement') ? ANY_TOKEN : requirement;
  return besidesPermissions(requirement);
}
