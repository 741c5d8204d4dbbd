// Which commands a script runs, in which order and under which doubt, held against real bash.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { analyseBash } from "../../../src/effects/bash/index.ts";
import { fixedContext } from "./notation.ts";
import { generatedScript } from "./scripts.ts";
import { type Call, hasBash, trace, traceAll } from "./trace.ts";

interface Prediction {
  readonly call: string;
  readonly certain: boolean;
}

/** The runs of `probe`, and whether anything else is doubted. */
function predict(script: string): { runs: readonly Prediction[]; doubts: readonly string[] } {
  const { effects } = analyseBash(script, fixedContext, {});
  const runs: Prediction[] = [];
  const doubts: string[] = [];
  for (const effect of effects) {
    if (effect.kind === "execute" && effect.program === "probe") {
      runs.push({ call: effect.words.join("|"), certain: effect.certainty === "certain" });
    } else if (effect.kind === "unknown" && !effect.why.includes("probe is not modelled")) {
      doubts.push(effect.why);
    }
  }
  return { runs, doubts };
}

/** What is wrong with a prediction; undefined: nothing. */
function fault(script: string, calls: readonly Call[]): string | undefined {
  const { runs, doubts } = predict(script);
  const happened = calls.map((words) => words.join("|"));
  if (doubts.length === 0) {
    const unforeseen = happened.find((call) => !runs.some((run) => covers(run.call, call)));
    if (unforeseen !== undefined) return `not foreseen: ${unforeseen}`;
  }
  const missing = runs.find(
    (run) => run.certain && !happened.some((call) => covers(run.call, call)),
  );
  if (missing !== undefined) return `did not happen: ${missing.call}`;
  const exact = doubts.length === 0 && runs.every((run) => run.certain && isExact(run.call));
  if (
    exact &&
    !isRepeating(script) &&
    happened.join("\n") !== runs.map((run) => run.call).join("\n")
  ) {
    return `another order: ${happened.join(", ")}`;
  }
  return undefined;
}

/** In a loop, what is the same in two rounds is one effect. */
function isRepeating(script: string): boolean {
  return /\b(?:for|while|until|select)\b/.test(script);
}

/** A word that is not known stands in a prediction as its source. */
function isExact(call: string): boolean {
  return !call.includes("$");
}

function covers(predicted: string, happened: string): boolean {
  return !isExact(predicted) || predicted === happened;
}

