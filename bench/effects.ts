// What effect analysis costs, warm: per typical command, beside a guard from npm that judges command
// lines in process; on hostile texts of 256 KiB; and against the length of a script. The aims are
// p50 < 20 µs and p99 < 200 µs, 50 ms, and a line.

import { checkCommand } from "cc-safety-net/api";
import type { ExecutionContext } from "../src/core/call.ts";
import { analyseBash, warmUp } from "../src/effects/bash/index.ts";

const runs = Number(process.env.BENCH_RUNS ?? 5_000);
const warmUpRuns = 3_000;
const hostileBytes = 256 * 1024;
const aims = { p50Micros: 20, p99Micros: 200, hostileMs: 50 };

const context: ExecutionContext = {
  cwd: "/home/agent/workspace",
  home: "/home/agent",
  shell: "fresh",
  environment: "fixed",
  filesystem: "ours",
};

const typical: readonly string[] = [
  "ls -la src",
  "cat package.json",
  "git status --short",
  "grep -rn TODO src | head -20",
  "rm -rf build dist",
  "chmod +x scripts/run.sh",
  "mkdir -p out && cp -r assets out/",
  'git add -A && git commit -m "fix: a typo"',
  "cd packages/api && npm test 2>&1 | tail -40",
  "find . -name '*.pyc' -delete",
  "sed -i 's/foo/bar/g' src/main.ts",
  'for f in *.log; do rm -f "$f"; done',
  "tar czf backup.tgz src && mv backup.tgz /tmp/",
  "python3 -c 'import os; os.remove(\"a.txt\")'",
  `cat > notes.md <<'EOF'\n${"A line of prose, as agents write it.\n".repeat(20)}EOF`,
  'if [ -f .env ]; then set -a; . ./.env; set +a; fi; echo "$HOME"',
];

/** A text of the size that is hostile: `unit` over and over. */
function filled(before: string, unit: string, after = ""): string {
  const room = hostileBytes - before.length - after.length;
  return before + unit.repeat(Math.floor(room / unit.length)) + after;
}

const hostile: Readonly<Record<string, string>> = {
  "nested $(": filled("echo ", "$(echo "),
  "nested (": filled("", "( "),
  "nested {": filled("", "{ "),
  "nested ${x:-": filled("echo ", "${x:-"),
  "nested $((": filled("echo ", "$(( 1 + "),
  backticks: filled("echo ", "`"),
  "double quotes": filled("echo ", '"'),
  backslashes: filled("echo ", "\\"),
  "here-documents": filled("", "cat <<E\n"),
  "commands with ;": filled("", "a;"),
  "commands with &&": filled("true", "&&rm a"),
  "a pipeline": filled("a", "|a"),
  redirections: filled("a ", ">b "),
  assignments: filled("", "a=b "),
  "one long word": filled("rm ", "x"),
  "many words": filled("rm ", "x "),
  wildcards: filled("rm ", "*?"),
  "[ without ]": filled("rm ", "[a"),
  "extended patterns": filled("rm ", "@(a|"),
  "braces that multiply": filled("rm ", "{a,b}"),
  "nested braces": filled("rm ", "{a,"),
  "a text that doubles": filled("a=xxxxxxxx;", "a=$a$a;"),
  "substitutions in a row": filled("echo ", "$(rm a) "),
  "nested if": filled("", "if a; then "),
  "nested while": filled("", "while a; do "),
  "nested case": filled("", "case a in a) "),
  "endless loop": filled("while :; do rm a; done; ", ": "),
  "functions that call one another": filled("", "f() { g; g; }; g() { f; f; }; f; "),
  "[[ and &&": filled("[[ ", "a && ", "a ]]"),
  "arithmetic with (": filled("((", "1+("),
  "array items": filled("a=(", "b ", ")"),
  "eval of eval": filled("", "eval "),
  prefixes: filled("", "sudo "),
  "prefixes with options": filled("", "env -i "),
  "tar with many actions": filled("tar cf a ", "--checkpoint-action=exec=ls "),
  "find with many actions": filled("find . ", "-name aaaaa -delete "),
  "find with many commands": filled("find . ", "-exec rm aaaaaaaaaaaaaaaaaaaaaaaa {} + "),
  "find with many (": filled("find . ", "\\( "),
  "xargs with much input": filled("printf '", "a ", "' | xargs rm"),
  "lines for sh": filled("printf '%s\\n' '", "rm a;", "' | sh"),
  "sed with many commands": filled("sed -i '", "s/a/b/;", "' f"),
  "awk with many (": filled("awk '", "(", "'"),
  "python with many (": filled("python3 -c '", "(", "'"),
  "python with many calls": filled("python3 -c 'import os;", 'os.remove("a");', "'"),
  "perl with many calls": filled("perl -e '", 'unlink "a";', "'"),
  "node with many {": filled("node -e '", "{", "'"),
  "git with many -c": filled("git ", "-c a.b=c ", "status"),
  "rsync with many filters": filled("rsync -a --delete ", "--exclude=a ", "src/ dst/"),
  "chmod with many modes": filled("chmod ", "u+x,", " f"),
  comment: filled("#", "x"),
  "not text": filled("", "\0\uD800\u202E"),
};

