import { config, filter, lastValueFrom, NEVER, of, Subject, toArray, type Observable } from 'rxjs';
import { AuthzRpcException } from '../../../../../lib/transports/microservices/authz-rpc.exception.js';
import { StreamedMessages } from '../../../../../lib/transports/microservices/grpc/streamed-messages.js';
import { turns } from '../../../../waiting/turns.js';

const refused = new AuthzRpcException('permission_missing', {});

/** The client's messages as the handler gets them, and what the client receives. */
function streamed(answer: (messages: Observable<unknown>) => Observable<unknown> = () => NEVER) {
  const [source, emitted] = [new Subject<unknown>(), [] as unknown[]];
  const stream = new StreamedMessages(() => undefined);
  const messages = stream.input(source, (what) => what());
  stream.response(answer(messages)).subscribe({
    next: (value) => emitted.push(value),
    error: (error: unknown) => {
      emitted.push(error);
      // Like Nest.
      source.error(error);
    },
    complete: () => emitted.push('complete'),
  });
  return { source, stream, messages, emitted };
}

describe('the messages of a client', () => {
  it('complete for the handler when the call ends, and the response does not look complete', () => {
    const answer = new Subject<unknown>();
    const { source, stream, messages, emitted } = streamed(() => answer);
    const taken: unknown[] = [];
    messages.subscribe({
      next: (value) => taken.push(value),
      complete: () => {
        taken.push('complete');
        answer.complete();
      },
    });
    source.next(1);
    stream.end(refused);
    stream.end(refused);
    expect(taken).toEqual([1, 'complete']);
    expect(emitted).toEqual([refused]);
    expect([stream.isEnded, source.observed]).toEqual([true, false]);
  });

  it('are empty for later subscribers', async () => {
    const { stream, messages } = streamed();
    stream.end(refused);
    expect(await lastValueFrom(messages.pipe(toArray()))).toEqual([]);
  });

  it('complete also if the response itself ends with the refusal', () => {
    const answer = new Subject<unknown>();
    const { messages, emitted } = streamed(() => answer);
    const taken: unknown[] = [];
    messages.subscribe({ complete: () => taken.push('complete') });
    answer.error(refused);
    expect([taken, emitted]).toEqual([['complete'], [refused]]);
  });

  it('fail and complete as before if the response fails for another reason', () => {
    const failure = new Error('of the application');
    const answer = new Subject<unknown>();
    const { messages, emitted } = streamed(() => answer);
    const taken: unknown[] = [];
    messages.subscribe({ error: (error: unknown) => taken.push(error) });
    answer.error(failure);
    expect([taken, emitted]).toEqual([[failure], [failure]]);
    expect(streamed(() => of(1)).emitted).toEqual([1, 'complete']);
  });
});

describe('a refusal', () => {
  const refuse = (): never => {
    throw refused;
  };
  const rejecting = (): unknown => Promise.reject(refused);
  it.each<[string, (messages: Observable<unknown>) => unknown]>([
    ['a function', (messages) => messages.subscribe(refuse)],
    ['an observer', (messages) => messages.subscribe({ next: refuse })],
    ['an async observer', (messages) => messages.subscribe({ next: rejecting })],
    ['an observer behind operators', (messages) => messages.pipe(filter(Boolean)).pipe(filter(Boolean)).subscribe(refuse)],
    ['the function for the end', (messages) => messages.subscribe({ complete: refuse })],
  ])('in %s ends the call', async (_where, subscribe) => {
    const { source, messages, emitted } = streamed();
    subscribe(messages);
    source.next(1);
    source.complete();
    await turns();
    expect(emitted).toEqual([refused]);
  });

  it('in the error callback ends the call as well', () => {
    const { source, messages, emitted } = streamed();
    messages.subscribe({ error: refuse });
    source.error(new Error('of the connection'));
    expect(emitted).toEqual([refused]);
  });

  it('is the only error that is caught', async () => {
    const thrown: unknown[] = [];
    const { source, messages, emitted } = streamed();
    const failure = new Error('of the application');
    messages.pipe(filter(Boolean)).subscribe({
      next: () => {
        throw failure;
      },
    });
    // The error that RxJS would throw as uncaught.
    const reported = new Promise<void>((resolve) => {
      config.onUnhandledError = (error) => resolve(void thrown.push(error));
    });
    source.next(1);
    await reported;
    config.onUnhandledError = null;
    expect([thrown, emitted]).toEqual([[failure], []]);
  });
});
