import { keyLog } from '../../../../lib/authorization/logs/key-log.js';
import type { KeyEvent } from '../../../../lib/authentication/index.js';

const ISSUER = 'https://id.acme.test';

describe('what the log says of keys', () => {
  it.each<[KeyEvent, string]>([
    [{ kind: 'loaded', keys: 2 }, `debug Holding 2 keys of ${ISSUER}`],
    [
      { kind: 'recalled', keys: 2, ageSeconds: 90 },
      `log Holding 2 keys of ${ISSUER}, kept on disk 90 s ago, until they are fetched`,
    ],
    [
      { kind: 'unfit', accepted: ['RS256', 'ES256'], served: ['EdDSA', 'Ed25519'] },
      `warn No key of ${ISSUER} fits an algorithm of "algorithms" (RS256, ES256), so its tokens are refused. Its keys fit EdDSA, Ed25519: write the one that it signs with, such as algorithms: ['EdDSA'].`,
    ],
    [{ kind: 'file_failed', error: new Error('no space') }, `warn The keys of ${ISSUER} cannot be kept on disk: no space`],
    [
      { kind: 'failed', error: new Error('timed out'), keysHeld: 2 },
      `warn The keys of ${ISSUER} cannot be fetched: the 2 keys held stay in use. timed out`,
    ],
    [
      { kind: 'failed', error: new Error('timed out'), keysHeld: 0 },
      `warn The keys of ${ISSUER} cannot be fetched: no key is held, so requests with its tokens get 503. timed out`,
    ],
  ])('%j', (event, line) => {
    const lines: string[] = [];
    const at = (level: string) => (text: string) => lines.push(`${level} ${text}`);
    keyLog({ debug: at('debug'), log: at('log'), warn: at('warn') }, ISSUER)(event);
    expect(lines).toEqual([line]);
  });
});
