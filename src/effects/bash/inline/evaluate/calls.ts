// What a call means: by the language's tables of names, else nothing, or doubt.

import type { Host, Language } from "../language.ts";
import { alternatives, elementOf, known, unknownValue, type Value } from "../values.ts";
import { canonical, isHarmless, rootOf } from "./full-names.ts";
import type { Given, Passage } from "./passage.ts";
import type { Program } from "./program.ts";

/** Functions handed over in one call, and what else is. */
const maxHanded = 8;

export class Calls {
  readonly #passage: Passage;
  readonly #host: Host;
  readonly #program: Program;
  readonly #language: Language;
  /** Within the call of a function that was handed over. */
  #handing = false;

  constructor(passage: Passage, host: Host) {
    this.#passage = passage;
    this.#host = host;
    this.#program = passage.program;
    this.#language = passage.language;
  }

  call(callee: Value, receiver: Value | undefined, given: Given): Value {
    if (!this.#program.mayCall()) return unknownValue("a call");
    this.#callHandedOver(callee, given);
    switch (callee.kind) {
      case "name":
        return this.named(callee.name, receiver, given);
      case "any":
        return (
          alternatives(callee)
            .map((each) => this.call(each, receiver, given))
            .at(-1) ?? unknownValue("a call")
        );
      case "text":
        return this.#callText(callee, given);
      case "unknown":
        if (!this.#program.own.has(callee.why)) this.#program.unknown(`calls ${callee.why}`);
        return unknownValue("a call");
      case "list":
      case "record":
      case "object":
        this.#program.unknown(`calls a ${callee.kind}`);
        return unknownValue("a call");
    }
  }

  /** By a name as it is written. */
  named(name: string, receiver: Value | undefined, given: Given): Value {
    const full = canonical(this.#language, name);
    const method = full.slice(full.lastIndexOf(".") + 1);
    const action = this.#language.calls.get(full);
    if (action !== undefined) {
      return action({ name: full, receiver, ...given }, this.#host) ?? unknownValue(full);
    }
    if (isHarmless(this.#language, full) || this.#program.own.has(rootOf(full))) {
      return unknownValue(`${method}()`);
    }
    if (receiver !== undefined) return this.#callMethod(full, method, receiver, given);
    this.#program.unknown(`calls ${full}`);
    return unknownValue(full);
  }

  /** A function that an action or another call was given; what that one is given is not followed further. */
  handedOver(callee: Value, args: readonly Value[]): Value {
    const outer = this.#handing;
    this.#handing = true;
    const value = this.call(callee, undefined, { args: [...args], named: new Map() });
    this.#handing = outer;
    return value;
  }

  /** PHP calls a string's function: `$f = 'unlink'; $f('x')`. */
  #callText(callee: Value, given: Given): Value {
    const name = known(callee);
    if (name !== undefined && this.#language.loops === "as") {
      return this.named(name, undefined, given);
    }
    this.#program.unknown("calls a computed function");
    return unknownValue("a call");
  }

  #callMethod(full: string, method: string, receiver: Value, given: Given): Value {
    const module = receiver.kind === "name" && this.#language.isModule(rootOf(receiver.name));
    const foreign = this.#program.imported.has(rootOf(full));
    const action =
      (module || foreign) && method !== "then" ? undefined : this.#language.methods.get(method);
    if (action !== undefined) {
      return action({ name: method, receiver, ...given }, this.#host) ?? unknownValue(method);
    }
    const own = this.#program.own.has(method);
    const harmless = !module && !foreign && (own || this.#language.harmlessMethods.has(method));
    if (!harmless) this.#program.unknown(`calls ${full.startsWith("?.") ? full.slice(2) : full}`);
    return unknownValue(`${method}()`);
  }

  /** `map(os.remove, files)`: a function among the arguments is called with what else there is. */
  #callHandedOver(callee: Value, { args, named }: Given): void {
    if (callee.kind === "name" && callee.name === "getattr") return;
    const functions = [...args, ...named.values()].filter((value) => this.#isFunctionName(value));
    if (functions.length === 0) return;
    if (functions.length > maxHanded || this.#handing) {
      this.#program.unknown("functions handed to functions");
      return;
    }
    const others = args.filter((each) => !functions.includes(each)).slice(0, maxHanded);
    const extra = named.get("args");
    const given = extra?.kind === "list" ? extra.items : others.map(itemOf);
    const passed = given.length > 0 ? given : [this.#passage.element ?? unknownValue("an element")];
    for (const value of functions) this.#host.call(value, passed);
  }

  #isFunctionName(value: Value): boolean {
    return value.kind === "name" && this.#language.calls.has(canonical(this.#language, value.name));
  }
}

/** What a function that is mapped over a list gets. */
function itemOf(value: Value): Value {
  return value.kind === "list" ? elementOf(value) : value;
}
