// What the LLM front end is composed of: providers with their keys, and what their tools do.

import { readFileSync } from "node:fs";
import type { Config } from "../config.ts";
import { messageOf, ProctorError } from "../core/errors.ts";
import type { Analyser } from "../effects/analyse.ts";
import { harmlessArguments, mappingOf, type UpstreamEffects } from "../effects/index.ts";
import { type Harmless, upstreamName } from "../frontends/llm/judge.ts";
import { createLlmUpstream } from "../upstream/llm/index.ts";
import type { LlmUpstream } from "../upstream/upstream.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** By the names that calls bear. */
export function providerEffects(config: Config): ReadonlyMap<string, UpstreamEffects> {
  return new Map(
    Object.entries(config.llm).map(([name, { catalogue, tools }]) => [
      upstreamName({ name }),
      { catalogue, tools },
    ]),
  );
}

export function composeHarmless(config: Config, analyser: Analyser): Harmless {
  const effects = providerEffects(config);
  return function harmless(call, text) {
    const of = effects.get(call.upstream);
    const mapping = of && mappingOf(of, call.tool);
    return harmlessArguments(call, text, { mapping, analyser });
  };
}

/** @throws ProctorError `invalid_config` where a key is said to be somewhere and is not */
export function composeProviders(
  config: Config,
  env: Environment,
  noteSecret: (secret: string) => void,
): readonly LlmUpstream[] {
  return Object.entries(config.llm).map(([name, provider]) => {
    const key = keyOf(name, provider, env);
    const held = Object.values(provider.headers).map((value) => value.replace(/^Bearer /i, ""));
    for (const secret of [key, ...held]) if (secret !== undefined) noteSecret(secret);
    return createLlmUpstream(name, provider, key);
  });
}

/** @throws ProctorError `invalid_config` where a key is said to be somewhere and is not */
export function keyOf(
  name: string,
  { keyFile, keyEnv }: Config["llm"][string],
  env: Environment,
): string | undefined {
  if (keyFile !== undefined) return checked(readKey(name, keyFile), `llm.${name}.keyFile`);
  if (keyEnv === undefined) return undefined;
  const value = env[keyEnv];
  if (value === undefined || value === "") {
    throw new ProctorError("invalid_config", `llm.${name}.keyEnv: ${keyEnv} is not set`);
  }
  return checked(value, `llm.${name}.keyEnv`);
}

function readKey(name: string, file: string): string {
  try {
    return readFileSync(file, "utf8").trim();
  } catch (cause) {
    const detail = `llm.${name}.keyFile: cannot read ${file}: ${messageOf(cause)}`;
    throw new ProctorError("invalid_config", detail, { cause });
  }
}

/** What would not fit into a header would end up in an error text. */
function checked(key: string, where: string): string {
  if (/^[\x21-\x7e]+$/.test(key)) return key;
  throw new ProctorError("invalid_config", `${where}: a key is one word of printable ASCII`);
}
