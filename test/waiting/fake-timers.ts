import { jest } from '@jest/globals';

type Config = Extract<Parameters<typeof jest.useFakeTimers>[0], { readonly doNotFake?: unknown }>;
type Api = NonNullable<Config['doNotFake']>[number];

/** All that Jest replaces. */
const APIS: readonly Api[] = [
  ...(['Date', 'hrtime', 'nextTick', 'performance', 'queueMicrotask', 'requestAnimationFrame', 'cancelAnimationFrame'] as const),
  ...(['requestIdleCallback', 'cancelIdleCallback', 'setImmediate', 'clearImmediate'] as const),
  ...(['setInterval', 'clearInterval', 'setTimeout', 'clearTimeout'] as const),
];

/** Has the test drive these clocks and timers alone, so that sockets and files go on as ever. Ends with `jest.useRealTimers()`. */
export function fakeOnly(faked: readonly Api[], now?: number): void {
  jest.useFakeTimers({ doNotFake: APIS.filter((api) => !faked.includes(api)), ...(now !== undefined && { now }) });
}
