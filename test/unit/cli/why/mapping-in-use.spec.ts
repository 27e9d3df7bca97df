import { Readable } from 'node:stream';
import { mappingFile, mappingInUse } from '../../../../lib/cli/why/mapping-in-use.js';
import { fileMapping, remoteMapping, type MappingProvider, type MappingTransport } from '../../../../lib/mapping/index.js';
import { fixture } from '../ran.js';
import { Scratch } from '../scratch.js';

const scratch = new Scratch();
const document = { revision: 'r1', roles: { viewer: ['orders:read'] } };
const fetched = () => Promise.resolve({ text: JSON.stringify(document), version: '1' });
const remote = (fetch: MappingTransport['fetch'], diskCopy?: string) =>
  remoteMapping({ name: 'https://authority.test/mapping', fetch }, diskCopy === undefined ? {} : { diskCopy });

describe('the mapping of nestjs-authz why', () => {
  it.each<[string, () => unknown]>([
    ['a document', () => document],
    ['a file', () => fileMapping(fixture('mapping.yaml'))],
    ['a source', () => ({ name: 'mine', load: () => ({ content: { document } }) })],
    ['a source beyond the process', () => remote(fetched)],
  ])('is %s', async (_, option) => {
    expect(await mappingInUse(option(), false)).toMatchObject({ snapshot: { revision: expect.stringMatching(/r1|2026-01/) } });
  });

  it('is a file of the command line', async () => {
    const terminal = { env: {}, stdin: Readable.from([]), isWatched: false, out: () => undefined, err: () => undefined };
    expect(await mappingFile(fixture('mapping.yaml'), terminal)).toMatchObject({ snapshot: { revision: '2026-01' } });
    await expect(mappingFile(fixture('broken.yaml'), terminal)).rejects.toThrow('The mapping cannot be used: ');
  });

  it('is a provider, and unavailable if the provider is a class', async () => {
    class Mine implements MappingProvider {
      permissionsFor() {
        return [];
      }
    }
    const provider = new Mine();
    expect(await mappingInUse({ provider }, false)).toMatchObject({ provider, snapshot: undefined });
    expect(await mappingInUse({ provider: Mine }, false)).toEqual({
      unchecked: expect.stringContaining('Name a file with --mapping'),
    });
  });

  it('is unavailable if it would have to be fetched offline or cannot be fetched', async () => {
    let tries = 0;
    const counted = remote(() => Promise.reject(new Error(`down ${++tries}`)));
    expect(await mappingInUse(counted, true)).toEqual({
      unchecked: 'offline: the mapping comes from https://authority.test/mapping',
    });
    expect(tries).toBe(0);
    expect(await mappingInUse(counted, false)).toEqual({
      unchecked: expect.stringMatching(/^the mapping cannot be loaded from https:\/\/authority\.test\/mapping: .*down/),
    });
  });

  it('does not write to the copy on disk, which belongs to the service', async () => {
    const diskCopy = scratch.path('copy.json');
    await mappingInUse(remote(fetched, diskCopy), false);
    expect(await scratch.names()).toEqual([]);
  });

  it('reports the fault in a mapping of the application', async () => {
    await expect(mappingInUse({ roles: { a: [7] } }, false)).rejects.toThrow('The mapping cannot be used: ');
    await expect(mappingInUse(7, false)).rejects.toThrow('"mapping" must be ');
    const ended = { ...document, notAfter: '2020-01-01T00:00:00Z' };
    await expect(mappingInUse(ended, false)).rejects.toThrow('it expired at 2020-01-01');
  });
});
