// Filters: what they write, and that known text behind them is still known text.

import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { actsOf } from "../notation.ts";

describe("commands hidden behind filters", () => {
  it.each([
    "echo cm0geA== | base64 -d | sh",
    "echo 'rm x' | base64 | base64 --decode | sh",
    "echo OJWSA6AK | base32 -d | sh",
    "printf 726d2078 | xxd -r -p | sh",
    "echo 'rm x' | xxd -p | xxd -r -p | sh",
    "echo '00000000: 726d 2078 0a                             rm x.' | xxd -r | sh",
    "echo 'ez k' | tr a-z n-za-m | sh",
    "echo 'RM X' | tr '[:upper:]' '[:lower:]' | sh",
    "echo 'r-m x' | tr -d - | sh",
    "echo 'rrrm x' | tr -s r | sh",
    "echo 'x mr' | rev | sh",
    "printf 'b\\nrm x\\n' | tail -n 1 | sh",
    "printf 'rm x\\nb\\n' | head -1 | sh",
    "printf 'x\\nrm ' | tac | tr -d '\\n' | sh",
    "echo 'a:rm x:b' | cut -d: -f2 | sh",
    "echo 'aarm x' | cut -c3- | sh",
    "printf 'a b\\nrm x\\n' | grep rm | sh",
    "printf 'rm\\nx\\n' | paste -sd ' ' | sh",
    "echo 'rm x' | tee out | sh",
    "echo 'rm x' | cat - | sh",
    "for i in $(seq 2 3); do rm x$i; done",
    "echo 'rm x' | head -c 4 | sh",
  ])("%s", (script) => {
    const deleted = actsOf(script).filter((act) => act.startsWith("delete"));
    const expected = script.startsWith("for") ? ["delete /w/x2", "delete /w/x3"] : ["delete /w/x"];
    expect(deleted).toEqual(expected);
  });
});

describe("as the programs themselves", () => {
  const text = "b a\nxyz\n\na:b:c\nlast";
  it.each([
    "tac",
    "rev",
    "head -n 2",
    "head -n -1",
    "head -3",
    "head -c 5",
    "tail -n 2",
    "tail -n +2",
    "tail -2",
    "tail -c 3",
    "cut -d: -f1,3",
    "cut -d: -f2- -s",
    "cut -c2-3",
    "tr a-c A-C",
    "tr -d '[:space:]'",
    "tr -cd a-z",
    "tr -s '\\n'",
    "tr -c a-z _",
    "tr '[:lower:]' '[:upper:]'",
    "grep a",
    "grep -v a",
    "grep -i A",
    "grep -F a:b",
    "base64",
    "base64 -w 5",
    "base64 -w0 | base64 -d",
    "paste -sd,",
  ])("%s", (command) => {
    // What is not known would not be run, so the output is taken from an array of words that is deleted.
    const input = `printf '%s' '${text}' | ${command}`;
    const real = spawnSync("bash", ["-c", input], { encoding: "utf8" }).stdout;
    const script = `x="$(${input}; printf .)"; rm -- "/$x"`;
    const [act] = actsOf(script).filter((one) => one.startsWith("delete"));
    const shown = `/${real}.`.replaceAll(/\/+/g, "/");
    expect(act).toBe(`delete ${shown}`);
  });
});

describe("what filters write", () => {
  it.each([
    ["sort -o f f", "write /w/f; truncate /w/f possible"],
    ["sort f -ou g", "write /w/u; truncate /w/u possible"],
    ["sort -u f", ""],
    ["sort --compress-program=./x f", "unknown"],
    ["uniq a b", "write /w/b; truncate /w/b possible"],
    ["uniq -c a", ""],
    ["shuf -o f a", "write /w/f; truncate /w/f possible"],
    ["shuf -e a b", ""],
    ["tee a", "write /w/a; truncate /w/a possible"],
    ["tee -a a", "write /w/a"],
    ["tee /dev/null", ""],
    ["sponge f", "write /w/f; truncate /w/f possible"],
    ["split f", "write glob:/w/x* possible"],
    ["split --filter='rm x' f p", "delete /w/x possible"],
    ["csplit f /a/", "write glob:/w/xx* possible"],
    ["xxd f g", "write /w/g; truncate /w/g possible"],
    ["iconv -f a -t b f -o g", "write /w/g; truncate /w/g possible"],
    ["dos2unix f", "write /w/f"],
    ["yq -i .a=1 f", "write /w/f"],
    ["jq . f", ""],
    ["cat a > b", "write /w/b; truncate /w/b possible"],
  ])("%s", (script, acts) => {
    const found = actsOf(script).join("; ");
    if (acts === "unknown") expect(found).not.toBe("");
    else expect(found).toBe(acts);
  });
});
