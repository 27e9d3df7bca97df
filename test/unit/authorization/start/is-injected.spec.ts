import {
  Controller,
  Dependencies,
  forwardRef,
  Global,
  Inject,
  Injectable,
  Module,
  Scope,
  UseFilters,
  UseGuards,
  UseInterceptors,
  UsePipes,
  type CallHandler,
  type CanActivate,
  type DynamicModule,
  type ExceptionFilter,
  type ModuleMetadata,
  type NestInterceptor,
  type PipeTransform,
  type Provider,
} from '@nestjs/common';
import { APP_GUARD, APP_INTERCEPTOR, ModulesContainer } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { isInjected } from '../../../../lib/authorization/start/is-injected.js';

@Injectable()
class Wanted {}
@Injectable()
class WantedToo {}
@Injectable()
class Another {}

/** Gives them to itself, as the module that asks does. */
@Global()
@Module({
  providers: [
    Wanted,
    WantedToo,
    Another,
    { provide: 'own alias', useExisting: Wanted },
    { provide: 'own factory', useFactory: () => 1, inject: [WantedToo] },
  ],
  exports: [Wanted, WantedToo, Another],
})
class Own {
  constructor(readonly wanted: Wanted) {}
  /** Nest calls it on every module that has it; one's own does not count. */
  configure = () => undefined;
}

async function isInjectedIn(metadata: ModuleMetadata): Promise<boolean> {
  const app = await Test.createTestingModule({ ...metadata, imports: [Own, ...(metadata.imports ?? [])] }).compile();
  return isInjected(new Set([Wanted, WantedToo]), app.get(ModulesContainer), Own);
}

@Injectable()
class ByConstructor {
  constructor(readonly wanted: Wanted) {}
}
@Injectable()
class ByToken {
  constructor(@Inject(WantedToo) readonly wanted: unknown) {}
}
@Injectable()
class ByReference {
  constructor(@Inject(forwardRef(() => Wanted)) readonly wanted: unknown) {}
}
@Injectable()
class ByProperty {
  @Inject() readonly wanted!: Wanted;
}
@Injectable()
class ByPropertyToken {
  @Inject(Wanted) readonly wanted: unknown;
}
@Injectable()
class ByPropertyReference {
  @Inject(forwardRef(() => Wanted)) readonly wanted: unknown;
}
class BySelfDeclared {
  readonly isPlain = true;
}
Dependencies(Wanted)(BySelfDeclared);
@Injectable()
class ByInheritedConstructor extends ByConstructor {}
@Injectable()
class ByInheritedProperty extends ByProperty {
  @Inject(Another) readonly another: unknown;
}
@Injectable({ scope: Scope.REQUEST })
class PerRequest {
  constructor(readonly wanted: Wanted) {}
}
@Injectable({ scope: Scope.TRANSIENT })
class PerInjection {
  constructor(readonly wanted: Wanted) {}
}
@Injectable()
class WithAnother {
  constructor(
    readonly another: Another,
    @Inject('a string') readonly text: string,
  ) {}
}

@Injectable()
class Enhancer extends ByConstructor implements CanActivate, NestInterceptor, PipeTransform, ExceptionFilter {
  canActivate = () => true;
  intercept = (_: unknown, next: CallHandler) => next.handle();
  transform = (value: unknown) => value;
  catch = () => undefined;
}
@Injectable({ scope: Scope.REQUEST })
class EnhancerPerRequest extends Enhancer {}

@Controller()
class Plain {}
@Controller()
class OfController extends ByConstructor {}
@Controller()
@UseGuards(Enhancer)
class OfGuard {}
@Controller()
class OfInterceptor {
  @UseInterceptors(Enhancer) handle() {
    return 'handled';
  }
}
@Controller()
class OfPipe {
  @UsePipes(Enhancer) handle() {
    return 'handled';
  }
}
@Controller()
@UseFilters(Enhancer)
class OfFilter {}

@Module({})
class Feature {}
@Module({})
class FeatureThatWants {
  constructor(readonly wanted: Wanted) {}
}
@Module({})
class FeatureWithMiddleware {
  configure = () => undefined;
}
const dynamic = (provider: Provider): DynamicModule => ({ module: Feature, providers: [provider] });
const factory = (...inject: NonNullable<Extract<Provider, { inject?: unknown }>['inject']>): Provider => ({
  provide: 'made',
  useFactory: () => 1,
  inject,
});

describe('isInjected', () => {
  it.each<[string, ModuleMetadata]>([
    ['a constructor', { providers: [ByConstructor] }],
    ['a constructor, by token', { providers: [ByToken] }],
    ['a constructor, by forwardRef()', { providers: [ByReference] }],
    ['a constructor that is inherited', { providers: [ByInheritedConstructor] }],
    ['a constructor in plain JavaScript', { providers: [BySelfDeclared] }],
    ['a property', { providers: [ByProperty] }],
    ['a property, by token', { providers: [ByPropertyToken] }],
    ['a property, by forwardRef()', { providers: [ByPropertyReference] }],
    ['a property that is inherited', { providers: [ByInheritedProperty] }],
    ['a provider of each request', { providers: [PerRequest] }],
    ['a provider of each injection', { providers: [PerInjection] }],
    ['a class under another token', { providers: [{ provide: 'x', useClass: ByConstructor }] }],
    ['a factory', { providers: [factory(Another, Wanted)] }],
    ['a factory that can do without', { providers: [factory({ token: Wanted, optional: true })] }],
    ['another name for it', { providers: [{ provide: 'x', useExisting: Wanted }] }],
    ['a controller', { controllers: [OfController] }],
    ['a guard of a controller', { controllers: [OfGuard] }],
    ['an interceptor of a handler', { controllers: [OfInterceptor] }],
    ['a pipe of a handler', { controllers: [OfPipe] }],
    ['a filter of a controller', { controllers: [OfFilter] }],
    ['a global guard', { providers: [{ provide: APP_GUARD, useClass: Enhancer }] }],
    ['a global interceptor of each request', { providers: [{ provide: APP_INTERCEPTOR, useClass: EnhancerPerRequest }] }],
    ['a module', { imports: [FeatureThatWants] }],
    ['a provider of a dynamic module', { imports: [dynamic(ByConstructor)] }],
  ])('finds it given to %s', async (_where, metadata) => {
    expect(await isInjectedIn(metadata)).toBe(true);
  });

  it('takes a module that sets up middleware, which is not known yet, for one that is given it', async () => {
    expect(await isInjectedIn({ imports: [FeatureWithMiddleware] })).toBe(true);
  });

  it.each<[string, ModuleMetadata]>([
    ['nothing', {}],
    [
      'only what others are given',
      {
        imports: [dynamic({ provide: 'a string', useValue: 'Wanted' })],
        providers: [WithAnother, factory(Another), { provide: 'a string', useValue: 'Wanted' }],
        controllers: [Plain],
      },
    ],
    ['a value that holds it', { providers: [{ provide: 'a value', useValue: { wanted: Wanted, token: Wanted } }] }],
    ['a class that nothing lists', { imports: [Feature] }],
  ])('finds none where there is %s', async (_what, metadata) => {
    expect(await isInjectedIn(metadata)).toBe(false);
  });
});
