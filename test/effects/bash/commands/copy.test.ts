// Copies, moves and links: where the new name is, and what it may cost there.

import { describe, expect, it } from "vitest";
import { actsOf, effectsOf } from "../notation.ts";

/** The second operand may be a folder or not: both names are told. */
const either = (first: string, second: string): string =>
  `write /w/${first}; truncate /w/${first} possible; write /w/${second} possible; truncate /w/${second} possible`;

describe("cp", () => {
  it.each([
    ["cp a b", either("b", "b/a")],
    ["cp -T a b", "write /w/b; truncate /w/b possible"],
    ["cp a d/", "write /w/d/a; truncate /w/d/a possible"],
    ["cp x/a .", "write /w/a; truncate /w/a possible"],
    ["cp -t d x/a", "write /w/d/a; truncate /w/d/a possible"],
    ["cp --target-dir=d a", "write /w/d/a; truncate /w/d/a possible"],
    [
      "cp a b d",
      either("d/a", "d/b").replace("possible; write /w/d/b possible", "possible; write /w/d/b"),
    ],
    ["cp -n a d/", "write /w/d/a possible"],
    ["cp --update=none a d/", "write /w/d/a possible"],
    ["cp -b a d/", "write /w/d/a"],
    ["cp -s a d/", "write /w/d/a"],
    ["cp -lf a d/", "write /w/d/a; truncate /w/d/a possible"],
    [
      "cp --remove-destination a d/",
      "delete /w/d/a possible; write /w/d/a; truncate /w/d/a possible",
    ],
    [
      "cp /dev/null d/log",
      "truncate /w/d/log; write /w/d/log/null possible; truncate /w/d/log/null possible",
    ],
    ["cp -r src/. dst", "write /w/dst/**; truncate /w/dst/** possible"],
    [
      "cp -p a d/",
      "write /w/d/a; truncate /w/d/a possible; permission chmod /w/d/a incidental possible; permission acl /w/d/a incidental possible",
    ],
    [
      "cp --preserve=mode a d/",
      "write /w/d/a; truncate /w/d/a possible; permission chmod /w/d/a incidental possible; permission acl /w/d/a incidental possible",
    ],
    ["cp -a --no-preserve=mode,ownership a d/", "write /w/d/a/**; truncate /w/d/a/** possible"],
    ["cp --parents x/a d", "write /w/d/x/a; truncate /w/d/x/a possible"],
    ["cp *.c d", "write glob:/w/d/*.c possible; truncate glob:/w/d/*.c possible"],
  ])("%s", (script, acts) => {
    expect(actsOf(script).join("; ")).toBe(acts);
  });

  it("reads what it copies, and with -r the whole tree", () => {
    expect(effectsOf("cp -r src d/")[0]).toBe("read /w/src/**");
    expect(effectsOf("cp -s src d/")[0]).toBe("write /w/d/src");
  });
});

describe("mv", () => {
  it.each([
    ["mv a b", "move /w/a > /w/b; move /w/a > /w/b/a possible"],
    ["mv a d/", "move /w/a > /w/d/a"],
    ["mv -T a b", "move /w/a > /w/b"],
    ["mv a b d", "move /w/a > /w/d/a; move /w/b > /w/d/b"],
    ["mv -n a d/", "move /w/a > /w/d/a possible"],
    ["mv -t d a b", "move /w/a > /w/d/a; move /w/b > /w/d/b"],
    ["mv -S .old a d/", "move /w/d/a > /w/d/a.old possible; move /w/a > /w/d/a"],
    ["mv --exchange -T a b", "move /w/a > /w/b; move /w/b > /w/a"],
    ["mv a", ""],
  ])("%s", (script, acts) => {
    expect(actsOf(script).join("; ")).toBe(acts);
  });
});

describe("ln, install, dd", () => {
  it.each([
    ["ln -s a d/", "write /w/d/a"],
    ["ln -sf a d/", "write /w/d/a; truncate /w/d/a possible"],
    ["ln -sfb a d/", "write /w/d/a"],
    ["ln x/a", "write /w/a"],
    ["ln -sT a b", "write /w/b"],
    [
      "install -m 644 a d/",
      "write /w/d/a; truncate /w/d/a possible; permission chmod /w/d/a (644) incidental",
    ],
    [
      "install -d -m 700 a b",
      "write /w/a; permission chmod /w/a (700) incidental; write /w/b; permission chmod /w/b (700) incidental",
    ],
    [
      "install -o root -g adm -T a b",
      "write /w/b; truncate /w/b possible; permission chmod /w/b (rwxr-xr-x) incidental; permission chown /w/b (root) incidental; permission chgrp /w/b (adm) incidental",
    ],
    ["dd if=a of=b", "write /w/b; truncate /w/b possible"],
    ["dd if=/dev/zero of=/dev/sda bs=1M count=1", "truncate /dev/sda"],
    ["dd of=b conv=notrunc oflag=append", "write /w/b"],
    ["dd of=b conv=excl", "write /w/b"],
    ["dd if=a", ""],
    ["dd if=a of=/dev/null", ""],
  ])("%s", (script, acts) => {
    expect(actsOf(script).join("; ")).toBe(acts);
  });
});