interface Sample {
  readonly p50: number;
  readonly p99: number;
}

/** Microseconds of one run. */
function timed(work: () => unknown): number {
  const began = performance.now();
  work();
  return (performance.now() - began) * 1000;
}

function sampleOf(micros: number[]): Sample {
  micros.sort((a, b) => a - b);
  const at = (share: number) => micros[Math.floor(micros.length * share)] ?? 0;
  return { p50: at(0.5), p99: at(0.99) };
}

/** The other guard reads its rules for each command, so it is not run as often. */
const runsOfOurs = 20;

/** Both in turn, in microseconds. */
function sample(command: string): { readonly ours: Sample; readonly other: Sample } {
  const ours: number[] = [];
  const other: number[] = [];
  for (let run = 0; run < runs; run += 1) {
    ours.push(timed(() => analyseBash(command, context, {})));
    if (run % runsOfOurs > 0) continue;
    other.push(timed(() => checkCommand({ command, cwd: process.cwd() })));
  }
  return { ours: sampleOf(ours), other: sampleOf(other) };
}

/** The best of three, in milliseconds: what the text costs, and not what else the machine does. */
function bestOfThree(command: string): number {
  return Math.min(...[0, 1, 2].map(() => timed(() => analyseBash(command, context, {})))) / 1000;
}

function mark(isOver: boolean): string {
  return isOver ? "  above the aim" : "";
}

function showTypical(): void {
  console.log("typical commands, warm          p50 µs    p99 µs   cc-safety-net p50 µs   ratio");
  for (const command of typical) {
    const { ours, other } = sample(command);
    const line = (command.split("\n")[0] ?? "").slice(0, 28).padEnd(30);
    const isOver = ours.p50 > aims.p50Micros || ours.p99 > aims.p99Micros;
    const columns = [
      ours.p50.toFixed(1).padStart(8),
      ours.p99.toFixed(1).padStart(10),
      other.p50.toFixed(1).padStart(23),
      (other.p50 / ours.p50).toFixed(0).padStart(8),
    ];
    console.log(line + columns.join("") + mark(isOver));
  }
}

function showHostile(): void {
  console.log("\nhostile texts of 256 KiB            ms");
  for (const [name, text] of Object.entries(hostile)) {
    const ms = bestOfThree(text);
    console.log(name.padEnd(32) + ms.toFixed(1).padStart(6) + mark(ms > aims.hostileMs));
  }
}

function showLengths(): void {
  console.log("\nlines of a script     µs    µs per line");
  for (const lines of [1, 10, 50, 100, 200, 400]) {
    const script = Array.from(
      { length: lines },
      (_, at) => `x${at}=src/${at}; [ -f "$x${at}" ] && rm -f "$x${at}"`,
    ).join("\n");
    const micros = sampleOfScript(script);
    const each = (micros / lines).toFixed(1);
    console.log(String(lines).padStart(6) + micros.toFixed(0).padStart(18) + each.padStart(15));
  }
}

/** The median, in microseconds. */
function sampleOfScript(script: string): number {
  return sampleOf(Array.from({ length: 41 }, () => timed(() => analyseBash(script, context, {}))))
    .p50;
}

warmUp();
for (let run = 0; run < warmUpRuns; run += 1) {
  for (const command of typical) {
    analyseBash(command, context, {});
    if (run % runsOfOurs === 0) checkCommand({ command, cwd: process.cwd() });
  }
}
showTypical();
showHostile();
showLengths();
