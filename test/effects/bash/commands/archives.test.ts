// Archivers, compressors and rsync: what they write, what they remove, and what they run.

import { describe, expect, it } from "vitest";
import { actsOf, effectsOf } from "../notation.ts";

const unpacked = (place: string): string => `write ${place}/**; truncate ${place}/** possible`;

describe("tar", () => {
  it.each([
    ["tar cf a.tar d", "write /w/a.tar; truncate /w/a.tar possible"],
    ["tar -c -f a.tar -C d x y", "write /w/a.tar; truncate /w/a.tar possible"],
    ["tar rf a.tar d", "write /w/a.tar"],
    ["tar czf - d", ""],
    ["tar tvf a.tar", ""],
    ["tar -df a.tar", ""],
    ["tar xf a.tar", unpacked("/w")],
    ["tar -xvf a.tar -C d", unpacked("/w/d")],
    ["tar --extract --file=a.tar --dir=d", unpacked("/w/d")],
    ["tar xf a.tar -C d b/c", unpacked("/w/d/b/c")],
    ["tar xf a.tar --strip-components=1 -C d b/c", unpacked("/w/d")],
    ["tar xkf a.tar", "write /w/** possible"],
    ["tar xf a.tar --one-top-level=n", unpacked("/w/n")],
    ["tar xOf a.tar b", ""],
    ["tar xUf a.tar", `delete /w/** possible; ${unpacked("/w")}`],
    ["tar xpf a.tar", `${unpacked("/w")}; permission chmod /w/** incidental possible`],
    ["tar cf a.tar d --remove-files", "write /w/a.tar; truncate /w/a.tar possible; delete /w/d/**"],
    [
      "tar cf a.tar -C d x --remove-f",
      "write /w/a.tar; truncate /w/a.tar possible; delete /w/d/x/**",
    ],
    ["tar --delete -f a.tar b", "write /w/a.tar; truncate /w/a.tar"],
    ["tar cf /dev/null d --checkpoint=1 --checkpoint-action=exec='rm x'", "delete /w/x possible"],
    ["tar xf a.tar --to-command='rm x'", "delete /w/x possible"],
    ["tar cf /dev/null -I 'sh -c \"rm x\"' d", "delete /w/x possible"],
    ["TAR_OPTIONS='--checkpoint-action=exec=rm\\ x' tar cf /dev/null d", "delete /w/x possible"],
    ["TAR_OPTIONS=--remove-files tar cf /dev/null d", "delete /w/d/**"],
    ["export TAR_OPTIONS=--remove-files; tar cf /dev/null d", "delete /w/d/**"],
    ["tar --help -cf a.tar d --remove-files", ""],
  ])("%s", (script, acts) => {
    expect(
      actsOf(script)
        .filter((act) => !act.startsWith("unknown"))
        .join("; "),
    ).toBe(acts);
  });

  it("doubts actions and words that it cannot see", () => {
    expect(actsOf('tar cf a.tar --checkpoint-action="$(cat f)" d').join()).toContain("unknown");
  });
});

describe("zip, unzip, cpio, 7z, rar, ar", () => {
  const unzipped = (place: string): string =>
    `${unpacked(place)}; permission chmod ${place}/** incidental possible`;
  it.each([
    ["zip a.zip b", "write /w/a.zip"],
    ["zip -qr a d", "write /w/a.zip"],
    ["zip -m a b c", "write /w/a.zip; delete /w/b; delete /w/c"],
    ["zip -rm a d -x '*.o'", "write /w/a.zip; delete /w/d/**"],
    ["zip -rmq a d", "write /w/a.zip; delete /w/d/**"],
    ["zip --move a b", "write /w/a.zip; delete /w/b"],
    ["zip -d a.zip x", "write /w/a.zip; truncate /w/a.zip possible"],
    ["zip a --out b c", "write /w/b.zip; truncate /w/b.zip possible"],
    ["zip -sf a", ""],
    ["zip -T a.zip", ""],
    ["zip -T -TT 'rm x' a b", "write /w/a.zip; delete /w/x"],
    ["unzip a", unzipped("/w")],
    ["unzip -o a.zip -d d", unzipped("/w/d")],
    ["unzip -nd d a.zip", "write /w/d/** possible; permission chmod /w/d/** incidental possible"],
    ["unzip -l a", ""],
    ["unzip -tq a", ""],
    ["unzip -p a x", ""],
    ["unzip -Z1 a", ""],
    ["7z x -oout a.7z", unzipped("/w/out")],
    ["7z x -aos a.7z", "write /w/** possible; permission chmod /w/** incidental possible"],
    ["7z l a.7z", ""],
    ["7z a -sdel a.7z b", "write /w/a.7z; delete /w/b/**"],
    ["7z d a.7z b", "write /w/a.7z; truncate /w/a.7z possible"],
    ["rar m a.rar b", "write /w/a.rar; delete /w/b/**"],
    ["unrar t a.rar", ""],
    ["ar d lib.a x.o", "write /w/lib.a; truncate /w/lib.a possible"],
    ["ar rcs lib.a x.o", "write /w/lib.a"],
    ["ar t lib.a", ""],
    ["cpio -t < a", ""],
    ["cpio -id -D d < a", unzipped("/w/d")],
    ["jar tf a.jar", ""],
    ["jar cf a.jar d", "write /w/a.jar; truncate /w/a.jar possible"],
  ])("%s", (script, acts) => {
    expect(actsOf(script).join("; ")).toBe(acts);
  });
});

