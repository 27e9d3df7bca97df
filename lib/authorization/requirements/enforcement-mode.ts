/** Every {@link EnforcementMode}. */
export const ENFORCEMENT_MODES = ['enforce', 'report'] as const;

/**
 * What happens to a request that lacks only permissions: `enforce` refuses it, `report` lets it through, logs and counts it.
 */
export type EnforcementMode = (typeof ENFORCEMENT_MODES)[number];

export function isEnforcementMode(value: unknown): value is EnforcementMode {
  return ENFORCEMENT_MODES.some((mode) => mode === value);
}
