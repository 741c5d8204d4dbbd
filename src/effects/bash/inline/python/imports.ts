// Python's imports.

import type { Reader } from "../language.ts";
import { computing, modelled } from "./names.ts";

/** `import a.b as c, d` and `from m import x as y` */
export function readImport(reader: Reader): boolean {
  const word = reader.peek()?.text;
  if (word === "import" && reader.peek(1)?.kind === "name") {
    reader.take();
    readModules(reader);
    return true;
  }
  if (word !== "from" || reader.peek(1)?.kind !== "name") return false;
  reader.take();
  const module = readDotted(reader);
  if (reader.peek()?.text !== "import") return false;
  reader.take();
  noteModule(reader, module);
  readMembers(reader, module);
  return true;
}

function readModules(reader: Reader): void {
  do {
    const module = readDotted(reader);
    noteModule(reader, module);
    const local = readAlias(reader);
    if (local !== undefined) reader.bind(local, { kind: "name", name: module });
  } while (reader.peek()?.text === "," && reader.take() !== undefined);
}

function readMembers(reader: Reader, module: string): void {
  for (let token = reader.peek(); token !== undefined; token = reader.peek()) {
    if (token.text === "(" || token.text === "," || token.text === "*") reader.take();
    else if (token.kind === "name") {
      reader.take();
      const name = `${module}.${token.text}`;
      reader.bind(readAlias(reader) ?? token.text, { kind: "name", name });
    } else {
      if (token.text === ")") reader.take();
      return;
    }
  }
}

function readDotted(reader: Reader): string {
  let name = reader.take()?.text ?? "";
  while (reader.peek()?.text === "." && reader.peek(1)?.kind === "name") {
    reader.take();
    name += `.${reader.take()?.text}`;
  }
  return name;
}

function readAlias(reader: Reader): string | undefined {
  if (reader.peek()?.text !== "as") return undefined;
  reader.take();
  return reader.take()?.text;
}

function noteModule(reader: Reader, module: string): void {
  const root = module.split(".")[0] ?? module;
  if (!modelled.has(root) && !computing.has(`${root}.`)) reader.imported(root);
}
