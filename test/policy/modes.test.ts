// The oracle is chmod(1) itself, run on a scratch file.

import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { PermissionFamily } from "../../src/core/effect.ts";
import { type Grant, grantedBy, grants } from "../../src/policy/modes.ts";

const bits = { setuid: 0o4000, setgid: 0o2000, world_write: 0o002 };

let folder = "";
let file = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "proctor-modes-"));
  file = join(folder, "file");
  writeFileSync(file, "");
});
afterAll(() => rmSync(folder, { recursive: true }));

/** What a mode gives to a file that has nothing of it yet. */
function chmod(mode: string): readonly Grant[] {
  chmodSync(file, 0o600);
  execFileSync("sh", ["-c", 'umask 022; exec chmod -- "$0" "$1"', mode, file]);
  const given = statSync(file).mode;
  return grants.filter((grant) => (given & bits[grant]) !== 0);
}

function granted(family: PermissionFamily, change?: string) {
  const target = { form: "resolved", path: "/w/a" } as const;
  const said = change === undefined ? {} : { change };
  return grantedBy({
    kind: "permission",
    certainty: "certain",
    via: "chmod",
    target,
    recursive: false,
    incidental: false,
    family,
    ...said,
  });
}

const modes = [
  ..."0 7 644 755 777 0777 1777 2755 4755 6711 00002 4000 =4755 +2 -777 a+rwx o+w o=rw go=w ug+w".split(
    " ",
  ),
  ..."+w +x +s u+s g+s ug+s o+s a+s u=rws,g=rx o-w,a+x a-w u-s +X o+wx g+w =rw a=rw o=r,o+w u+x-w".split(
    " ",
  ),
  ..."o+w-x g+s,o-w u=rwxs,go=rxs ugo+w oa=rw +t o+t u=g g=u ug=rwx,o=".split(" "),
];

describe("grantedBy", () => {
  it.each(modes)("chmod %s grants what chmod gives", (mode) => {
    expect(granted("chmod", mode)).toEqual({ grants: chmod(mode), doubtful: false });
  });

  it.each(["o=g", "o+u", "a=u", "=g", "$MODE", "u+4", "", "a+rwx,nonsense", "99", "777777"])(
    "chmod %s is in doubt",
    (mode) => {
      expect(granted("chmod", mode).doubtful).toBe(true);
    },
  );

  it.each([
    ["-m u:me:rwx", [], false],
    ["-m o::rw", ["world_write"], false],
    ["-m u::rw,other::7", ["world_write"], false],
    ["-m d:o::rwx", ["world_write"], false],
    ["-d -m o:rw", [], false],
    ["--set u::rwx,g::rx,o::-", [], false],
    ["-x u:me -b", [], false],
    ["-x o:", [], false],
    ["-M acls.txt", [], true],
    ["--restore", [], true],
    ["+a everyone allow write", [], true],
    ["-m $ACL", [], true],
  ])("setfacl %s", (change, expected, doubtful) => {
    expect(granted("acl", change)).toEqual({ grants: expected, doubtful });
  });

  it("owners, attributes and the umask grant none of this", () => {
    for (const family of ["chown", "chgrp", "attribute", "umask"] as const) {
      expect(granted(family, "777")).toEqual({ grants: [], doubtful: false });
    }
  });
});