const rows: Record<string, readonly string[]> = {
  conditions: [
    "true && probe a; false && probe b; true || probe c; false || probe d",
    "true && false || probe a; false && true || probe b; false || true && probe c",
    "if true; then probe a; else probe b; fi; if false; then probe c; elif true; then probe d; fi",
    "if [ -e none ]; then probe a; else probe b; fi; probe c",
    '[ a = a ] && probe 1; [ a != a ] && probe 2; [ 3 -gt 2 ] && probe 3; [ -z "" ] && probe 4',
    "test x && probe 1; test '' && probe 2; test -n '' || probe 3; test ! x || probe 4",
    "[[ abc == a* ]] && probe 1; [[ abc == 'a*' ]] && probe 2; [[ a < b ]] && probe 3; [[ -z $u ]] && probe 4",
    "[[ a == b || c == c ]] && probe 1; [[ ! a == a ]] || probe 2; [[ ( a == a ) && b ]] && probe 3",
    "(( 1 )) && probe 1; (( 0 )) || probe 2; (( x = 3, x > 2 )) && probe $x",
    "! true || probe 1; ! false && probe 2; if ! false; then probe 3; fi",
    "x=5; if (( x > 3 )); then probe big; else probe small; fi",
    "probe a && probe b || probe c; [ -e none ] && probe d || probe e",
    "[ -e none ] && exit; probe a",
    "[ -e none ] || exit; probe a",
    "case abc in a*) probe 1;; *) probe 2;; esac; case x in a|x) probe 3;& y) probe 4;; z) probe 5;; esac",
    "case b in a) probe 1;; [bc]) probe 2;;& b) probe 3;; *) probe 4;; esac",
    "x='*'; case abc in $x) probe 1;; esac; case abc in \"$x\") probe 2;; *) probe 3;; esac",
    "case $(pwd) in /nowhere) probe 1;; *) probe 2;; esac",
    'set -- a b; case a in "$@") probe 1;; esac; case xa in x"$@"y) probe 2;; esac',
    "set -- a b; case 'a b' in \"$@\") probe 1;; $@) probe 2;; esac; case \"$@\" in 'a b') probe 3;; esac",
    "set -- '' b; case \"$@\" in ' b') probe 1;; b) probe 2;; '') probe 3;; *) probe 4;; esac",
    "a=('' b); case '' in \"${a[@]}\") probe 1;; esac; [[ ' b' == \"${a[@]}\" ]] && probe 2",
  ],
  loops: [
    "for i in a b c; do probe $i; done; probe $i",
    "for i in a b c; do [ $i = b ] && continue; probe $i; done",
    "for i in a b c; do [ $i = b ] && break; probe $i; done; probe end",
    "for i in 1 2; do for j in x y; do [ $j = y ] && continue 2; probe $i$j; done; done",
    "for i in 1 2; do for j in x y; do [ $i = 2 ] && break 2; probe $i$j; done; done; probe end",
    "i=0; while [ $i -lt 3 ]; do probe $i; i=$((i+1)); done",
    "i=3; until (( i == 0 )); do probe $((i--)); done; probe $i",
    "for ((i=0; i<3; i++)); do probe $i; done; for ((;;)); do probe once; break; done",
    "set -- x y; for a; do probe $a; done; for a do probe $a; done",
    "while true; do probe a; break; probe b; done; while false; do probe c; done; probe d",
    "for i in; do probe none; done; probe end",
    "for i in a b; do [ -e none ] && break; probe $i; done; probe $i",
    "x=; for i in a b; do x=$x$i; done; probe $x",
    "x=1; while [ -e none ]; do x=2; done; probe $x",
    "printf '%s\\n' a b | while read -r l; do probe $l; done",
    "while read -r a b; do probe $b $a; done <<< $'1 2\\n3 4'",
    "n=0; while read -r l; do n=$((n+1)); done <<< $'a\\nb\\nc'; probe $n",
    "for f in a b; do { probe $f; } ; done; for i in {1..3}; do probe $i; done",
    "for i in 1 2 3; do case $i in 2) continue;; 3) break;; esac; probe $i; done",
    "until [ -e none ]; do probe a; break; done",
  ],
  functions: [
    "f() { probe $1 $#; }; f a b; f",
    "f() { return 1; probe no; }; f || probe yes",
    "f() { local x=in; probe $x; }; x=out; f; probe $x",
    "f() { x=changed; }; x=old; f; probe $x; (x=sub; probe $x); probe $x",
    "f() { g; }; g() { probe g; }; f; unset -f g; f",
    "function f { probe $1; }; f x; f() (probe sub; exit; probe no); f; probe after",
    "f() { probe $1; [ $1 -gt 0 ] && f $(($1-1)); }; f 3",
    "f() { if [ $1 = stop ]; then return; fi; probe $1; }; f a; f stop; f b",
    "f() { for i in 1 2; do return; done; probe no; }; f; probe yes",
    "f() { local x; x=1; g; probe $x; }; g() { x=2; }; f; probe ${x-unset}",
    "f() { set -- p q; probe $1; }; set -- a; f; probe $1",
    "f() { shift; probe $1; }; f a b; A=1 f x y; probe ${A-unset}",
    "f() { echo $((RANDOM % 2)) > /dev/null; probe ok; }; f",
  ],
  processes: [
    "(probe a; exit; probe b); probe c; { probe d; }",
    "x=1; (x=2); probe $x; x=3 | true; probe $x; { x=4; }; probe $x",
    "eval 'probe a'; eval probe '\"b c\"'; x='probe d'; eval $x; eval \"x=5\"; probe $x",
    "probe a & wait; true & wait; probe b",
    "trap 'probe bye' EXIT; probe hi",
    "trap 'probe bye' EXIT; trap - EXIT; (trap 'probe sub' EXIT; probe in); probe out",
    "x=$(probe in >/dev/null; echo v); probe $x",
    "set -e; true; probe a; false || true; probe b; if false; then :; fi; probe c; false; probe no",
    "set -e; f() { false; probe in; }; f || probe handled; f; probe no",
    "set -n; probe no",
    "set -u; probe a; : $unset; probe no",
    ": ${u?gone}; probe no",
    "exec 3<<< line; read -r x <&3; probe $x",
    "echo probe from pipe | { read -r a b; probe $b; }",
    ". /dev/stdin <<< 'probe sourced'; . <(echo probe subst)",
    "command true && probe a; builtin echo x | read -r y; probe ${y-none}",
    "echo 'probe file' > s; . ./s; echo 'x=9' > t; . ./t; probe $x",
    "shopt -s expand_aliases\nalias p='probe aliased'\np x\nunalias p\nprobe end",
    "alias p='probe aliased'; p x; probe end",
    "f() { trap 'probe in' EXIT; }; f; probe a",
    'trap \'x=$(trap "probe in" EXIT); probe $x; (trap "probe sub" EXIT)\' EXIT',
    "f() { trap 'probe in' EXIT; }; y='a b'\nf $((y + 1))",
    "exit 3; probe no",
    "(exit 3) || probe $?; f() { return 4; }; f; probe $?; x=$(exit 5); probe $?",
    "probe a; exec true; probe no",
    "{ probe a; exit; } | cat; probe b",
    "declare -n r=x; r=5; probe $x; unset -n r; unset x; probe ${x-gone}",
    "export A=1; B=2; probe $A $B; unset A; probe ${A-no}; readonly C=3; C=4 2>/dev/null; probe $C",
    "false; probe $?; true; probe $?; ! true; probe $?; [ a = b ]; probe $?",
    "lastpipe=x; shopt -s lastpipe; echo v | read -r y; probe $y",
    "probe a\nif true\nthen probe b\nfi\nprobe c # comment\n",
    "probe a; coproc { true; }; probe b",
    "x='a[$(probe injected >&9)]'; a=(1); : $((x)); probe end",
    "time probe a; time -p probe b 2>/dev/null",
  ],
};

describe.runIf(hasBash)("commands are run as bash runs them", () => {
  for (const [theme, scripts] of Object.entries(rows)) {
    describe(theme, () => {
      it.each(scripts)("%s", (script) => {
        expect(fault(script, trace(script))).toBeUndefined();
      });
    });
  }

  it("whatever a generated script runs was foreseen, and what is certain happens", () => {
    const numRuns = Number(process.env.PROCTOR_SCRIPTS ?? 150);
    const seed = Number(process.env.PROCTOR_SEED ?? 1);
    const scripts = fc.sample(generatedScript, { numRuns, seed });
    const faults = traceAll(scripts).flatMap((calls, at) => {
      const script = scripts[at] ?? "";
      const found = fault(script, calls);
      return found === undefined ? [] : [{ found, script }];
    });
    expect(faults, `PROCTOR_SEED=${seed}`).toEqual([]);
  });
});
