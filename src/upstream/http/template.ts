// Path templates of routes: `DELETE /files/{path+}`.

/** `rest` takes one segment or more, and stands last. */
type Part =
  | { readonly kind: "literal"; readonly text: string }
  | { readonly kind: "segment" | "rest"; readonly name: string };

export interface Template {
  readonly method: string;
  readonly parts: readonly Part[];
}

const routePattern = /^([A-Z]{1,20}) (\/\S*)$/;
const parameterPattern = /^\{([A-Za-z_][\w-]*)(\+?)\}$/;
const literalPattern = /^[\w.~!$'()*,=:@-]+$/;

/** The problem, where it is none. */
export function parseTemplate(text: string): Template | string {
  const [, method, path] = routePattern.exec(text) ?? [];
  if (method === undefined || path === undefined) {
    return 'must be a method and a path, such as "DELETE /files/{path}"';
  }
  if (method === "CONNECT" || method === "TRACE") return `cannot guard ${method}`;
  const parts = path === "/" ? [] : path.slice(1).split("/").map(parsePart);
  const problem = parts.find((part) => typeof part === "string");
  if (problem !== undefined) return problem;
  return checkParts(method, parts.filter(isPart));
}

function isPart(part: Part | string): part is Part {
  return typeof part !== "string";
}

function parsePart(text: string): Part | string {
  const [, name, plus] = parameterPattern.exec(text) ?? [];
  if (name !== undefined) return { kind: plus === "+" ? "rest" : "segment", name };
  if (text === "." || text === ".." || !literalPattern.test(text)) {
    return `has a segment that is neither plain text nor {name} nor {name+}: "${text}"`;
  }
  return { kind: "literal", text };
}

function checkParts(method: string, parts: readonly Part[]): Template | string {
  const names = parts.flatMap((part) => (part.kind === "literal" ? [] : [part.name]));
  if (new Set(names).size < names.length) return "names a parameter twice";
  if (parts.slice(0, -1).some(({ kind }) => kind === "rest")) return "has {name+} before its end";
  return { method, parts };
}

/** Values of the parameters; undefined: the path is another one. Segments are decoded. */
export function matchTemplate(
  { parts }: Template,
  segments: readonly string[],
): Map<string, string> | undefined {
  const found = new Map<string, string>();
  for (const [at, part] of parts.entries()) {
    const segment = segments[at];
    if (segment === undefined) return undefined;
    if (part.kind === "literal") {
      if (part.text !== segment) return undefined;
    } else if (part.kind === "segment") found.set(part.name, segment);
    else {
      found.set(part.name, segments.slice(at).join("/"));
      return found;
    }
  }
  return segments.length === parts.length ? found : undefined;
}

const ranks = { literal: 0, segment: 1, rest: 2 };

/**
 * Is `a` the more concrete at every place where both match? So concrete paths go before templated
 * ones, as OpenAPI has it (3.1.1, section 4.8.8.1); what that does not settle is ambiguous.
 */
export function isMoreConcrete(a: Template, b: Template): boolean {
  const length = Math.max(a.parts.length, b.parts.length);
  return Array.from({ length }).every((_, at) => rankAt(a, at) <= rankAt(b, at));
}

/** Where a template has ended, its last part goes on: only `{name+}` can match there. */
function rankAt({ parts }: Template, at: number): number {
  const part = parts[at] ?? parts.at(-1);
  return part === undefined ? ranks.literal : ranks[part.kind];
}

/** Equal for templates that match the same paths. */
export function shapeOf({ method, parts }: Template): string {
  const shapes = parts.map((part) => (part.kind === "literal" ? `=${part.text}` : part.kind));
  return [method, ...shapes].join("/");
}

/** The path that these arguments stand for; the inverse of matching. */
export function fillTemplate(
  { parts }: Template,
  valueFor: (name: string) => string,
): readonly string[] {
  return parts.flatMap((part) => {
    if (part.kind === "literal") return [part.text];
    return part.kind === "segment" ? [valueFor(part.name)] : valueFor(part.name).split("/");
  });
}
