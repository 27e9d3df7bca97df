/** Every {@link EnforcementMode}. */
export const ENFORCEMENT_MODES = ['enforce', 'report'] as const;

/**
 * What becomes of a request that only permissions refuse: `enforce` refuses it, `report` lets it through, logged and counted.
 */
export type EnforcementMode = (typeof ENFORCEMENT_MODES)[number];

export function isEnforcementMode(value: unknown): value is EnforcementMode {
  return ENFORCEMENT_MODES.some((mode) => mode === value);
}
