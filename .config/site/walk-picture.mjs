// Draws docs/walk.svg, a picture of the beginning of the sample's walk: npm start -- --once | node .config/site/walk-picture.mjs
import { writeFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';

const LINES = 30;
const LINE_HEIGHT = 18;
const CHARACTER_WIDTH = 7.83;
const COLORS = [
  [/^ {4}who .*/, '#8b949e'],
  [/^ {2}[A-Z].*/, '#e6edf3; font-weight: bold'],
  [/✓/, '#3fb950'],
  [/\b(?:401|403) /, '#f0883e'],
  [/\b20[01] /, '#3fb950'],
  [/\b(?:permission_missing|token_missing)\b.*/, '#f0883e'],
];

const printed = (await text(process.stdin)).split('\n');
const first = printed.findIndex((line) => /^ {4}who /.test(line));
if (first === -1) throw new Error('This is not the output of the walk: it has no line "who  call  status".');
const lines = printed.slice(first, first + LINES).map((line) => line.trimEnd());

const escaped = (part) => part.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
/** Colors the parts of a line that a pattern matches. */
function drawn(line) {
  for (const [pattern, color] of COLORS) {
    const found = pattern.exec(line);
    if (found === null) continue;
    const end = found.index + found[0].length;
    return `${drawn(line.slice(0, found.index))}<tspan style="fill: ${color}">${escaped(found[0])}</tspan>${drawn(line.slice(end))}`;
  }
  return escaped(line);
}

const width = Math.ceil(Math.max(...lines.map(({ length }) => length)) * CHARACTER_WIDTH) + 32;
const height = lines.length * LINE_HEIGHT + 32;
const rows = lines.map((line, index) => `<text x="16" y="${28 + index * LINE_HEIGHT}">${drawn(line)}</text>`);
writeFileSync(
  new URL('../../docs/walk.svg', import.meta.url),
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">
<title>The beginning of the walk: callers, calls, statuses, and the reasons from the log</title>
<style>text { font: 13px ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace; fill: #c9d1d9; white-space: pre }</style>
<rect width="100%" height="100%" rx="8" fill="#0d1117"/>
${rows.join('\n')}
</svg>
`,
);
