// find, fd, xargs and parallel: what they find, and what they do with it.

import { describe, expect, it } from "vitest";
import { actsOf, inheritedContext } from "../notation.ts";

describe("find", () => {
  it.each([
    ["find . -delete", "delete /w/**"],
    ["find d e -delete", "delete /w/d/**; delete /w/e/**"],
    ["find d -name '*.o' -delete", "delete glob:/w/d/**/*.o possible"],
    ["find . -name '[0-9]*' -delete", "delete glob:/w/**/?* possible"],
    ["find . -type f -delete", "delete glob:/w/** possible"],
    ["find d -mindepth 1 -delete", "delete glob:/w/d/** possible"],
    ["find d -maxdepth 0 -delete", "delete /w/d possible"],
    ["find d -maxdepth 1 -name '*.c' -delete", "delete glob:/w/d/*.c possible"],
    ["find . -path './x/*' -delete", "delete glob:/w/x/** possible"],
    [
      "find core -name core -delete",
      "delete /w/core possible; delete glob:/w/core/**/core possible",
    ],
    ["find . -name a -o -name b -delete", "delete glob:/w/**/b possible"],
    [
      "find . \\( -name a -o -name b \\) -delete",
      "delete glob:/w/**/a possible; delete glob:/w/**/b possible",
    ],
    ["find . -not -name a -delete", "delete /w/** possible"],
    ["find . -name x -prune -o -name '*.o' -delete", "delete glob:/w/**/*.o possible"],
    ["find . -exec rm {} +", "delete /w; delete glob:/w/** possible"],
    [
      "find . -name a -exec rm -r {} \\; -exec chmod 600 b \\;",
      "delete glob:/w/**/a/** possible; permission chmod /w/b (600) possible",
    ],
    ["find . -exec rm /etc/x ';'", "delete /etc/x"],
    ["find . -name a -ok rm {} \\;", "delete glob:/w/**/a possible"],
    ["find . -name a -execdir rm {} +", "delete glob:/w/**/a possible"],
    ["find . -name a -exec sh -c 'rm \"$1\"' _ {} \\;", "delete glob:/w/**/a possible"],
    [
      "find . -name a -exec mv {} {}.bak \\;",
      "move glob:/w/**/a > glob:/w/**/a.bak possible; move glob:/w/**/a > glob:/w/**/a.bak/a possible",
    ],
    [
      "find . -fprint out -name a -fls list",
      "write /w/out; truncate /w/out possible; write /w/list; truncate /w/list possible",
    ],
    ["find . -print -o -delete", ""],
    ["find . -false -delete", ""],
    ["find . -quit -delete", ""],
    ["find . -name --help -delete", "delete glob:/w/**/--help possible"],
    ["find . -name a -exec rm {}", ""],
    ["find . -delete extra", ""],
    ["find . -exec echo -delete \\;", ""],
    ["find . -delete -help", ""],
    ["find -H -O3 d -delete", "delete /w/d/**"],
  ])("%s", (script, acts) => {
    expect(actsOf(script).join("; ")).toBe(acts);
  });

  it("doubts a word that may be an action", () => {
    expect(actsOf("find . $X -name a", inheritedContext).join()).toContain(
      "may hold options of find",
    );
  });
});

describe("fd", () => {
  it.each([
    ["fd -e o -x rm", "delete glob:/w/**/*.o possible"],
    ["fd -e o . d -X rm -v {} ';' -H", "delete glob:/w/d/**/*.o possible"],
    ["fd --glob '*.bak' -x rm {}", "delete glob:/w/**/*.bak possible"],
    ["fd pattern", ""],
  ])("%s", (script, acts) => {
    expect(actsOf(script).join("; ")).toBe(acts);
  });
});

describe("xargs", () => {
  it.each([
    ["echo a 'b c' | xargs rm", "delete /w/a; delete /w/b; delete /w/c"],
    ["printf '%s\\n' 'a b' c | xargs -d '\\n' rm", "delete /w/a b; delete /w/c"],
    ["printf 'a\\0b' | xargs -0 rm -r", "delete /w/a/**; delete /w/b/**"],
    ["echo '\"a b\" c\\ d' | xargs rm", "delete /w/a b; delete /w/c d"],
    ["printf 'a b\\nc\\n' | xargs -I{} rm {}.o", "delete /w/a b.o; delete /w/c.o"],
    ["printf 'a b' | xargs -n1 rm", "delete /w/a; delete /w/b"],
    ["printf 'a b\\nc d\\n' | xargs -L1 mv -T", "move /w/a > /w/b; move /w/c > /w/d"],
    ["echo a,b | xargs -d, rm", "delete /w/a; delete /w/b\n"],
    ["echo a END b | xargs -E END rm", "delete /w/a"],
    ["printf '' | xargs -r rm x", ""],
    ["printf '' | xargs rm x", "delete /w/x"],
    ["printf '' | xargs -I{} rm x", ""],
    ["echo 'rm a' | xargs -I{} sh -c {}", "delete /w/a"],
    ["find . -name '*.o' -print0 | xargs -0 rm", "delete glob:/w/**/*.o possible"],
    [
      "find . -name '*.o' | grep -v x | sort | head -5 | xargs rm",
      "delete glob:/w/**/*.o possible",
    ],
    ["ls | xargs chmod 600", "permission chmod glob:/w/* (600) possible"],
    [
      "grep -rl foo src | xargs sed -i s/a/b/",
      "write /w/src possible; write glob:/w/src/** possible",
    ],
    ["xargs -a list rm", "delete ?what xargs reads/** possible"],
    ["xargs rm -f", "delete ?what xargs reads/** possible"],
    ["xargs -p rm a", "delete /w/a/** possible; delete ?what xargs reads/** possible"],
    ["echo a | xargs echo rm", ""],
    ["echo a | xargs", ""],
  ])("%s", (script, acts) => {
    expect(actsOf(script).join("; ")).toBe(acts);
  });
});

describe("parallel", () => {
  it.each([
    ["parallel rm ::: a b", "delete /w/a; delete /w/b"],
    ["parallel -j2 rm -r {} ::: d", "delete /w/d/**"],
    ["parallel rm {.}.o ::: a.c", "delete /w/a.o"],
    ["parallel rm {//}/x{/.} ::: s/a.c", "delete /w/s/xa"],
    [
      "parallel mv -T {1} {2} ::: a b :::+ c d",
      "move /w/a > /w/c; move /w/a > /w/d; move /w/b > /w/c; move /w/b > /w/d",
    ],
    ["parallel --link mv -T {1} {2} ::: a b ::: c d", "move /w/a > /w/c; move /w/b > /w/d"],
    ["parallel ::: 'rm a' 'rm b'", "delete /w/a; delete /w/b"],
    ["parallel 'cd d && rm {}' ::: a", "delete /w/d/a possible"],
    ["parallel -I@ rm @ ::: a", "delete /w/a"],
    ["parallel -q rm ::: 'a b'", "delete /w/a b"],
    ["echo a | parallel rm", "delete /w/a"],
    ["find . -name '*.o' | parallel rm", "delete glob:/w/**/*.o possible"],
    ["parallel --dry-run rm ::: a", ""],
    ["parallel --joblog log echo ::: a", "write /w/log; truncate /w/log possible"],
    ["sem rm a", "delete /w/a"],
  ])("%s", (script, acts) => {
    expect(actsOf(script).join("; ")).toBe(acts);
  });
});
