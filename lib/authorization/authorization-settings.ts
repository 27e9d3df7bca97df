import { AuthzConfigError, flagOption, shown } from '../core/index.js';
import type { AuthorizationOptions } from './authorization-options.interface.js';
import { isEnforcementMode } from './requirements/enforcement-mode.js';
import { parseReportAlso, type ReportableReason } from './trial/report-also.js';

/** What the options say about every handler, with defaults filled in. */
export interface AuthorizationSettings extends Required<Pick<AuthorizationOptions, 'undecorated' | 'mode' | 'logRefusals'>> {
  readonly reportAlso: ReadonlySet<ReportableReason>;
}

/** @throws AuthzConfigError naming the option, what came and what to write. */
export function parseAuthorizationSettings({
  undecorated = 'deny',
  mode = 'enforce',
  logRefusals,
  reportAlso,
}: AuthorizationOptions): AuthorizationSettings {
  if (!['deny', 'authenticated'].includes(undecorated))
    throw new AuthzConfigError(
      'AUTHZ_UNDECORATED',
      `"undecorated" must be 'deny' (default) or 'authenticated', got ${shown(undecorated)}.`,
    );
  if (!isEnforcementMode(mode))
    throw new AuthzConfigError('AUTHZ_MODE', `"mode" must be 'enforce' (default) or 'report', got ${shown(mode)}.`);
  return {
    undecorated,
    mode,
    logRefusals: flagOption(logRefusals, 'logRefusals', true),
    reportAlso: parseReportAlso(reportAlso),
  };
}
