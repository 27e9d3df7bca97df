import type { HttpException } from '@nestjs/common';
import {
  AuthzConfigError,
  andThen,
  attempt,
  kindOf,
  messageOf,
  type Outcome,
  type PermissionSet,
  type Principal,
} from '../../core/index.js';
import { paramsOf } from '../calls/params-of.js';
import type { Call } from '../calls/call.interface.js';
import type { RepeatedWarnings } from '../logs/repeated-warnings.js';
import type { HandlerRule } from '../requirements/handler-rule.interface.js';
import type { FindProvider } from '../start/find-provider.js';
import type { ResourceCall, ResourceLoader } from './resource-loader.interface.js';
import type { LoaderClass, ResourceRule } from './resource-rule.interface.js';

/** The resource of a call, or why there is none. */
export type ResourceAnswer =
  { readonly resource: object } | { readonly failure: 'resource_not_found' | 'resource_unavailable'; readonly detail: string };

/** Who calls. */
export interface ResourceCaller {
  readonly principal: Principal;
  readonly permissions: PermissionSet | undefined;
}

/** Loads the resources of calls, with the loaders of the application. */
export class Resources {
  private readonly loaders = new Map<LoaderClass, ResourceLoader>();

  /** @param timeoutMs How long the promise of a loader is awaited, in milliseconds. */
  constructor(
    private readonly find: FindProvider,
    private readonly timeoutMs: number,
    private readonly warnings: RepeatedWarnings,
  ) {}

  /** Finds the loader of every handler. Call this after all modules are instantiated. @throws AuthzConfigError that names the handler. */
  start(rules: readonly HandlerRule[]): void {
    for (const { name, resource } of rules) if (resource?.source.kind === 'loader') this.loaderOf(resource.source.type, name);
  }

  /** Loads the resource of a call. Synchronous if the loader is. Never throws or rejects. */
  load(call: Call, rule: ResourceRule, caller: ResourceCaller): ResourceAnswer | Promise<ResourceAnswer> {
    const work = () => this.run(rule, { ...caller, params: paramsOf(call), args: call.args }, call);
    return andThen(attempt(work, this.timeoutMs), (outcome) => {
      const answer = this.answerOf(outcome, rule);
      if ('failure' in answer && answer.failure === 'resource_unavailable') this.warn(call, answer.detail, outcome);
      return answer;
    });
  }

  private run({ source }: ResourceRule, of: ResourceCall, { transport, rule }: Call): unknown {
    if (source.kind === 'loader') return this.loaderOf(source.type, rule.name).load(of);
    return source.read(transport.input === undefined ? of.args[0] : transport.input(of.args), of);
  }

  private answerOf(outcome: Outcome, { name, source }: ResourceRule): ResourceAnswer {
    switch (outcome.kind) {
      case 'late':
        return unavailable(`${name} did not finish within ${this.timeoutMs} ms`);
      case 'error':
        return ofError(outcome.error, name);
      case 'value':
        return ofValue(outcome.value, name, source.kind);
    }
  }

  private warn({ rule }: Call, detail: string, outcome: Outcome): void {
    const cause = outcome.kind === 'error' ? `: ${messageOf(outcome.error)}` : '';
    this.warnings.warn(
      () => `The resource of ${rule.name} cannot be loaded: ${detail}${cause}`,
      `${rule.name} resource ${detail}`,
    );
  }

  private loaderOf(type: LoaderClass, handler: string): ResourceLoader {
    const known = this.loaders.get(type);
    if (known !== undefined) return known;
    const found = this.find(type, { use: '@Resource()', handler });
    if (!isLoader(found))
      throw new AuthzConfigError(
        'AUTHZ_PROVIDER',
        `${handler}: @Resource(${type.name}) names a provider without a method load(call). Write a class that implements ResourceLoader.`,
      );
    this.loaders.set(type, found);
    return found;
  }
}

function isLoader(value: unknown): value is ResourceLoader {
  return typeof value === 'object' && value !== null && 'load' in value && typeof value.load === 'function';
}

function notFound(detail: string): ResourceAnswer {
  return { failure: 'resource_not_found', detail };
}

function unavailable(detail: string): ResourceAnswer {
  return { failure: 'resource_unavailable', detail };
}

/**
 * Statuses with which a loader says that the client named nothing that exists. Not 401 and 403: a loader that passes on the refusal of another service
 * has a fault of its own.
 */
const NAMES_NOTHING: ReadonlySet<unknown> = new Set([400, 404, 410, 422]);

function ofError(error: unknown, name: string): ResourceAnswer {
  const status = statusOf(error);
  return NAMES_NOTHING.has(status) ? notFound(`${name} threw a ${String(status)}`) : unavailable(`${name} failed`);
}

function ofValue(value: unknown, name: string, source: ResourceRule['source']['kind']): ResourceAnswer {
  if (value === undefined || value === null) return notFound(`${name} returned ${String(value)}`);
  if (typeof value === 'object') return { resource: value };
  const detail = `${name} returned ${kindOf(value)} in place of an object, undefined or null`;
  // A function returns what the client sent: the client must not be able to cause warnings and 503.
  return source === 'function' ? notFound(detail) : unavailable(detail);
}

/** Duck-typed: `instanceof HttpException` fails across copies of Nest. */
function statusOf(error: unknown): unknown {
  try {
    return error instanceof Error ? (error as Partial<HttpException>).getStatus?.() : undefined;
  } catch {
    return undefined;
  }
}
