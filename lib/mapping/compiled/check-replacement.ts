import { shown } from '../../core/index.js';
import type { CompiledMapping } from './compile-mapping.js';
import { FaultReport } from '../document/fault-report.js';
import type { MappingExpectation, MappingSource } from '../mapping-source.interface.js';

/** Rules for accepting a document. */
export interface ReplacementRules {
  readonly source: Pick<MappingSource, 'name' | 'allowRollback'>;
  readonly expects: MappingExpectation | undefined;
  /** Current time, in milliseconds since 1970. */
  readonly now: number;
}

/**
 * Checks whether a document may replace the one in use: it must be meant for this service, must not be older and must not have expired.
 * @param active The document in use; `undefined` if there is none.
 * @throws MappingError naming the member that forbids it.
 */
export function checkReplacement(next: CompiledMapping, active: CompiledMapping | undefined, rules: ReplacementRules): void {
  checkOrder(next, active, rules);
  checkEnd(next, rules);
}

/** Checks purpose and order. @throws MappingError if the document is not meant for this service, or is older than the one in use. */
export function checkOrder(
  next: CompiledMapping,
  active: CompiledMapping | undefined,
  { source, expects = {} }: ReplacementRules,
): void {
  const report = new FaultReport(source.name);
  checkPurpose(next, expects, report);
  if (source.allowRollback !== true && active?.sequence !== undefined) checkSequence(next, active, active.sequence, report);
  report.close();
}

/** Checks `notAfter`. @throws MappingError if the document has expired. */
export function checkEnd({ notAfter }: CompiledMapping, { source, now }: ReplacementRules): void {
  const report = new FaultReport(source.name);
  if (notAfter !== undefined && notAfter <= now)
    report.add(['notAfter'], () => `it expired at ${new Date(notAfter).toISOString()}.`);
  report.close();
}

function checkPurpose(next: CompiledMapping, { issuer, audience }: MappingExpectation, report: FaultReport): void {
  if (issuer !== undefined && next.issuer !== issuer)
    report.add(['issuer'], () => `must be ${shown(issuer)}, got ${shown(next.issuer)}.`);
  if (audience !== undefined && next.audience?.includes(audience) !== true)
    report.add(['audience'], () => `must name ${shown(audience)}, got ${shown(next.audience)}.`);
}

/** Prevents a rollback: an attacker who controls the connection could replay an earlier valid document. */
function checkSequence(next: CompiledMapping, active: CompiledMapping, inUse: number, report: FaultReport): void {
  if (next.sequence === undefined)
    report.add(['sequence'], () => `is missing, and the document in use has ${inUse}: this document may be older.`);
  else if (next.sequence < inUse)
    report.add(['sequence'], () => `is ${next.sequence}, lower than the ${inUse} in use: this document is older.`);
  else if (next.sequence === inUse && next.digest !== active.digest)
    report.add(
      ['sequence'],
      () => `is ${inUse}, as in the document in use, which has other content: publish this document with a higher sequence.`,
    );
}
