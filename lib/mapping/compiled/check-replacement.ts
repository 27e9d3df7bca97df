import { shown } from '../../core/index.js';
import type { CompiledMapping } from './compile-mapping.js';
import { FaultReport } from '../document/fault-report.js';
import type { MappingExpectation, MappingSource } from '../mapping-source.interface.js';

/** By which rules a document is taken. */
export interface ReplacementRules {
  readonly source: Pick<MappingSource, 'name' | 'allowRollback'>;
  readonly expects: MappingExpectation | undefined;
  /** In milliseconds since 1970. */
  readonly now: number;
}

/**
 * Checks whether a document may take the place of the one in use: that it is meant for this service, is not older and has not ended.
 * @param active The document in use; `undefined` where there is none.
 * @throws MappingError naming what it says of itself, if it may not.
 */
export function checkReplacement(next: CompiledMapping, active: CompiledMapping | undefined, rules: ReplacementRules): void {
  checkOrder(next, active, rules);
  checkEnd(next, rules);
}

/** @throws MappingError if the document is not meant for this service, or is older than another. */
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

/** @throws MappingError if the document may not be used any more. */
export function checkEnd({ notAfter }: CompiledMapping, { source, now }: ReplacementRules): void {
  const report = new FaultReport(source.name);
  if (notAfter !== undefined && notAfter <= now)
    report.add(['notAfter'], () => `it ended at ${new Date(notAfter).toISOString()}.`);
  report.close();
}

function checkPurpose(next: CompiledMapping, { issuer, audience }: MappingExpectation, report: FaultReport): void {
  if (issuer !== undefined && next.issuer !== issuer)
    report.add(['issuer'], () => `must be ${shown(issuer)}, got ${shown(next.issuer)}.`);
  if (audience !== undefined && next.audience?.includes(audience) !== true)
    report.add(['audience'], () => `must name ${shown(audience)}, got ${shown(next.audience)}.`);
}

/** Who controls the way here could otherwise bring back a document that was good once. */
function checkSequence(next: CompiledMapping, active: CompiledMapping, inUse: number, report: FaultReport): void {
  if (next.sequence === undefined)
    report.add(['sequence'], () => `is missing, and the document in use has ${inUse}: it may be an older one.`);
  else if (next.sequence < inUse)
    report.add(['sequence'], () => `is ${next.sequence}, lower than the ${inUse} in use: it is an older document.`);
  else if (next.sequence === inUse && next.digest !== active.digest)
    report.add(
      ['sequence'],
      () => `is ${inUse}, as in the document in use, which has other content: publish it with a higher one.`,
    );
}
