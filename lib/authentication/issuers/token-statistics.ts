/** Number, size and role counts of the tokens of one issuer, since the start of the process. */
export interface IssuerStatistics {
  readonly issuer: string;
  /** Number of accepted tokens; a remembered token counts each time. */
  readonly accepted: number;
  readonly refused: number;
  /** Size of accepted tokens, in bytes. */
  readonly tokenBytes: { readonly mean: number; readonly largest: number };
  /** Number of roles in accepted tokens. */
  readonly roles: { readonly mean: number; readonly most: number };
}

/** Counts the tokens of one issuer. */
export class TokenStatistics {
  private accepted = 0;
  private refused = 0;
  private bytes = 0;
  private largest = 0;
  private roles = 0;
  private most = 0;

  /** @returns Whether this token is the largest so far. */
  accept(bytes: number, roles: number): boolean {
    this.accepted++;
    this.bytes += bytes;
    this.roles += roles;
    this.most = Math.max(this.most, roles);
    if (bytes <= this.largest) return false;
    this.largest = bytes;
    return true;
  }

  refuse(): void {
    this.refused++;
  }

  /** Returns the figures, under the name of the issuer. */
  of(issuer: string): IssuerStatistics {
    const mean = (sum: number) => (this.accepted === 0 ? 0 : Math.round((sum / this.accepted) * 10) / 10);
    return {
      issuer,
      accepted: this.accepted,
      refused: this.refused,
      tokenBytes: { mean: mean(this.bytes), largest: this.largest },
      roles: { mean: mean(this.roles), most: this.most },
    };
  }
}
