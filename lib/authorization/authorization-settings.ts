import { choiceOption, flagOption, functionOption, numberOption, optional } from '../core/index.js';
import type { AuthorizationOptions } from './authorization-options.interface.js';
import { ENFORCEMENT_MODES } from './requirements/enforcement-mode.js';
import { parseReportAlso, type ReportableReason } from './trial/report-also.js';

/** What the options say about every handler, with defaults filled in. */
export interface AuthorizationSettings extends Required<
  Pick<AuthorizationOptions, 'undecorated' | 'mode' | 'logRefusals' | 'resourceTimeoutMs' | 'policyTimeoutMs'>
> {
  readonly conditionContext: AuthorizationOptions['conditionContext'] | undefined;
  readonly reportAlso: ReadonlySet<ReportableReason>;
}

/** Reads the options about every handler. @throws AuthzConfigError */
export function parseAuthorizationSettings({
  undecorated,
  mode,
  logRefusals,
  reportAlso,
  conditionContext,
  resourceTimeoutMs,
  policyTimeoutMs,
}: AuthorizationOptions): AuthorizationSettings {
  return {
    undecorated: choiceOption(undecorated, 'undecorated', ['deny', 'authenticated'], { byDefault: 'deny' }),
    mode: choiceOption(mode, 'mode', ENFORCEMENT_MODES, { byDefault: 'enforce' }),
    logRefusals: flagOption(logRefusals, 'logRefusals', true),
    reportAlso: parseReportAlso(reportAlso),
    conditionContext: optional(conditionContext, (given) => functionOption(given, 'conditionContext')),
    resourceTimeoutMs: timeout(resourceTimeoutMs, 'resourceTimeoutMs'),
    policyTimeoutMs: timeout(policyTimeoutMs, 'policyTimeoutMs'),
  };
}

function timeout(value: unknown, option: string): number {
  return numberOption(value, { option, unit: 'milliseconds', min: 1, max: 60_000, default: 2000, isWhole: true });
}
