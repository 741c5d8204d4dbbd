// The configuration: file, environment and flags in, a frozen Config out. The schema is config/schema.ts.

import { existsSync, readFileSync } from "node:fs";
import { isAbsolute, resolve } from "node:path";
import { z } from "zod";
import { crossCheck } from "./config/cross-check.ts";
import {
  InvalidConfig,
  problemAt,
  readSource,
  type Source,
  schemaProblems,
} from "./config/problems.ts";
import { configSchema, type ParsedConfig, providerSchema } from "./config/schema.ts";
import { messageOf, ProctorError } from "./core/errors.ts";
import type { DeepReadonly } from "./core/readonly.ts";
import { usualProviders } from "./upstream/llm/index.ts";

/** Frozen all through. */
export type Config = Readonly<ParsedConfig> & {
  /** The file that was read, if any: absolute. */
  readonly file?: string;
};

/** What the command line may set; absent: environment, then file, then default. */
export interface Overrides {
  readonly config?: string;
  readonly port?: number;
  readonly adminPort?: number;
  readonly data?: string;
  readonly workspace?: string;
  readonly log?: "text" | "json";
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Flags win over the environment (`PROCTOR_CONFIG`, `PROCTOR_PORT`, `PROCTOR_ADMIN_PORT`,
 * `PROCTOR_DATA`, `PROCTOR_WORKSPACE`), that over the file, that over defaults. Relative paths in
 * the file are taken from the file's folder, others from `cwd`. `usual` stands before the schema's
 * defaults, for fields that the file does not name.
 *
 * @throws ProctorError `invalid_config`; the message lists every problem
 */
export function loadConfig(
  flags: Overrides,
  env: Environment,
  cwd: string,
  usual: ConfigInput = {},
): Config {
  const file = configFile(flags.config ?? env.PROCTOR_CONFIG, cwd);
  const source = file === undefined ? undefined : readYaml(file);
  const written = source === undefined ? {} : mappingIn(source, file);
  const merged = withOverrides({ ...usual, ...written }, overridesFrom(flags, env), cwd);
  const base = file === undefined ? cwd : resolve(file, "..");
  return configFrom(merged, base, { file, source });
}

/** What a config file may say, before defaults. */
export type ConfigInput = DeepReadonly<z.input<typeof configSchema>>;

/**
 * From what a file says, or a program; relative paths are taken from `base`.
 *
 * @throws ProctorError `invalid_config`; the message lists every problem
 */
export function configFrom(
  written: object,
  base: string,
  {
    file,
    source,
  }: { readonly file?: string | undefined; readonly source?: Source | undefined } = {},
): Config {
  const parsed = configSchema.safeParse(written);
  if (!parsed.success) throw new InvalidConfig(file, schemaProblems(parsed.error, source));
  const config = withAbsolutePaths(parsed.data, base);
  const problems = crossCheck(config).map(([path, message]) => problemAt(path, message, source));
  if (problems.length > 0) throw new InvalidConfig(file, problems);
  return deepFreeze({ ...config, file });
}

/** JSON Schema (draft 2020-12) of the config file, for editors. */
export function configJsonSchema(): object {
  return z.toJSONSchema(configSchema, { io: "input" });
}

function configFile(named: string | undefined, cwd: string): string | undefined {
  if (named !== undefined) return resolve(cwd, named);
  const usual = resolve(cwd, "proctor.yaml");
  return existsSync(usual) ? usual : undefined;
}

function readYaml(file: string): Source {
  const source = readSource(readText(file));
  if (source.problems.length > 0) throw new InvalidConfig(file, source.problems);
  return source;
}

function mappingIn({ value }: Source, file: string | undefined): object {
  if (value === null || value === undefined) return {};
  if (typeof value === "object" && !Array.isArray(value)) return value;
  throw new InvalidConfig(file, [{ path: "", message: "must be a mapping", line: 1, column: 1 }]);
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw new ProctorError("invalid_config", `cannot read ${file}: ${messageOf(cause)}`, { cause });
  }
}

function overridesFrom(flags: Overrides, env: Environment): Overrides {
  return {
    port: flags.port ?? portFrom(env, "PROCTOR_PORT"),
    adminPort: flags.adminPort ?? portFrom(env, "PROCTOR_ADMIN_PORT"),
    data: flags.data ?? env.PROCTOR_DATA,
    workspace: flags.workspace ?? env.PROCTOR_WORKSPACE,
    log: flags.log,
  };
}

function portFrom(env: Environment, variable: string): number | undefined {
  const text = env[variable];
  if (text === undefined || text === "") return undefined;
  if (/^[0-9]{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new ProctorError(
    "invalid_config",
    `${variable} must be a port from 0 to 65535, and is "${text}"`,
  );
}

function withOverrides(written: object, overrides: Overrides, cwd: string): object {
  const merged = new Map<string, unknown>(Object.entries(written));
  const set = (key: string, field: string, value: unknown) => {
    if (value === undefined) return;
    const old = merged.get(key);
    merged.set(key, { ...(typeof old === "object" ? old : {}), [field]: value });
  };
  set("agentListener", "port", overrides.port);
  set("adminListener", "port", overrides.adminPort);
  set("log", "format", overrides.log);
  if (overrides.data !== undefined) merged.set("data", resolve(cwd, overrides.data));
  if (overrides.workspace !== undefined) merged.set("workspace", resolve(cwd, overrides.workspace));
  return Object.fromEntries(merged);
}

function withAbsolutePaths(config: ParsedConfig, base: string) {
  const absolute = (path: string) => (isAbsolute(path) ? resolve(path) : resolve(base, path));
  return {
    ...config,
    data: absolute(config.data),
    workspace: absolute(config.workspace),
    policies: config.policies?.map(absolute),
    llm: Object.fromEntries(
      [...usualProviders.keys(), ...Object.keys(config.llm)].map((provider) => {
        const { keyFile, ...rest } = config.llm[provider] ?? providerSchema.parse({});
        return [provider, { ...rest, ...(keyFile && { keyFile: absolute(keyFile) }) }];
      }),
    ),
  };
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== "object" || value === null) return value;
  for (const inner of Object.values(value)) deepFreeze(inner);
  return Object.freeze(value);
}
