// Named roots: `${workspace}/src/**` in a policy, real folders at load.

import { RuleFault } from "./problem.ts";

/** Root name -> absolute folders. A glob with a root stands for one glob for each of its folders. */
export type Roots = ReadonlyMap<string, readonly string[]>;

const rootPattern = /^\$\{([a-z]+)\}/;

/** Where roots are in examples, so that what a rule says of them does not hang on where it is loaded. */
const exampleFolders: ReadonlyMap<string, readonly string[]> = new Map([
  ["workspace", ["/home/agent/workspace"]],
  ["home", ["/home/agent"]],
  ["data", ["/home/agent/.proctor"]],
  ["temp", ["/tmp"]],
]);

export function exampleRoots(roots: Roots): Roots {
  return new Map([...roots.keys()].map((name) => [name, exampleFolders.get(name) ?? [`/${name}`]]));
}

/**
 * The globs that a glob with a root in front stands for; a glob without one, alone.
 *
 * @throws RuleFault where the root is not known
 */
export function expandGlob(glob: string, roots: Roots): readonly string[] {
  return expand(glob, roots, (folder) => folder.replace(/[*?\\]/g, "\\$&"));
}

/**
 * A path of an example, with the first folder of its root.
 *
 * @throws RuleFault where the root is not known
 */
export function expandPath(path: string, roots: Roots): string {
  return expand(path, roots, (folder) => folder)[0] ?? path;
}

function expand(
  source: string,
  roots: Roots,
  quote: (folder: string) => string,
): readonly string[] {
  const name = rootPattern.exec(source)?.[1];
  if (name === undefined) return [source];
  const folders = roots.get(name);
  if (folders === undefined) {
    const known = [...roots.keys()].map((root) => `\${${root}}`).join(", ");
    throw new RuleFault(`the root \${${name}} is not known`, source, `Use one of: ${known}.`);
  }
  const rest = source.slice(name.length + 3);
  // The root of the file system is the one folder that ends in a slash.
  return folders.map((folder) => quote(folder === "/" && rest !== "" ? "" : folder) + rest);
}
