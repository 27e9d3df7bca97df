import { claimName, listed, shown, type Principal } from '../../core/index.js';
import type { IssuerSettings } from '../../authentication/index.js';
import { refusalWords, type RefusalFacts } from '../../authorization/index.js';
import { faultStep } from './fault-step.js';
import type { WhyStep } from './why-step.interface.js';

/** Returns the steps that show the caller, its scopes and its roles. */
export function callerSteps(principal: Principal, issuer: IssuerSettings, facts: RefusalFacts): readonly WhyStep[] {
  return [
    callerStep(principal),
    unreadableStep('scopes', principal) ?? { step: 'scopes', state: 'ok', found: [namesOf(principal.scopes)] },
    unreadableStep('roles', principal) ?? rolesStep(principal, issuer, facts),
  ];
}

function callerStep({ subject, clientId, tenant, actors }: Principal): WhyStep {
  const of = (name: string, value: string | undefined) => (value === undefined ? `no ${name}` : `${name} ${shown(value)}`);
  const acting = actors.map((actor) => `, through ${shown(actor.subject)}`).join('');
  return {
    step: 'caller',
    state: 'ok',
    found: [`subject ${shown(subject)}, ${of('client', clientId)}, ${of('tenant', tenant)}${acting}`],
  };
}

function rolesStep(principal: Principal, { roles: paths, legacy }: IssuerSettings, facts: RefusalFacts): WhyStep {
  const step = 'roles';
  if (principal.roles.length === 0) {
    const { came, remedy } = refusalWords({ name: '', reason: 'permission_missing', principal }, facts);
    return { step, state: 'ok', found: [came], remedy };
  }
  const place = legacy?.lookup === undefined ? paths.map(claimName).map(shown).join(', ') : 'the function "roles"';
  return { step, state: 'ok', found: [`${namesOf(principal.roles)} (from ${place})`] };
}

function unreadableStep(use: 'roles' | 'scopes', { unreadable = [] }: Principal): WhyStep | undefined {
  const claim = unreadable.find((fault) => fault.use === use);
  return claim && faultStep(use, { reason: 'claim_unreadable', finding: { kind: 'unreadable', claim } });
}

/** Largest number of names of a token in one line. The rest is counted. */
const MAX_LISTED = 10;

function namesOf(names: readonly string[]): string {
  return names.length === 0 ? 'none' : listed(names, MAX_LISTED, shown);
}
