import { jest } from '@jest/globals';
import { TokenRequestError } from '../../../../lib/network/client-credentials/index.js';
import { KeptToken, type AskForToken } from '../../../../lib/network/client-credentials/kept-token.js';
import { turns } from '../../../waiting/turns.js';

const outage = () => new TokenRequestError('unavailable', 'down');
const nonsense = new TokenRequestError('answer_invalid', 'the response is not a JSON object');
const refusal = new TokenRequestError('refused', 'no', { error: 'invalid_grant' });

/** Expires after 100 s by default. */
class Endpoint {
  asked = 0;
  lastsMs: number | undefined = 100_000;
  fault: TokenRequestError | undefined;
  readonly ask: AskForToken = async () => {
    this.asked++;
    const number = this.asked;
    await Promise.resolve();
    if (this.fault !== undefined) throw this.fault;
    return { token: `token-${number}`, lastsMs: this.lastsMs };
  };
}

describe('KeptToken', () => {
  let endpoint: Endpoint;
  let now: number;
  beforeEach(() => {
    endpoint = new Endpoint();
    now = 1_000_000_000_000;
    jest.spyOn(Date, 'now').mockImplementation(() => now);
  });
  afterEach(() => jest.restoreAllMocks());
  const service = () => new KeptToken({ endsAt: Infinity, endsWhenRefused: false });
  const exchanged = (endsAt = Infinity) => new KeptToken({ endsAt, endsWhenRefused: true });

  it('requests the token once for all concurrent callers', async () => {
    const kept = service();
    const got = await Promise.all(Array.from({ length: 100 }, () => kept.get(endpoint.ask)));
    expect(new Set(got)).toEqual(new Set(['token-1']));
    expect(endpoint.asked).toBe(1);
  });

  it('rejects all concurrent callers after one failed request', async () => {
    endpoint.fault = outage();
    const kept = service();
    const got = await Promise.allSettled(Array.from({ length: 100 }, () => kept.get(endpoint.ask)));
    expect(got.every(({ status }) => status === 'rejected')).toBe(true);
    expect(endpoint.asked).toBe(1);
  });

  it('caches the token for three quarters of its lifetime, then renews it in the background', async () => {
    const kept = service();
    await kept.get(endpoint.ask);
    now += 74_000;
    expect(await kept.get(endpoint.ask)).toBe('token-1');
    expect(endpoint.asked).toBe(1);
    now += 16_500; // longer than any jitter
    const [a, b] = await Promise.all([kept.get(endpoint.ask), kept.get(endpoint.ask)]);
    expect([a, b, endpoint.asked]).toEqual(['token-2', 'token-2', 2]); // 90.5 s: in the last part of the lifetime, callers wait
  });

  it('does not make a call wait for the new token while the old one is valid', async () => {
    jest.spyOn(Math, 'random').mockReturnValue(0);
    const kept = service();
    await kept.get(endpoint.ask);
    now += 80_000;
    expect(await kept.get(endpoint.ask)).toBe('token-1');
    await turns();
    expect(await kept.get(endpoint.ask)).toBe('token-2');
    expect(endpoint.asked).toBe(2);
  });

  it('renews at different times in different instances', async () => {
    const times = new Set<boolean>();
    for (let instance = 0; instance < 50; instance++) {
      const kept = service();
      await kept.get(endpoint.ask);
      const before = endpoint.asked;
      now += 82_000;
      await kept.get(endpoint.ask);
      times.add(endpoint.asked === before);
    }
    expect(times.size).toBe(2);
  });

  it('returns the token until it expires while the endpoint is down, and tries to renew it meanwhile', async () => {
    const kept = service();
    await kept.get(endpoint.ask);
    endpoint.fault = outage();
    for (now += 91_000; now < 1_000_000_100_000; now += 2_000) expect(await kept.get(endpoint.ask)).toBe('token-1');
    expect(endpoint.asked).toBeGreaterThan(1);
    now = 1_000_000_100_000;
    await expect(kept.get(endpoint.ask)).rejects.toMatchObject({ code: 'unavailable' });
    now += 6_000;
    endpoint.fault = undefined;
    expect(await kept.get(endpoint.ask)).toMatch(/token-\d+/);
  });

  it('pauses after a refused request, for at most 5 s', async () => {
    for (const fault of [nonsense, refusal]) {
      const { asked } = endpoint;
      endpoint.fault = fault;
      const kept = service();
      for (let n = 0; n < 100; n++) await expect(kept.get(endpoint.ask)).rejects.toBe(fault);
      expect(endpoint.asked).toBe(asked + 1);
      for (let n = 1; n < 10; n++) {
        now += 5_000;
        await expect(kept.get(endpoint.ask)).rejects.toBe(fault);
        expect(endpoint.asked).toBe(asked + n + 1);
      }
    }
  });

  it('does not pause after an outage: TokenEndpoint does that for all tokens', async () => {
    endpoint.fault = outage();
    const kept = service();
    await expect(kept.get(endpoint.ask)).rejects.toBe(endpoint.fault);
    endpoint.fault = undefined;
    expect(await kept.get(endpoint.ask)).toBe('token-2');
  });

  it('drops a rejected token, and its successor only after 5 s', async () => {
    const kept = service();
    const first = await kept.use(endpoint.ask);
    expect(first.refused()).toBe(true);
    const second = await kept.use(endpoint.ask);
    expect(second.token).toBe('token-2');
    expect(first.refused()).toBe(true); // reported late by another call: a newer token is cached
    expect(second.refused()).toBe(false);
    expect(await kept.get(endpoint.ask)).toBe('token-2');
    now += 5_000;
    second.refused();
    expect(await kept.get(endpoint.ask)).toBe('token-3');
  });

  it("drops the token if a new one is refused for a caller, and uses it until it expires if it is the service's own", async () => {
    const own = service();
    const callers = exchanged();
    await Promise.all([own.get(endpoint.ask), callers.get(endpoint.ask)]);
    endpoint.fault = refusal;
    now += 91_000;
    expect(await own.get(endpoint.ask)).toBe('token-1');
    await expect(callers.get(endpoint.ask)).rejects.toBe(refusal);
  });

  it("expires no later than the caller's token", async () => {
    const kept = exchanged(now + 10_000);
    expect(await kept.get(endpoint.ask)).toBe('token-1');
    now += 9_999;
    expect(await kept.get(endpoint.ask)).toBe('token-1');
    expect(endpoint.asked).toBe(1);
    endpoint.fault = refusal;
    now += 1;
    await expect(kept.get(endpoint.ask)).rejects.toBe(refusal);
  });

  it('does not cache a token of unknown lifetime', async () => {
    endpoint.lastsMs = undefined;
    const kept = service();
    expect(await Promise.all([kept.get(endpoint.ask), kept.get(endpoint.ask)])).toEqual(['token-1', 'token-1']);
    expect(await kept.get(endpoint.ask)).toBe('token-2');
  });

  it('accepts a lifetime of any length', async () => {
    endpoint.lastsMs = Number.MAX_VALUE;
    const kept = service();
    await kept.get(endpoint.ask);
    now += 1e12;
    expect(await kept.get(endpoint.ask)).toBe('token-1');
  });
});
