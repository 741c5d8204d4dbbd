// Every limit of effect analysis. Whatever reaches one becomes an `unknown` effect that names it.

/** Limits of the analysis of one command text. All are counts unless the name says otherwise. */
export const limits = {
  /** UTF-16 code units of one shell text: the call's own, or one inside it (`bash -c`, `eval`). */
  sourceLength: 262_144,
  /**
   * Blanks, quotes, wildcards and operators in one shell text: what parsing time grows with. A here-document
   * of prose has about one in six characters.
   */
  syntaxCharacters: 32_768,
  /** Openers in one shell text: `$(`, a backtick, `${`, `<(`, `>(`, `$((`. */
  openers: 500,
  /** `<<` in one shell text; finding their ends is quadratic. */
  hereDocuments: 64,
  /**
   * Cost of parsing over the whole analysis, inner texts and substitutions included: their
   * characters, and 64 for each opener, since the parser looks for the end of each at every level.
   */
  parsing: 524_288,
  /** Nesting of compound commands, substitutions, functions and inner scripts. */
  nesting: 250,
  /** Functions that call one another, or themselves. */
  calls: 8,
  /** Commands run, words expanded, loop rounds, fields split: the work of partial evaluation. */
  steps: 20_000,
  /** Rounds of one loop that are followed one by one. */
  rounds: 256,
  /** Words of one loop that may be any number of rounds each, and are followed one by one. */
  openRounds: 32,
  /** Arguments of a command whose name may be one of several. */
  choiceArguments: 64,
  /** Words that one brace expansion makes. */
  braceWords: 512,
  /** UTF-16 code units of one known value; a longer one is treated as not known. */
  textLength: 65_536,
  /** Effects of one call. */
  effects: 1_000,
  /** UTF-16 code units of all paths and words in the effects of one call. */
  effectText: 131_072,
  /** Words of one program, and characters of one of them, that its `execute` effect keeps. */
  recordedWords: 64,
  recordedWordLength: 512,
} as const;

export type LimitName = keyof typeof limits;

/** Thrown inside the analysis, caught where it begins. */
export class LimitReached extends Error {
  readonly limit: LimitName;

  constructor(limit: LimitName) {
    super(`analysis stops at the limit ${limit} (${limits[limit]})`);
    this.name = "LimitReached";
    this.limit = limit;
  }
}

/** What one analysis may still spend. */
export class Budget {
  #steps = 0;
  #parsing = 0;
  #depth = 0;

  step(count = 1): undefined {
    this.#steps += count;
    if (this.#steps > limits.steps) throw new LimitReached("steps");
  }

  /** Goes one level down; whoever does comes up again with `leave`, or the analysis ends. */
  enter(): undefined {
    this.#depth += 1;
    if (this.#depth > limits.nesting) throw new LimitReached("nesting");
  }

  leave(): undefined {
    this.#depth -= 1;
  }

  parse(cost: number): undefined {
    this.#parsing += cost;
    if (this.#parsing > limits.parsing) throw new LimitReached("parsing");
  }
}