describe("compressors", () => {
  it.each([
    ["gzip a", "write /w/a.gz; delete /w/a"],
    ["gzip -9k a", "write /w/a.gz"],
    ["gzip -c a", ""],
    ["gzip -l a.gz", ""],
    ["gzip -f a", "write /w/a.gz; truncate /w/a.gz possible; delete /w/a"],
    ["gzip -r d", "write /w/d/** possible; delete /w/d/** possible"],
    ["gunzip a.tgz", "write /w/a.tar; delete /w/a.tgz"],
    ["gunzip a", "write /w/a; delete /w/a.gz"],
    ["gzip -d a.gz", "write /w/a; delete /w/a.gz"],
    ["gunzip -t a.gz", ""],
    ["bzip2 a b", "write /w/a.bz2; delete /w/a; write /w/b.bz2; delete /w/b"],
    ["bunzip2 -k a.bz2", "write /w/a"],
    ["xz -T0 a", "write /w/a.xz; delete /w/a"],
    ["xz -z -k a", "write /w/a.xz"],
    ["unxz a.txz", "write /w/a.tar; delete /w/a.txz"],
    ["zstd a", "write /w/a.zst"],
    ["zstd --rm -19 a", "write /w/a.zst; delete /w/a"],
    ["zstd -d a.zst -o b", "write /w/b"],
    ["zstd -b3 a", ""],
    ["pigz -b 128 a", "write /w/a.gz; delete /w/a"],
    ["lz4 -m --rm a", "write /w/a.lz4; delete /w/a"],
    ["cat a | gzip", ""],
  ])("%s", (script, acts) => {
    expect(actsOf(script).join("; ")).toBe(acts);
  });
});

describe("rsync", () => {
  const copied = "write /w/d/**; truncate /w/d/** possible";
  const kept = "permission chmod /w/d/** incidental possible";
  it.each([
    ["rsync -r s d", copied],
    ["rsync -a s/ d", `${copied}; ${kept}`],
    ["rsync -a --no-o --no-g --no-perms s/ d", copied],
    ["rsync -r --delete s/ d", `delete /w/d/** possible; ${copied}`],
    ["rsync -r --del s/ d", `delete /w/d/** possible; ${copied}`],
    ["rsync -r --delete-after --no-delete-after s/ d", copied],
    ["rsync -r --delete-excluded s/ d", `delete /w/d/** possible; ${copied}`],
    ["rsync -r --remove-source-files s/ d", `${copied}; delete /w/s/** possible`],
    ["rsync -rb --delete s d", "move /w/d > glob:/w/d** possible; write /w/d/**"],
    ["rsync -rn --delete s d", ""],
    ["rsync --list-only s", ""],
    ["rsync s", ""],
    ["rsync -r --chmod=D755 s d", `${copied}; permission chmod /w/d/** (D755) incidental possible`],
    ["rsync -r h:s d", `connect h; ${copied}`],
    ["rsync -r s u@h:d", "connect h; write ?u@h:d/** possible; truncate ?u@h:d/** possible"],
    [
      "rsync -r -e 'rm x #' s h:d",
      "connect h; delete /w/x possible; delete /w/# possible; delete /w/h possible; delete /w/rsync possible; write ?h:d/** possible; truncate ?h:d/** possible",
    ],
    ["rsync --help -r --delete s d", ""],
  ])("%s", (script, acts) => {
    expect(actsOf(script).join("; ")).toBe(acts);
  });

  it("reads its sources", () => {
    expect(effectsOf("rsync -n -a s d")).toContain("read /w/s/**");
  });
});
