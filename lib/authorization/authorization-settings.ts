import { AuthzConfigError, shown } from '../core/index.js';
import type { AuthorizationOptions } from './authorization-options.interface.js';
import { isEnforcementMode } from './enforcement-mode.js';
import { parseReportAlso, type ReportableReason } from './report-also.js';

/** What the options say about every handler, with defaults filled in. */
export interface AuthorizationSettings extends Required<Pick<AuthorizationOptions, 'undecorated' | 'mode' | 'logRefusals'>> {
  readonly reportAlso: ReadonlySet<ReportableReason>;
}

/** @throws AuthzConfigError naming the option, what came and what to write. */
export function parseAuthorizationSettings({
  undecorated = 'deny',
  mode = 'enforce',
  logRefusals = true,
  reportAlso,
}: AuthorizationOptions): AuthorizationSettings {
  if (!['deny', 'authenticated'].includes(undecorated))
    throw new AuthzConfigError(
      'AUTHZ_UNDECORATED',
      `"undecorated" must be 'deny' (default) or 'authenticated', got ${shown(undecorated)}.`,
    );
  if (!isEnforcementMode(mode))
    throw new AuthzConfigError('AUTHZ_MODE', `"mode" must be 'enforce' (default) or 'report', got ${shown(mode)}.`);
  if (typeof logRefusals !== 'boolean')
    throw new AuthzConfigError('AUTHZ_LOG_REFUSALS', `"logRefusals" must be true (default) or false, got ${shown(logRefusals)}.`);
  return { undecorated, mode, logRefusals, reportAlso: parseReportAlso(reportAlso) };
}
