/** One line of the table. */
export interface Row {
  readonly who: string;
  readonly call: string;
  /** A dash if there was no HTTP response. */
  readonly status: number | '–';
  /** The `error` that the client gets. */
  readonly answer: string;
  /** The reason; for a refusal, as the service logs it. */
  readonly reason: string;
}

const WIDTHS = { who: 17, call: 36, status: 6, answer: 18 };

const coloured = process.stdout.isTTY && process.env['NO_COLOR'] === undefined;
const colour = (code: number) => (text: string) => (coloured ? `\u001b[${code}m${text}\u001b[0m` : text);

export const bold = colour(1);
export const dim = colour(2);
const red = colour(31);
const green = colour(32);

/** Prints the table line by line and counts unexpected results. */
export class Table {
  rows = 0;
  failures = 0;

  head(): void {
    console.log(
      dim(`    ${columns({ who: 'who', call: 'call', status: 'status', answer: 'result', reason: 'reason, as logged' })}`),
    );
  }

  section(title: string): void {
    console.log(`\n  ${bold(title)}`);
  }

  /** @param expected The expected result, if the row differs from it. */
  row(row: Row, expected?: string): void {
    this.rows++;
    if (expected === undefined) {
      console.log(`  ${green('✓')} ${columns(row)}`);
      return;
    }
    this.failures++;
    console.log(`  ${red('✗')} ${columns(row)}\n      ${red(`expected: ${expected}`)}`);
  }

  /** Prints an event between two calls. */
  note(text: string): void {
    console.log(dim(`    ${text.replaceAll('\n', '\n    ')}`));
  }
}

/** A cell that is too wide takes space from the cells after it. */
function columns({ who, call, status, answer, reason }: Readonly<Record<keyof Row, string | number>>): string {
  const cells = Object.entries({ who, call, status, answer }) as [keyof typeof WIDTHS, string | number][];
  let end = 0;
  return cells.reduce((line, [name, text]) => `${line}${text} `.padEnd((end += WIDTHS[name] + 1)), '') + String(reason);
}
