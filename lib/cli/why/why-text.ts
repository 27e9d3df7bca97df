import type { Verdict, WhyStep } from './why-step.interface.js';

const STATES = { ok: 'ok', refused: 'refused', unchecked: 'not checked' } as const;

/** Formats the steps as a table, one line for each finding, with the verdict as the last line. */
export function whyText(steps: readonly WhyStep[], verdict: Verdict, required: readonly string[]): string {
  const width = steps.reduce((most, { step }) => Math.max(most, step.length), 0);
  const lines = steps.flatMap(({ step, state, reason, found }) => {
    const [first = '', ...others] = reason === undefined ? found : [reason, ...found];
    const begin = (name: string, what: string) => `${name.padEnd(width)}  ${what.padEnd(STATES.unchecked.length)}  `;
    return [`${begin(step, STATES[state])}${first}`, ...others.map((line) => `${begin('', '')}${line}`)].map((line) =>
      line.trimEnd(),
    );
  });
  return [...lines, '', verdictText(steps, verdict, required)].join('\n');
}

function verdictText(steps: readonly WhyStep[], { outcome, reason, remedy }: Verdict, required: readonly string[]): string {
  if (outcome === 'refused') return `Refused: a service logs ${reason}. ${remedy}`.trimEnd();
  if (outcome === 'undecided') return `Not decided. ${remedy}`;
  if (required.length > 0) return `Accepted: a handler that requires ${required.join(', ')} lets the caller in.`;
  const hints = steps.flatMap(({ step, remedy: hint }) =>
    ['roles', 'mapping'].includes(step) && hint !== undefined ? [hint] : [],
  );
  return [
    'Accepted: the token is valid. Add --require <permission> to check whether a handler lets the caller in.',
    ...hints,
  ].join(' ');
}
