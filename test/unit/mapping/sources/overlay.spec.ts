import {
  MappingStore,
  overlay,
  type LoadedMapping,
  type MappingEvent,
  type MappingSource,
} from '../../../../lib/mapping/index.js';

const bringing = (permission: string): LoadedMapping => ({ content: { document: { roles: { viewer: [permission] } } } });
const source = (name: string, load: () => LoadedMapping): MappingSource => ({ name, load });
const down = (): never => {
  throw new Error('it is down');
};

let brings: () => LoadedMapping;
let events: MappingEvent[];
let store: MappingStore;
beforeEach(() => {
  brings = () => bringing('base:read');
  events = [];
});
afterEach(() => store.stop());

const layered = () =>
  overlay(
    source('base', () => brings()),
    source('fallback', () => bringing('fallback:read')),
  );
async function start(mapping = layered()): Promise<void> {
  store = new MappingStore(mapping, (event) => events.push(event));
  await store.start();
}
const held = () => store.permissionsFor(['viewer']).granted;

describe('an overlay', () => {
  it('uses the base if it loads', async () => {
    await start();
    expect(held()).toEqual(['base:read']);
  });

  it('starts with the fallback while the base is down, reports that, and uses the base once it loads', async () => {
    brings = down;
    await start();
    expect(held()).toEqual(['fallback:read']);
    expect(events).toContainEqual({
      kind: 'problem',
      source: 'base, else fallback',
      message: 'Using fallback instead of base: it is down',
    });
    brings = () => bringing('base:read');
    expect(await store.reload()).toBe(true);
    expect(held()).toEqual(['base:read']);
  });

  it('starts with the fallback if the document of the base is refused', async () => {
    brings = () => bringing('no permission');
    await start();
    expect(held()).toEqual(['fallback:read']);
    brings = () => bringing('base:read');
    await store.reload();
    expect(held()).toEqual(['base:read']);
  });

  it('does not start if the document of the base is refused and the fallback is down', async () => {
    brings = () => bringing('no permission');
    store = new MappingStore(
      overlay(
        source('base', () => brings()),
        source('fallback', down),
      ),
    );
    await expect(store.start()).rejects.toThrow('it is down');
  });

  it('keeps the last document of a base that fails later, pauses it after three failures, and reports the same fault once', async () => {
    await start();
    let asked = 0;
    brings = () => {
      asked++;
      return down();
    };
    for (let times = 0; times < 6; times++) expect(await store.reload()).toBe(false);
    expect(asked).toBe(3);
    expect(held()).toEqual(['base:read']);
    expect(events.filter((event) => event.kind === 'refused' && !event.repeated)).toHaveLength(1);
    expect(store.status().lastError?.message).toBe('it is down');
  });

  it('uses the fallback again after a restart', async () => {
    const mapping = layered();
    await start(mapping);
    store.stop();
    brings = down;
    await start(mapping);
    expect(held()).toEqual(['fallback:read']);
  });
});
