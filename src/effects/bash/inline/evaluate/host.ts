// What the program's actions do, as effects of the command that runs it.

import type { RunOptions, Word } from "../../command.ts";
import type { Act, More } from "../../tool.ts";
import type { Host } from "../language.ts";
import { alternatives, asWord, known, partsOf, unknownValue, type Value } from "../values.ts";
import { Calls } from "./calls.ts";
import type { Passage } from "./passage.ts";
import type { Program } from "./program.ts";

/** Reads code within the passage; its value is that of its last expression. */
export type ReadCode = (source: string) => Value;

export class PassageHost implements Host {
  readonly calls: Calls;
  readonly readCode: ReadCode;
  readonly #passage: Passage;
  readonly #program: Program;

  constructor(passage: Passage, readCode: ReadCode) {
    this.#passage = passage;
    this.#program = passage.program;
    this.readCode = readCode;
    this.calls = new Calls(passage, this);
  }

  get act(): Act {
    return this.#program.act;
  }

  get more(): More {
    const { via } = this.#program;
    return this.#passage.possible ? { via, certainty: "possible" } : { via };
  }

  unknown(why: string): void {
    this.#program.unknown(why);
  }

  words(value: Value | undefined): readonly Word[] {
    return alternatives(value).map((each) => {
      const parts = partsOf(each);
      const first = parts[0];
      const relative = first === undefined || first.kind !== "text" || !first.text.startsWith("/");
      const { folder } = this.#program;
      if (folder === undefined || !relative) return asWord(parts, this.act.scope);
      return asWord([...partsOf(folder), { kind: "text", text: "/" }, ...parts], this.act.scope);
    });
  }

  shell(value: Value | undefined, options: RunOptions = {}): void {
    for (const each of alternatives(value)) {
      const source = asWord(partsOf(each), this.act.scope);
      this.act.script(source, { ...this.#runOptions(), ...options });
    }
  }

  command(words: readonly Value[], options: RunOptions = {}): void {
    this.act.run(
      words.map((each) => asWord(partsOf(each), this.act.scope)),
      { ...this.#runOptions(), ...options },
    );
  }

  code(value: Value | undefined): Value {
    const source = known(value);
    if (source !== undefined) return this.readCode(source);
    this.unknown("code that is not known before it runs");
    return unknownValue("code");
  }

  chdir(value: Value | undefined): void {
    const [to] = this.words(value);
    this.#program.folder = to === undefined ? undefined : { kind: "text", parts: to.parts };
  }

  bind(name: string, value: Value): void {
    this.#program.bind(name, value);
  }

  variable(name: string): Value | undefined {
    return this.#program.variables.get(name);
  }

  imported(module: string): void {
    this.#program.imported.add(module);
  }

  call(callee: Value, args: readonly Value[]): Value {
    return this.#passage.possibly(() => this.calls.handedOver(callee, args));
  }

  #runOptions(): RunOptions {
    const { via, folder } = this.#program;
    const possible = this.#passage.possible ? { possible: true } : {};
    const common = { newShell: true, via, ...possible };
    if (folder === undefined) return common;
    return { ...common, cwd: this.act.target(asWord(partsOf(folder), this.act.scope)) };
  }
}
