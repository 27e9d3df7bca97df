/** One line of the table. */
export interface Row {
  readonly who: string;
  readonly call: string;
  /** Where no HTTP answer came, a dash. */
  readonly status: number | '–';
  /** What the client is told. */
  readonly answer: string;
  /** Why: for a refusal, what the service logs. */
  readonly reason: string;
}

const WIDTHS = { who: 17, call: 36, status: 6, answer: 18 };

const coloured = process.stdout.isTTY && process.env['NO_COLOR'] === undefined;
const colour = (code: number) => (text: string) => (coloured ? `\u001b[${code}m${text}\u001b[0m` : text);

export const bold = colour(1);
export const dim = colour(2);
const red = colour(31);
const green = colour(32);

/** Prints the table line by line and counts what was not as expected. */
export class Table {
  rows = 0;
  surprises = 0;

  head(): void {
    console.log(
      dim(`    ${columns({ who: 'who', call: 'call', status: 'status', answer: 'answer', reason: 'reason, as logged' })}`),
    );
  }

  section(title: string): void {
    console.log(`\n  ${bold(title)}`);
  }

  /** @param expected What should have come, where something else did. */
  row(row: Row, expected?: string): void {
    this.rows++;
    if (expected === undefined) {
      console.log(`  ${green('✓')} ${columns(row)}`);
      return;
    }
    this.surprises++;
    console.log(`  ${red('✗')} ${columns(row)}\n      ${red(`expected: ${expected}`)}`);
  }

  /** Something that happened between two calls. */
  note(text: string): void {
    console.log(dim(`    ${text.replaceAll('\n', '\n    ')}`));
  }
}

/** A cell that is too wide takes the room of those after it. */
function columns({ who, call, status, answer, reason }: Readonly<Record<keyof Row, string | number>>): string {
  const cells = Object.entries({ who, call, status, answer }) as [keyof typeof WIDTHS, string | number][];
  let end = 0;
  return cells.reduce((line, [name, text]) => `${line}${text} `.padEnd((end += WIDTHS[name] + 1)), '') + String(reason);
}
