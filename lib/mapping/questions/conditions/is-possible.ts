import { casesOf, type Case, type Wanted } from './condition-cases.js';
import { KnownValues } from './known-values.js';

/** Most cases examined for one question. Beyond, the answer is "possible". */
const MAX_CASES = 2000;

/**
 * Returns false only if no principal, resource and context give all conditions the wanted results. True does not prove that some do: some
 * contradictions are not found, such as those of three attributes.
 */
export function isPossible(wanted: readonly Wanted[]): boolean {
  return new Search().isPossible(wanted, KnownValues.none());
}

type Choice = readonly Case[];

class Search {
  private examined = 0;

  /**
   * @param known Is changed.
   * @param choices One case of each holds as well.
   */
  isPossible(parts: Case, known: KnownValues, choices: readonly Choice[] = []): boolean {
    if (++this.examined > MAX_CASES) return true;
    const open = [...choices];
    const pending = [...parts];
    for (let part = pending.pop(); part !== undefined; part = pending.pop()) {
      if ('want' in part) {
        const [first, ...others] = casesOf(part);
        if (first === undefined) return false;
        if (others.length === 0) pending.push(...first);
        else open.push([first, ...others]);
      } else if (!this.isConsistent(part, known)) return false;
    }
    const [choice, ...others] = open;
    return choice === undefined || choice.some((each) => this.isPossible(each, known.copy(), others));
  }

  private isConsistent(part: Exclude<Case[number], Wanted>, known: KnownValues): boolean {
    if (part.kind !== 'within') return known.add(part);
    // Nothing is known about the elements of a list.
    return this.isPossible([{ condition: part.body, want: 'true' }], KnownValues.none());
  }
}
