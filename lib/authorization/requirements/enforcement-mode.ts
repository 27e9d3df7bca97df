/**
 * What becomes of a request that only permissions refuse: `enforce` refuses it, `report` lets it through, logged and counted.
 */
export type EnforcementMode = 'enforce' | 'report';

export function isEnforcementMode(value: unknown): value is EnforcementMode {
  return value === 'enforce' || value === 'report';
}
