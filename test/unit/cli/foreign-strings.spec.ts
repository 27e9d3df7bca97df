import { mkdir } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import fc from 'fast-check';
import { parse } from 'yaml';
import { errorText, jsonText, terminalText, yamlText } from '../../../lib/cli/output/terminal-text.js';
import { fixture, ran } from './ran.js';
import { publisherKey, Scratch } from './scratch.js';

const scratch = new Scratch();
/** A name that starts a new line, moves the cursor, and reverses the direction of writing. */
const EVIL = 'evil\nFORGED: 0 faults\u001b[2J\u009b31m\u202e\r.yaml';
const isClean = (text: string) => !/[\p{Cf}\p{Zl}\p{Zp}]|(?!\n)\p{Cc}/u.test(text) && !/^FORGED/m.test(text);

describe('any name of a file', () => {
  const mapping = 'roles: { viewer: [orders:read], empty: [] }\n';
  let file: string;
  let bundle: string;
  let keys: string;
  let pem: string;
  beforeAll(async () => {
    const key = publisherKey('k1');
    file = await scratch.write(EVIL, mapping);
    [keys, pem] = [await scratch.write('jwks.json', key.jwks), await scratch.write('key.pem', key.pem)];
    bundle = scratch.path(`bundle ${EVIL}`);
    await ran(['sign', file, '--key', pem, '--kid', 'k1', '-o', bundle]);
    await mkdir(scratch.path(`tables ${EVIL}`));
    await scratch.write(`tables ${EVIL}/roles.csv`, 'name\na\n');
    await scratch.write(`tables ${EVIL}/role_permissions.csv`, 'role,permission\nb,x\n');
  });

  it.each([
    ['lint', () => ['lint', file]],
    [
      'lint of a broken one',
      async () => ['lint', await scratch.write(`broken ${EVIL}`, `roles: { "a${EVIL.replace(/\n|\r/g, '')}": [7] }`)],
    ],
    ['lint of none', () => ['lint', `none ${EVIL}`]],
    ['too many', () => ['lint', file, file]],
    ['an unknown command', () => [EVIL]],
    ['an unknown option', () => ['lint', `--${EVIL}`]],
    ['a wrong option', () => ['sign', file, '--key', pem, '--kid', 'k', '--valid-for', EVIL]],
    ['sign', () => ['sign', file, '--key', pem, '--kid', 'k1', '-o', scratch.path(`signed ${EVIL}`)]],
    ['sign of none', () => ['sign', file, '--key', `none ${EVIL}`, '--kid', 'k1']],
    ['verify', () => ['verify', bundle, '--keys', keys]],
    ['verify of a mapping', () => ['verify', file, '--keys', keys]],
    ['verify with the wrong keys', () => ['verify', bundle, '--keys', file]],
    ['publish', () => ['publish', file, '--to', scratch.path(`published ${EVIL}`)]],
    ['publish nowhere', () => ['publish', file, '--to', `none ${EVIL}/file`]],
    ['rollback', () => ['rollback', bundle, '--keys', keys, '--to', scratch.path(`back ${EVIL}`)]],
    ['rollback to nowhere', () => ['rollback', bundle, '--keys', keys, '--to', `none ${EVIL}/file`]],
    ['diff', () => ['diff', file, `none ${EVIL}`]],
    ['test', () => ['test', file, file]],
    ['explain', () => ['explain', `none ${EVIL}`, 'orders:read', '--role', EVIL]],
    ['explain of a role', () => ['explain', file, 'orders:read', '--role', EVIL]],
    ['import csv', () => ['import', 'csv', scratch.path(`tables ${EVIL}`)]],
    ['import csv from nowhere', () => ['import', 'csv', `none ${EVIL}`]],
    ['import keycloak', () => ['import', 'keycloak', file]],
    ['import auth0', () => ['import', 'auth0', file]],
    ['import with a wrong table of names', () => ['import', 'keycloak', fixture('realm-export.json'), '--rename', file]],
    ['import to a file', () => ['import', 'keycloak', fixture('realm-export.json'), '-o', scratch.path(`out ${EVIL}`)]],
  ])('starts no line in the output of %s and controls no terminal', async (_, args) => {
    for (const isWatched of [false, true]) {
      const { out, err } = await ran(await args(), { isWatched });
      const written = [out, err.replaceAll('\r\u001b[K', '')];
      expect(written.filter((text) => !isClean(text))).toEqual([]);
    }
    const { out } = await ran([...(await args()), '--json']);
    expect([isClean(out), typeof JSON.parse(out)]).toEqual([true, 'object']);
  });
});

describe('any message of a server', () => {
  it('starts no line of a message', async () => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      const answer = `-ERR ${EVIL.replaceAll(/[\n\r]/g, '\u2028')}\r\n`;
      // A RESP array for each command: it begins with the number of its parts.
      socket.on('data', (data) => socket.write(answer.repeat(String(data).match(/^\*\d+/gm)?.length ?? 0)));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `redis://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { code, err } = await ran(['publish', fixture('mapping.yaml'), '--to', url]);
    await new Promise((resolve) => server.close(resolve));
    expect([code, isClean(err), err.split('\n').length, err]).toEqual([2, true, 2, expect.stringContaining('evil')]);
  });
});

describe('any string of a document', () => {
  it('is escaped for a terminal, and parsing it yields the same string', async () => {
    const realm = { roles: { realm: [{ name: EVIL, description: EVIL, composites: { client: { shop: [EVIL] } } }] } };
    const file = await scratch.write('realm.json', realm);
    const { out, err } = await ran(['import', 'keycloak', file]);
    expect([isClean(out), isClean(err)]).toEqual([true, true]);
    expect(Object.keys((parse(out) as { roles: object }).roles)).toEqual([EVIL]);
    expect(Object.keys((await ran(['import', 'keycloak', file, '--json'])).json.document.roles as object)).toEqual([EVIL]);
  });

  it('survives writing and parsing, for any string', () => {
    const text = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.string({
        unit: fc.constantFrom('a', '\n', '\r', '\t', '\u001b', '\u0085', '\u202e', '\u{e0001}', '\\', '"', "'", '#', ' ', ':'),
      }),
    );
    fc.assert(
      fc.property(fc.dictionary(text, fc.oneof(text, fc.array(text), fc.dictionary(text, text))), (value) => {
        const plain = JSON.parse(JSON.stringify(value)) as unknown;
        for (const written of [jsonText(plain), yamlText(plain)])
          expect(/[\p{Cf}\p{Zl}\p{Zp}]|(?!\n)\p{Cc}/u.test(written)).toBe(false);
        expect(JSON.parse(jsonText(plain))).toEqual(plain);
        expect(parse(yamlText(plain))).toEqual(plain);
      }),
    );
  });
});

describe('terminalText and errorText', () => {
  it('keep line breaks, and escape an argument that would start a line', () => {
    expect(terminalText('a\nb\u001bc\td')).toBe('a\nb\\u{1b}c\\u{9}d');
    expect(errorText('cannot read x\ny:\n  fault', ['x\ny', 'z'])).toBe('cannot read x\\u{a}y:\n  fault');
  });
});
