// What rm and its kin remove, by the names that the kernel would see.

import { describe, expect, it } from "vitest";
import { actsOf, effectsOf } from "../notation.ts";

describe("rm", () => {
  it.each([
    ["rm a", "delete /w/a"],
    ["rm -- -f", "delete /w/-f"],
    ["rm a b/c /etc/x", "delete /w/a; delete /w/b/c; delete /etc/x"],
    ["rm -r d", "delete /w/d/**"],
    ["rm -fR d", "delete /w/d/**"],
    ["rm d -rf", "delete /w/d/**"],
    ["rm --recurs --forc d", "delete /w/d/**"],
    ["rm -d d", "delete /w/d"],
    ["rm *.o", "delete glob:/w/*.o possible"],
    ["rm -i a", "delete /w/a possible"],
    ["rm -I a b", "delete /w/a possible; delete /w/b possible"],
    ["rm -if a", "delete /w/a"],
    ["rm --interactive=never a", "delete /w/a"],
    ["rm --interactive a", "delete /w/a possible"],
    ["POSIXLY_CORRECT=1 rm a -r", "delete /w/a; delete /w/-r"],
    ["/bin/rm a", "delete /w/a"],
    ["grm -r d", "delete /w/d/**"],
    ["rm --nonsense a", "delete /w/a possible"],
  ])("%s", (script, acts) => {
    expect(actsOf(script).join("; ")).toBe(acts);
  });

  it.each(["rm", "rm -rf", "rm --help a", "rm a --version", "rmdir --help d", "shred --version"])(
    "%s only looks",
    (script) => {
      expect(actsOf(script)).toEqual([]);
      expect(effectsOf(script)).toHaveLength(1);
    },
  );
});

describe("others that remove", () => {
  it.each([
    ["rmdir d", "delete /w/d"],
    ["rmdir -p a/b/c", "delete /w/a/b/c; delete /w/a/b; delete /w/a"],
    ["unlink a", "delete /w/a"],
    ["shred a", "truncate /w/a"],
    ["shred -n 1 -zu a", "truncate /w/a; delete /w/a"],
    ["shred --remove=wipe a", "truncate /w/a; delete /w/a"],
    ["shred -s 10 -", "execute shred -s 10 - (builtin)"],
    ["trash a", "move /w/a > /home/u/.local/share/Trash/files"],
    ["trash-empty", "delete /home/u/.local/share/Trash/** possible"],
    ["gio remove a b", "delete /w/a; delete /w/b"],
    ["gio trash a", "move /w/a > /home/u/.local/share/Trash/files"],
    ["srm -r d", "delete /w/d/**"],
  ])("%s", (script, acts) => {
    expect(actsOf(script).join("; ")).toBe(acts);
  });
});
