import type { ConditionalPermission, Principal } from '../../core/index.js';
import {
  Authenticator,
  inspectToken,
  parseAuthenticationSettings,
  type AuthenticationSettings,
  type IssuerSettings,
  type TokenInspection,
  type Verification,
} from '../../authentication/index.js';
import type { CommandResult } from '../output/command-result.interface.js';
import { CliError } from '../cli.error.js';
import { showProgress } from '../output/progress.js';
import { isUrl, keySetAt } from '../input/public-keys.js';
import type { Terminal } from '../output/terminal.interface.js';
import { callerSteps } from './caller-steps.js';
import { faultStep } from './fault-step.js';
import { issuersOf, type KeyOptions } from './issuers.js';
import { mappingFile, mappingInUse, type MappingInUse, type NoMapping } from './mapping-in-use.js';
import { callerPermissions, permissionSteps, requireStep, type CallerPermissions } from './permission-steps.js';
import { possessionStep } from './possession-step.js';
import { readToken, type TokenInput, type TokenOptions } from './token-input.js';
import { tokenSteps, type KeyFacts } from './token-steps.js';
import { tokenVerdict, verdictOn } from './verdict.js';
import { readCall, type CallFacts, type CallOptions } from './why-call.js';
import { readConfig, type ConfigOptions } from './why-config.js';
import type { Verdict, WhyStep } from './why-step.interface.js';
import { whyText } from './why-text.js';

/** The options of the command. */
export interface WhyOptions extends TokenOptions, ConfigOptions, CallOptions {
  readonly mapping?: string;
  readonly jwks?: string;
  readonly offline?: boolean;
}

/** The options of the service, from the command line and the configuration. */
interface Service {
  readonly settings: AuthenticationSettings;
  readonly mapping: MappingInUse | NoMapping | undefined;
  readonly keys: KeyOptions;
  readonly required: readonly string[];
  /** The call that `required` is about. */
  readonly call: CallFacts;
}

/** The caller of the token. */
interface Caller {
  readonly principal: Principal;
  readonly issuer: IssuerSettings;
  /** `undefined` if there is no mapping. */
  readonly permissions: CallerPermissions | undefined;
}

/** Shows what each check of a service finds in a token, and whether the service would accept it. */
export async function why(options: WhyOptions, terminal: Terminal): Promise<CommandResult> {
  const service = await readService(options, terminal);
  const input = await readToken(options, terminal);
  showProgress(terminal, 'Checking the token');
  return examine(input, service);
}

async function readService(options: WhyOptions, terminal: Terminal): Promise<Service> {
  const { offline: isOffline = false, require: required = [], jwks } = options;
  const config = await readConfig(options, terminal);
  const settings = parseAuthenticationSettings(config.options);
  const mapping = await readMapping(options.mapping, config.mapping, isOffline, terminal);
  if (mapping === undefined && required.length > 0)
    throw new CliError('--require needs the mapping. Write --mapping <file>, or "mapping" in the configuration.');
  if (jwks !== undefined && isOffline && isUrl(jwks)) throw new CliError('--offline fetches nothing: name a file with --jwks.');
  const keys = jwks === undefined ? undefined : { keys: (await keySetAt(jwks, '--jwks', terminal)) as readonly object[] };
  return { settings, mapping, keys: { jwks: keys, isOffline }, required, call: await readCall(options, terminal) };
}

async function readMapping(
  file: string | undefined,
  option: unknown,
  isOffline: boolean,
  terminal: Terminal,
): Promise<Service['mapping']> {
  if (file !== undefined) return mappingFile(file, terminal);
  return option === undefined ? undefined : mappingInUse(option, isOffline);
}

async function examine(input: TokenInput, service: Service): Promise<CommandResult> {
  const { directory, ...keys } = issuersOf(service.settings, service.keys);
  const authenticator = new Authenticator(service.settings, directory);
  try {
    const verification = await authenticator.authenticate(input.token);
    const inspection = await inspectToken(input.token, service.settings, directory);
    const caller = await callerOf(verification, inspection, service);
    const behind = caller === undefined ? [withoutCaller(inspection)] : stepsBehind(caller, input, service);
    const steps = [...tokenSteps(inspection, keys), ...behind, REVOCATION];
    const token = tokenVerdict(verification, inspection, isWithoutKeys(verification, inspection, keys));
    return result(steps, verdictOn(token, behind.filter(isDeciding)), caller, service);
  } finally {
    authenticator.stop();
  }
}

