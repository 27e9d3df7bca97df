import { signConfirmation, type SignerSettings } from '../../../sources/http-bundle/index.js';

/** Time for which a confirmation is reused, in milliseconds. It limits the number of signatures per second. */
const REUSED_MS = 200;

interface Made {
  readonly sequence: number;
  /** On the monotonic clock. */
  readonly at: number;
  readonly jws: Promise<string>;
}

/** Signs that a document is still current, on request, so that the document itself need not be signed again. */
export class Confirmations {
  private made: Made | undefined;

  /** @param type `typ` in the header of the document. */
  constructor(
    private readonly type: string,
    private readonly signer: SignerSettings,
  ) {}

  /** @param asOf Moment up to which the document is known to be current, in milliseconds since 1970. */
  of(sequence: number, asOf: number): Promise<string> {
    const now = performance.now();
    const { made } = this;
    if (made?.sequence === sequence && now - made.at <= REUSED_MS) return made.jws;
    const jws = signConfirmation(this.type, sequence, new Date(Math.max(0, asOf)), this.signer);
    this.made = { sequence, at: now, jws };
    return jws;
  }
}
