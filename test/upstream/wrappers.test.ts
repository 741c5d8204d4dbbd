// Time limits and repeats, around upstreams made up for it.

import { describe, expect, it } from "vitest";
import type { ToolCall } from "../../src/core/call.ts";
import type { Effect } from "../../src/core/effect.ts";
import { type ErrorCode, ProctorError } from "../../src/core/errors.ts";
import type { Forward } from "../../src/upstream/upstream.ts";
import { retry, timeout } from "../../src/upstream/wrappers/index.ts";

const call: ToolCall = {
  door: "http",
  upstream: "u",
  tool: "t",
  arguments: {},
  context: { shell: "fresh", environment: "fixed", filesystem: "remote" },
};

const answered = {
  answer: "done",
  observed: { transport: "ok", tool: { isError: false } },
  result: null,
} as const;

const never = new AbortController().signal;

const on = { target: { form: "resolved", path: "/a" }, recursive: false } as const;
const via = { certainty: "certain", via: "tool" } as const;
const read: Effect = { kind: "read", ...on, ...via };
const list: Effect = { kind: "list", permissions: false, ...on, ...via };
const write: Effect = { kind: "write", creates: false, ...on, ...via };
const looks: Effect = {
  kind: "execute",
  program: "ls",
  words: [],
  code: "builtin",
  inspects: true,
  ...via,
};

/** Fails with these codes in turn, then answers. */
function failing(codes: readonly ErrorCode[]) {
  const left = [...codes];
  let calls = 0;
  const forward: Forward<string> = async () => {
    calls += 1;
    const code = left.shift();
    if (code !== undefined) throw new ProctorError(code, "as the test says");
    return answered;
  };
  return { forward, calls: () => calls };
}

describe("retry", () => {
  const rows: [
    codes: ErrorCode[],
    effects: Effect[] | undefined,
    calls: number,
    code?: ErrorCode,
  ][] = [
    [[], [write], 1],
    [["upstream_unreachable"], [write], 2],
    [["upstream_unreachable"], undefined, 2],
    [["upstream_failed"], [read, list], 2],
    [["upstream_failed"], [read, write], 1, "upstream_failed"],
    [["upstream_failed"], [looks], 1, "upstream_failed"],
    [["upstream_failed"], undefined, 1, "upstream_failed"],
    [["upstream_timeout"], [read], 1, "upstream_timeout"],
    [["upstream_response_too_large"], [read], 1, "upstream_response_too_large"],
    [["upstream_unreachable", "upstream_failed"], [write], 2, "upstream_failed"],
    [["upstream_failed", "upstream_failed", "upstream_failed"], [read], 3, "upstream_failed"],
  ];

  it.each(rows)("%j of a call with %j: %i calls, %s", async (codes, effects, calls, code) => {
    const upstream = failing(codes);
    const wrapped = retry({ retries: 2, delayMs: 0 })(upstream.forward);
    const outcome = await wrapped(call, never, effects).then(
      () => undefined,
      (error) => error.code,
    );
    expect(outcome).toBe(code);
    expect(upstream.calls()).toBe(calls);
  });

  it("waits twice as long each time", async () => {
    const waits: number[] = [];
    const wait = async (delayMs: number) => {
      waits.push(delayMs);
    };
    const upstream = failing(Array(9).fill("upstream_unreachable"));
    const wrapped = retry({ retries: 3, delayMs: 10, wait })(upstream.forward);
    await expect(wrapped(call, never)).rejects.toMatchObject({ code: "upstream_unreachable" });
    expect(waits).toEqual([10, 20, 40]);
  });

  it("ends a wait with the reason of an abort", async () => {
    const gone = new AbortController();
    const reason = new Error("gone");
    const upstream: Forward<string> = async () => {
      queueMicrotask(() => gone.abort(reason));
      throw new ProctorError("upstream_unreachable", "");
    };
    const wrapped = retry({ retries: 1, delayMs: 3_600_000 })(upstream);
    await expect(wrapped(call, gone.signal)).rejects.toBe(reason);
  });

  it("does not repeat what is no fault of the upstream", async () => {
    let calls = 0;
    const wrapped = retry({ retries: 2, delayMs: 0 })(async () => {
      calls += 1;
      throw new TypeError("a mistake");
    });
    await expect(wrapped(call, never, [read])).rejects.toThrow(TypeError);
    expect(calls).toBe(1);
  });
});

describe("timeout", () => {
  const hangs: Forward<string> = () => new Promise(() => {});

  it("ends even what never looks at its signal", async () => {
    const wrapped = timeout(10)(hangs);
    await expect(wrapped(call, never)).rejects.toMatchObject({ code: "upstream_timeout" });
  });

  it("aborts what does", async () => {
    const wrapped = timeout(10)<string>(
      (_call, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener("abort", () => reject(signal.reason));
        }),
    );
    await expect(wrapped(call, never)).rejects.toMatchObject({ code: "upstream_timeout" });
  });

  it("passes an abort on, with its reason", async () => {
    const reason = new Error("gone");
    const wrapped = timeout(3_600_000)(hangs);
    await expect(wrapped(call, AbortSignal.abort(reason))).rejects.toBe(reason);
  });

  it("is not felt by what answers", async () => {
    const wrapped = timeout(3_600_000)(failing([]).forward);
    await expect(wrapped(call, never)).resolves.toBe(answered);
  });
});