async function callerOf(
  verification: Verification,
  inspection: TokenInspection,
  { mapping }: Service,
): Promise<Caller | undefined> {
  const { issuer } = inspection;
  // legacyIssuer({ roles }) looks up roles for verified tokens only.
  const principal = 'principal' in verification ? verification.principal : inspection.principal;
  if (principal === undefined || issuer === undefined) return undefined;
  const isAvailable = mapping !== undefined && !('unchecked' in mapping);
  return { principal, issuer, permissions: isAvailable ? await callerPermissions(principal, mapping) : undefined };
}

function isWithoutKeys(verification: Verification, { issuer }: TokenInspection, keys: KeyFacts): boolean {
  const lacksKeys = 'reason' in verification && verification.reason === 'keys_unavailable';
  return lacksKeys && issuer !== undefined && keys.isOutOfReach(issuer);
}

/** Roles and scopes decide only through --require. A mapping decides if it is refused. */
function isDeciding({ step, state }: WhyStep): boolean {
  return step === 'possession' || step.startsWith('require ') || (step === 'mapping' && state === 'refused');
}

/** Returns the step for claims that yield no principal. */
function withoutCaller({ checks: { principal: check } }: TokenInspection): WhyStep {
  const step = 'caller';
  return typeof check === 'object' ? faultStep(step, check) : { step, state: 'unchecked', found: ['the claims cannot be read'] };
}

/** Returns the steps from the claims to the decision. */
function stepsBehind(
  { principal, issuer, permissions }: Caller,
  input: TokenInput,
  { settings, mapping, required, call }: Service,
): readonly WhyStep[] {
  const snapshot = mapping === undefined || 'unchecked' in mapping ? undefined : mapping.snapshot;
  const facts = { mapping: () => snapshot, issuer: () => issuer, tokenFrom: settings.tokenFrom };
  const caller = [...callerSteps(principal, issuer, facts), ...possessionStep(principal, input, settings)];
  if (mapping === undefined) return caller;
  if (permissions === undefined) return [...caller, ...withoutMapping(mapping, required)];
  const decisions = required.map((name) => requireStep(name, principal, permissions, facts, call));
  return [...caller, ...permissionSteps(principal, permissions, facts), ...decisions];
}

function withoutMapping(mapping: MappingInUse | NoMapping, required: readonly string[]): readonly WhyStep[] {
  const found = ['unchecked' in mapping ? mapping.unchecked : 'no mapping is available'];
  return ['mapping', ...required.map((name) => `require ${name}`)].map((step) => ({ step, state: 'unchecked', found }));
}

const REVOCATION: WhyStep = {
  step: 'revocation',
  state: 'unchecked',
  found: ['only a running service holds the revocation list'],
};

function result(steps: readonly WhyStep[], verdict: Verdict, caller: Caller | undefined, { required }: Service): CommandResult {
  const { outcome, reason, remedy } = verdict;
  const { issuer, subject, clientId, tenant, scopes, roles } = caller?.principal ?? {};
  const { resolution, unknownRoles } = caller?.permissions ?? {};
  const held = resolution && 'permissions' in resolution ? resolution.permissions : undefined;
  return {
    isFine: outcome === 'accepted',
    isDecided: outcome !== 'undecided',
    text: whyText(steps, verdict, required),
    json: {
      outcome,
      reason,
      remedy,
      steps,
      caller: caller && { issuer, subject, clientId, tenant, scopes, roles },
      mapping: held && {
        revision: held.revision,
        granted: held.granted,
        denied: held.denied,
        conditionalGrants: held.conditionalGrants.map(plain),
        conditionalDenials: held.conditionalDenials.map(plain),
        unknownRoles,
      },
    },
  };
}

/** A conditional grant or denial as JSON: without the parsed form of its condition. */
function plain({ permission, when }: ConditionalPermission): ConditionalPermission {
  return { permission, when };
}
