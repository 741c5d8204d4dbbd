// What all texts of one program share: its variables, what it imported and defined, and what is doubtful.

import type { Act } from "../../tool.ts";
import type { Language } from "../language.ts";
import { unknownValue, type Value } from "../values.ts";
import { canonical } from "./full-names.ts";

/** Brackets within brackets, code within strings, assignments within assignments. */
export const maxDepth = 48;
/** UTF-16 code units of a full name: `os.path.join`. */
const maxNameLength = 256;
/** Different reasons for doubt that one program states. */
const maxDoubts = 8;
/** Calls of one program that are followed. */
const maxCalls = 20_000;

interface Setting {
  readonly act: Act;
  /** What its effects are put down to: `python -c`. */
  readonly via: string;
  readonly language: Language;
  /** Variables that are there before it begins. */
  readonly values: ReadonlyMap<string, Value>;
}

export class Program {
  readonly act: Act;
  readonly via: string;
  readonly language: Language;
  readonly variables: Map<string, Value>;
  /** Modules that are not of the language itself. */
  readonly imported = new Set<string>();
  /** Assigned more than once, so that the reading order may not be the order of execution. */
  readonly unsettled = new Set<string>();
  /** Names that the program defines itself. */
  readonly own = new Set<string>();
  /** Where it went; undefined: it is where it began. */
  folder: Value | undefined;
  readonly #doubts = new Set<string>();
  #calls = 0;

  constructor({ act, via, language, values }: Setting) {
    this.act = act;
    this.via = via;
    this.language = language;
    this.variables = new Map(values);
  }

  /** Nothing in it is doubtful so far. */
  get isUnderstood(): boolean {
    return this.#doubts.size === 0;
  }

  unknown(why: string): void {
    if (this.#doubts.size >= maxDoubts || this.#doubts.has(why)) return;
    this.#doubts.add(why);
    this.act.unknown(`${this.via} ${why}`);
  }

  /** One more call. False: there are too many to follow. */
  mayCall(): boolean {
    this.#calls += 1;
    if (this.#calls <= maxCalls) return true;
    this.unknown(`more than ${maxCalls} calls`);
    return false;
  }

  bind(name: string, value: Value): void {
    this.variables.set(name, this.unsettled.has(name) ? unknownValue(name) : value);
  }

  /** What a name stands for, where it stands in the text. */
  valueOf(name: string): Value {
    this.#mayReflect(name);
    return this.#find(name);
  }

  /** `value.name`, where it stands in the text. */
  selected(value: Value, name: string): Value {
    this.#mayReflect(name);
    return this.member(value, name);
  }

  /** A record's field, or a name that is longer by one. */
  member(value: Value, name: string): Value {
    if (value.kind === "record") return value.fields.get(name) ?? unknownValue(name);
    if (value.kind !== "name") return { kind: "name", name: `?.${name}` };
    if (value.name.length > maxNameLength) return unknownValue("a long name");
    return this.#find(canonical(this.language, `${value.name}.${name}`));
  }

  #find(name: string): Value {
    return this.variables.get(name) ?? this.language.values.get(name) ?? { kind: "name", name };
  }

  #mayReflect(name: string): void {
    if (this.language.reflective.has(name)) this.unknown(`${name} may reach anything`);
  }
}
