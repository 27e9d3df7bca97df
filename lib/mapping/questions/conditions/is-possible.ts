import { casesOf, type Case, type Wanted } from './condition-cases.js';
import { KnownValues } from './known-values.js';

/** Most cases examined for one question, each in some microseconds. Beyond, the answer is "possible". */
const MAX_CASES = 1000;

/**
 * Returns false only if no principal, resource and context give all conditions the wanted results. True does not prove that some do: some
 * contradictions are not found, such as those of three attributes.
 */
export function isPossible(wanted: readonly Wanted[]): boolean {
  return new Search().isPossible(wanted);
}

/** One case of it holds. */
type Choice = readonly Case[];

/** What is known, and the choices that are open. */
interface Situation {
  readonly known: KnownValues;
  readonly open: readonly Choice[];
}

class Search {
  private examined = 0;

  isPossible(parts: Case): boolean {
    const start = this.assume(parts, { known: new KnownValues(), open: [] });
    return start !== undefined && this.hasSolution(start);
  }

  private hasSolution(start: Situation): boolean {
    let situation = start;
    while (situation.open.length > 0 && this.examined < MAX_CASES) {
      const cases = this.narrowest(situation);
      const [only, ...others] = cases;
      if (only === undefined) return false;
      if (others.length > 0) return cases.some((each) => this.hasSolution(each));
      situation = only;
    }
    return true;
  }

  /** Returns what follows from each case of one choice: of the first without two possible cases, else of the one with the fewest. */
  private narrowest(situation: Situation): readonly Situation[] {
    let fewest: readonly Situation[] | undefined;
    for (const choice of situation.open) {
      const without = { known: situation.known, open: situation.open.filter((other) => other !== choice) };
      const cases = choice.flatMap((each) => this.assume(each, without) ?? []);
      if (cases.length < 2) return cases;
      if (fewest === undefined || cases.length < fewest.length) fewest = cases;
      if (this.examined >= MAX_CASES) break;
    }
    return fewest ?? [situation];
  }

  /** Returns what follows if all parts hold; `undefined` if they contradict what is known. */
  private assume(parts: Case, { known: before, open: choices }: Situation): Situation | undefined {
    this.examined++;
    const known = new KnownValues(before);
    const open = [...choices];
    const pending = [...parts];
    for (let part = pending.pop(); part !== undefined; part = pending.pop()) {
      if ('want' in part) {
        const [first, ...others] = casesOf(part);
        if (first === undefined) return undefined;
        if (others.length === 0) pending.push(...first);
        else open.push([first, ...others]);
      } else if (!this.isConsistent(part, known)) return undefined;
    }
    return { known, open };
  }

  private isConsistent(part: Exclude<Case[number], Wanted>, known: KnownValues): boolean {
    // Nothing is known about the elements of a list.
    return part.kind === 'within' ? this.isPossible([{ condition: part.body, want: 'true' }]) : known.add(part);
  }
}
