// Which change of permissions is which.

import { describe, expect, it } from "vitest";
import { actsOf } from "../notation.ts";

describe("chmod", () => {
  it.each([
    ["chmod 644 a b", "permission chmod /w/a (644); permission chmod /w/b (644)"],
    ["chmod -R u+rwX,go-w d", "permission chmod /w/d/** (u+rwX,go-w)"],
    ["chmod --rec 755 d", "permission chmod /w/d/** (755)"],
    ["chmod -x a", "permission chmod /w/a (-x)"],
    ["chmod -w -R d", "permission chmod /w/d/** (-w)"],
    ["chmod a-x,u=rw a", "permission chmod /w/a (a-x,u=rw)"],
    ["chmod +t a", "permission chmod /w/a (+t)"],
    ["chmod g=u a", "permission chmod /w/a (g=u)"],
    ["chmod +010 a", "permission chmod /w/a (+010)"],
    ["chmod 4755 a", "permission chmod /w/a (4755)"],
    ["chmod --reference=r a", "permission chmod /w/a (--reference=r)"],
    ["chmod -N a", "permission acl /w/a (-N)"],
    ["chmod +a 'x allow read' f", "permission acl /w/f (x allow read)"],
    ["chmod 644 *.sh", "permission chmod glob:/w/*.sh (644) possible"],
  ])("%s", (script, acts) => {
    expect(actsOf(script).join("; ")).toBe(acts);
  });

  it.each([
    "chmod",
    "chmod 644",
    "chmod -R",
    "chmod -R /",
    "chmod file",
    "chmod nonsense a",
    "chmod 999 a",
    "chmod --help a",
  ])("%s changes nothing", (script) => {
    expect(actsOf(script)).toEqual([]);
  });
});

describe("the other families", () => {
  it.each([
    ["chown u:g a", "permission chown /w/a (u:g)"],
    ["chown -R :g d", "permission chown /w/d/** (:g)"],
    ["chown --reference=r a", "permission chown /w/a (--reference=r)"],
    ["chown -h --from=a:b u a", "permission chown /w/a (u)"],
    ["chgrp -R g d", "permission chgrp /w/d/** (g)"],
    ["setfacl -m u:x:rw a", "permission acl /w/a (-m u:x:rw)"],
    ["setfacl -Rbk d", "permission acl /w/d/** (-b -k)"],
    ["setfacl -x u:x a b", "permission acl /w/a (-x u:x); permission acl /w/b (-x u:x)"],
    ["setfacl --restore=f", "permission acl ?names in f (--restore) possible"],
    ["setfacl --test -m u:x:r a", ""],
    ["chattr +i -R d", "permission attribute /w/d/** (+i)"],
    ["chattr -i a", "permission attribute /w/a (-i)"],
    ["chattr -R -V +a -p 5 d", "permission attribute /w/d/** (+a -p 5)"],
    ["chflags -R nouchg d", "permission attribute /w/d/** (nouchg)"],
    ["setcap cap_net_raw+ep a", "permission attribute /w/a (cap_net_raw+ep)"],
    ["setcap -r a", "permission attribute /w/a (-r)"],
    ["setcap -v cap_net_raw+ep a", ""],
    ["setfattr -n user.x -v 1 a", "permission attribute /w/a (user.x)"],
    ["xattr -d com.apple.quarantine a", "permission attribute /w/a (com.apple.quarantine)"],
    ["chcon -t httpd_t a", "permission attribute /w/a (httpd_t)"],
    ["restorecon -Rv d", "permission attribute /w/d/** (default context)"],
    ["restorecon -n d", ""],
    ["mount -o remount,rw /", "permission attribute //** (remount,rw)"],
  ])("%s", (script, acts) => {
    expect(actsOf(script).join("; ")).toBe(acts);
  });
});
