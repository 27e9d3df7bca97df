import { signConfirmation, type SignerSettings } from '../../../sources/http-bundle/index.js';

/** A confirmation is sent to everybody who asks within this time, in milliseconds: so many signatures a second at most. */
const REUSED_MS = 200;

interface Made {
  readonly sequence: number;
  /** On the clock of this process. */
  readonly at: number;
  readonly text: Promise<string>;
}

/** Signs that a document is still the current one, whenever somebody asks: an idle document is never signed again for it. */
export class Confirmations {
  private made: Made | undefined;

  /** @param type What the document is: `typ` in its header. */
  constructor(
    private readonly type: string,
    private readonly signer: SignerSettings,
  ) {}

  /** @param asOf Up to when the document is known to be current, in milliseconds since 1970. */
  of(sequence: number, asOf: number): Promise<string> {
    const now = performance.now();
    const { made } = this;
    if (made?.sequence === sequence && now - made.at <= REUSED_MS) return made.text;
    const text = signConfirmation(this.type, sequence, new Date(Math.max(0, asOf)), this.signer);
    this.made = { sequence, at: now, text };
    return text;
  }
}
