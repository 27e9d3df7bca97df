import { AuthzConfigError, didYouMean, itemsOf, shown, type RefusalReason } from '../../core/index.js';

/** Reasons of refusal that report mode lets through only if the option `reportAlso` names them. */
const REPORTABLE_REASONS: readonly ReportableReason[] = ['no_requirement', 'token_missing'];

/** Reason that `reportAlso` may name. */
export type ReportableReason = Extract<RefusalReason, 'no_requirement' | 'token_missing'>;

/** Checks the option `reportAlso`. @throws AuthzConfigError if it is no list, or names another reason. */
export function parseReportAlso(value: unknown): ReadonlySet<ReportableReason> {
  if (value === undefined) return new Set();
  const items = itemsOf(value);
  if (items?.every(isReportable) === true) return new Set(items);
  const other = (items ?? [value]).find((name) => !isReportable(name));
  const hint = typeof other === 'string' ? didYouMean(other, REPORTABLE_REASONS) : '';
  throw new AuthzConfigError(
    'AUTHZ_REPORT_ALSO',
    `"reportAlso" must be a list of 'no_requirement' (handlers without a decorator) and 'token_missing' (callers without a token), got ${shown(value)}.` +
      `${hint} Report mode refuses every other reason, whatever is written here.`,
  );
}

/** Rejects `reportAlso` if it has no effect. @throws AuthzConfigError if no handler is in report mode. */
export function refuseUnusedReportAlso(reportAlso: ReadonlySet<ReportableReason>, modes: Iterable<string>): void {
  if (reportAlso.size === 0 || [...modes].includes('report')) return;
  throw new AuthzConfigError(
    'AUTHZ_REPORT_ALSO',
    `"reportAlso" names ${[...reportAlso].join(', ')}, but no handler is in report mode. ` +
      "Write mode: 'report' beside it, or @AuthzMode('report') on a class or a handler, or remove \"reportAlso\".",
  );
}

function isReportable(name: unknown): name is ReportableReason {
  return REPORTABLE_REASONS.some((reason) => reason === name);
}
