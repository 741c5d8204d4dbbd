// Programs with languages of their own: sed, awk, the editors, patch.

import { describe, expect, it } from "vitest";
import { actsOf } from "../notation.ts";

describe("sed", () => {
  it.each([
    ["sed s/a/b/ f", ""],
    ["sed -n '1,5p;/x/{s/a/b/;p}' f", ""],
    ["sed -i s/a/b/ f g", "write /w/f; write /w/g"],
    ["sed -ni s/a/b/p f", "write /w/f"],
    ["sed --in-place=.bak s/a/b/ d/f", "move /w/d/f > /w/d/f.bak; write /w/d/f"],
    ["sed -i'old/*.b' s/a/b/ f", "move /w/f > /w/old/f.b; write /w/f"],
    ["sed -e 's/a/b/w out' f", "write /w/out; truncate /w/out possible"],
    ["sed 's|a|b|;w out' f", "write /w/out; truncate /w/out possible"],
    ["sed -n '/a/w /dev/stderr' f", ""],
    ["sed '1e rm x' f", "delete /w/x possible"],
    ["sed 's/.*/rm x/e' f", "delete /w/x possible"],
    ["sed 's/^/rm x;/e' f", "delete /w/x possible; unknown: sed s///e runs its input"],
    ["sed e f", "unknown: sed e runs its input"],
    ["sed --sandbox '1e rm x' f", ""],
    ["sed 'a\\\nw not-a-file\n$p' f", ""],
    ["sed 's/[/]x/y/;s/e w/z/' f", ""],
    ["sed -f prog f", "unknown: a script of sed in a file"],
    [
      "echo '1e rm x' > prog; sed -f prog f",
      "write /w/prog; truncate /w/prog possible; delete /w/x possible",
    ],
    ["sed --help", ""],
    ["echo 'xm f' | sed 's/x/r/' | sh", "delete /w/f"],
  ])("%s", (script, acts) => {
    expect(actsOf(script).join("; ")).toBe(acts);
  });
});

describe("awk", () => {
  it.each([
    ["awk '{print $1}' f", ""],
    ["awk -F: '$3 > 100 {print $1, $3/2}' f", ""],
    ["awk 'BEGIN { system(\"rm x\") }'", "delete /w/x possible"],
    ['awk \'BEGIN { system("rm" " " "x") }\'', "delete /w/x possible"],
    ['awk \'BEGIN { c = "rm "; system(c "x") }\'', "delete /w/x possible"],
    ["awk -v c='rm x' 'BEGIN { system(c) }'", "delete /w/x possible"],
    ["awk 'BEGIN { system(\"r\\155 x\") }'", "delete /w/x possible"],
    ["awk 'BEGIN { \"rm x\" | getline y }'", "delete /w/x possible"],
    ["awk 'BEGIN { while ((\"rm x\" | getline) > 0) n++ }'", "delete /w/x possible"],
    ['awk \'BEGIN { print "rm x" | "sh" }\'', "delete /w/x possible"],
    ['awk \'BEGIN { printf "rm x" |& "bash" }\'', "delete /w/x possible"],
    ["echo 'rm x' | awk '{ system($0) }'", "delete /w/x possible"],
    ["awk '{ print > \"out\" }' f", "write /w/out possible; truncate /w/out possible"],
    ["awk '{ print $1 >> \"out\" }' f", "write /w/out possible"],
    ["awk '{ print (1 > 2) }' f", ""],
    ["awk '{ print > \"/dev/stderr\" }' f", ""],
    ["awk '/rm x/ { n += $1 / 2 } # system(\"rm x\")' f", ""],
    ['awk \'{ print "system(\\"rm x\\")" }\' f', ""],
    ["awk -i inplace '{print}' f", "write /w/f"],
    ["awk -S 'BEGIN { system(\"rm x\") }'", ""],
    ["awk -f prog f", "unknown: a program of awk in a file"],
    ["awk 'BEGIN { print \"rm x\" }' | sh", "delete /w/x"],
  ])("%s", (script, acts) => {
    expect(actsOf(script).join("; ")).toBe(acts);
  });
});

describe("editors", () => {
  const saved = (file: string): string =>
    `write /w/${file} possible; permission chmod /w/${file} incidental possible`;
  it.each([
    ["printf '1d\\nw\\nq\\n' | ed f", "write /w/f"],
    ["printf 'w g\\n' | ed -s f", "write /w/g"],
    ["printf '!rm x\\n' | ed", "delete /w/x possible"],
    ["printf 'r !rm x\\n' | ed f", "delete /w/x possible"],
    ["printf 'a\\n!rm x\\n.\\nq\\n' | ed f", ""],
    ["ex -sc '%s/a/b/|x' f", saved("f").replace(" possible;", ";")],
    ["vim -es -c '!rm x' -c q", "delete /w/x possible"],
    ["vim -c 'call delete(\"x\")' -c q f", "delete /w/x"],
    ["vim -c ':silent !rm x' f", "delete /w/x possible"],
    ["vim +'w !rm x' f", "delete /w/x possible"],
    ["vim -c 'g/a/d' -c 'w out' f", saved("out").replace(" possible;", ";")],
    ["vim f", "write /w/f possible"],
    ["vim -R f", ""],
    ["view f", ""],
    ["nano f", "write /w/f possible"],
    ["emacs --batch --eval '(delete-file \"x\")'", "delete /w/x"],
    ["emacs -batch -eval '(delete-directory \"d\" t)'", "delete /w/d/**"],
    ["emacs --batch --eval '(shell-command \"rm x\")'", "delete /w/x possible"],
    ["emacs --batch --eval '(message \"rm x\")'", ""],
  ])("%s", (script, acts) => {
    expect(actsOf(script).join("; ")).toBe(acts);
  });
});

describe("patch", () => {
  const difference =
    "<<'E'\n--- a/d/f\t1\n+++ b/d/f\t2\n@@ -1 +1 @@\n-x\n+y\n--- a/g\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n--- /dev/null\n+++ b/n\n@@ -0,0 +1 @@\n+x\nE";
  it.each([
    [`patch -p1 ${difference}`, "write /w/d/f; delete /w/g; write /w/n"],
    [`patch -p1 -R ${difference}`, "write /w/d/f; write /w/g; delete /w/n"],
    [`patch -p1 -d s ${difference}`, "write /w/s/d/f; delete /w/s/g; write /w/s/n"],
    [`patch -p1 --dry-run ${difference}`, ""],
    ["patch f p", "write /w/f"],
    ["patch -p1 < p", "unknown: the files that a patch names"],
  ])("%s", (script, acts) => {
    expect(actsOf(script).join("; ")).toBe(acts);
  });
});
