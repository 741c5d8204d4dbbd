// What variables do to programs: in the call that sets them, and for later calls of a shell that stays.

import { describe, expect, it } from "vitest";
import type { ExecutionContext } from "../../../src/core/call.ts";
import { analyseBash } from "../../../src/effects/bash/index.ts";
import { actsOf, fixedContext } from "./notation.ts";

const staying: ExecutionContext = { ...fixedContext, shell: "persistent" };

describe("in the same call", () => {
  it.each([
    // With POSIXLY_CORRECT an option behind an operand is a file.
    ["rm a --help", []],
    ["POSIXLY_CORRECT=1 rm a --help", ["delete /w/a", "delete /w/--help"]],
    ["export POSIXLY_CORRECT=1; rm a --help", ["delete /w/a", "delete /w/--help"]],
    ["POSIXLY_CORRECT=1; export POSIXLY_CORRECT; rm a --help", ["delete /w/a", "delete /w/--help"]],
    ["POSIXLY_CORRECT=1; rm a --help", []],
    ["set -a; POSIXLY_CORRECT=1; rm a --help", ["delete /w/a", "delete /w/--help"]],
    ["export ZIPOPT=-m; zip a.zip f", ["write /w/a.zip", "delete /w/f"]],
    [
      "export GIT_EDITOR='rm a;:'; git commit",
      ["delete /w/a possible", "write /w/.git/**", "execute git commit (project) possible"],
    ],
    [
      "export PS4='$(rm a)'; bash -xc ls",
      ["unknown: names may mean other programs: PS4 runs a command"],
    ],
    ["PS4='$(rm a)' bash -xc ls", ["unknown: PS4 runs a command for this program"]],
    ["PS4='+ ' bash -xc ls", []],
    [
      "env 'BASH_FUNC_ls%%=() { rm a; }' bash -c ls",
      ["unknown: a function was put into the environment for this program"],
    ],
    [
      "LD_PRELOAD=./x.so; export LD_PRELOAD; ls",
      ["unknown: names may mean other programs: LD_PRELOAD was set"],
    ],
  ])("%s", (script, acts) => {
    expect(actsOf(script)).toEqual(acts);
  });
});

describe("for later calls of a shell that stays", () => {
  it.each([
    ["export POSIXLY_CORRECT=1", "POSIXLY_CORRECT was exported"],
    ["export TAR_OPTIONS=--remove-files", "TAR_OPTIONS was exported"],
    ["export GIT_WORK_TREE=/srv", "GIT_WORK_TREE was exported"],
    ["export EDITOR='rm a'", "EDITOR was exported"],
    ["EDITOR='rm a'; export EDITOR", "EDITOR was exported"],
    ["export EDITOR=vim PAGER=cat GIT_PAGER=", undefined],
    ["CDPATH=/srv", "CDPATH was set"],
    ["HOME=/srv", "HOME was set"],
    ["TAR_OPTIONS=--remove-files", undefined],
    ["TAR_OPTIONS=--remove-files tar cf x.tar d", undefined],
    ["x=1; export y=2", undefined],
  ])("%s", (script, why) => {
    expect(analyseBash(script, staying, {}).residue.environmentChanged).toBe(why);
    expect(analyseBash(script, fixedContext, {}).residue.environmentChanged).toBe(undefined);
  });
});
