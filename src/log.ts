// Log lines: JSON for programs, one readable line for people. The only importer of pino.

import type { Writable } from "node:stream";
import { pino } from "pino";
import { visible } from "./core/display.ts";
import type { Json } from "./core/json.ts";
import type { Log } from "./core/log.ts";

export interface LogOptions {
  readonly format: "text" | "json";
  readonly level: "debug" | "info" | "warn" | "error" | "silent";
  readonly nowMs: () => number;
}

/**
 * JSON: `{"time":"2026-01-01T00:00:00.000Z","level":"info","event":"ready",...}`. Text:
 * `00:00:00 info  ready agent=http://127.0.0.1:4100`, every value on one line whatever it holds.
 */
export function createLog({ format, level, nowMs }: LogOptions, stream: Writable): Log {
  const destination =
    format === "json" ? stream : { write: (line: string) => stream.write(readable(line)) };
  const logger = pino(
    {
      level,
      base: null,
      messageKey: "event",
      timestamp: () => `,"time":"${new Date(nowMs()).toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    destination,
  );
  return {
    debug: (event, fields = {}) => logger.debug(fields, event),
    info: (event, fields = {}) => logger.info(fields, event),
    warn: (event, fields = {}) => logger.warn(fields, event),
    error: (event, fields = {}) => logger.error(fields, event),
  };
}

function readable(line: string): string {
  const { time, level, event, ...fields }: Record<string, Json> = JSON.parse(line);
  const rest = Object.entries(fields).map(([name, value]) => `${name}=${shown(value)}`);
  return `${[String(time).slice(11, 19), String(level).padEnd(5), String(event), ...rest].join(" ")}\n`;
}

function shown(value: Json): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return /^[\x21-\x7e]+$/.test(text) ? text : `"${visible(text)}"`;
}
