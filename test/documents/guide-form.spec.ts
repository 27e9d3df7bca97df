import { readdirSync } from 'node:fs';
import { Document } from './documents.js';

const guides = readdirSync('docs/guides').map((name) => Document.read(`docs/guides/${name}`));

describe('each guide', () => {
  it.each(guides)('says what the reader needs, before the first section: $path', ({ content }) => {
    expect(content.split('\n## ')[0]).toMatch(/^You need:/m);
  });

  it.each(guides)('has one section "If not", whose tables have the same columns: $path', ({ content }) => {
    const sections = content.split(/^(?=## )/m).filter((section) => section.startsWith('## If not\n'));
    expect(sections).toHaveLength(1);
    const headers = [...sections[0]!.matchAll(/^(\|.*\|)\n\| ?-/gm)].map(([, header = '']) => header.replaceAll(/ +/g, ' '));
    expect(new Set(headers)).toEqual(new Set(['| you see | cause | what to do |']));
  });

  it.each(guides)('ends with links to the reference: $path', ({ content }) => {
    const last = content.slice(content.lastIndexOf('\n## ') + 1);
    expect(last).toMatch(/^## Reference\n\n- .*\]/);
  });
});
