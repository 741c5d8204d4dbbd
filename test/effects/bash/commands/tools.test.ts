// Files made, disks laid out anew, tables of cron, and the programs that only look.

import { describe, expect, it } from "vitest";
import { actsOf, effectsOf } from "../notation.ts";

describe("programs that make or cut files", () => {
  it.each([
    ["touch a b", "write /w/a; write /w/b"],
    ["mkdir -p a/b", "write /w/a/b"],
    ["mkdir -m 700 a", "write /w/a; permission chmod /w/a (700) incidental"],
    ["mkfifo -m 600 p", "write /w/p; permission chmod /w/p (600) incidental"],
    ["mknod n p", "write /w/n"],
    ["mktemp", "write glob:/tmp/tmp.?????????? possible"],
    ["mktemp -d x.XXXX", "write glob:/w/x.???? possible"],
    ["mktemp -p d x.XXX.c", "write glob:/w/d/x.???.c possible"],
    ["mktemp -u", ""],
    ["truncate -s 0 a", "truncate /w/a"],
    ["truncate -s -5 a", "truncate /w/a"],
    ["truncate -s +5 a", "write /w/a"],
    ["truncate --size=5 a", "write /w/a; truncate /w/a possible"],
    ["truncate a", ""],
    ["fallocate -l 5 a", "write /w/a"],
    ["fallocate -p -o 0 -l 5 a", "write /w/a; truncate /w/a"],
    ["rename s/a/b/ a1 a2", "move /w/a1 > glob:/w/* possible; move /w/a2 > glob:/w/* possible"],
    ["rename -n s/a/b/ a1", ""],
    ["rename a b a1", "move /w/a1 > glob:/w/* possible"],
    [
      "rename 's/a/unlink/e' a1",
      "unknown: an expression of rename; move /w/a1 > glob:/w/* possible",
    ],
  ])("%s", (script, acts) => {
    expect(actsOf(script).join("; ")).toBe(acts);
  });
});

describe("disks", () => {
  it.each([
    ["mkfs.ext4 -L data /dev/sdb1", "truncate /dev/sdb1"],
    ["mkfs -t xfs /dev/sdb", "truncate /dev/sdb"],
    ["mkfs.ext4 disk.img 100M", "truncate /w/disk.img"],
    ["wipefs -a /dev/sdb", "truncate /dev/sdb"],
    ["wipefs /dev/sdb", ""],
    ["wipefs -an /dev/sdb", ""],
    ["blkdiscard -f /dev/sdb", "truncate /dev/sdb"],
    ["mkswap /dev/sdb", "truncate /dev/sdb"],
    ["badblocks -sv /dev/sdb", ""],
    ["badblocks -wsv /dev/sdb", "truncate /dev/sdb"],
    ["sgdisk -Z /dev/sdb", "truncate /dev/sdb"],
    ["sgdisk -p /dev/sdb", ""],
    ["parted -s /dev/sdb mklabel gpt", "truncate /dev/sdb"],
    ["parted /dev/sdb print", ""],
    ["fdisk -l /dev/sdb", ""],
    ["printf 'd\\nw\\n' | fdisk /dev/sdb", "truncate /dev/sdb"],
    ["printf 'p\\nq\\n' | fdisk /dev/sdb", ""],
    ["sfdisk -d /dev/sdb", ""],
    ["sfdisk --delete /dev/sdb", "truncate /dev/sdb"],
    ["cryptsetup luksFormat /dev/sdb key", "truncate /dev/sdb"],
    ["cryptsetup luksDump /dev/sdb", ""],
    ["lvremove -f vg/lv", "truncate /w/vg/lv"],
    ["zfs destroy -r tank/a", "delete ?tank/a/**"],
    ["zfs destroy -n tank/a", ""],
    ["zfs list", ""],
    ["zpool destroy tank", "delete ?tank/**"],
    ["btrfs subvolume delete a b", "delete /w/a/**; delete /w/b/**"],
    ["btrfs su del a", "delete /w/a/**"],
    ["btrfs subvolume list /", ""],
    ["mdadm --zero-superblock /dev/sdb", "truncate /dev/sdb"],
    ["hdparm -I /dev/sdb", ""],
    ["hdparm --security-erase p /dev/sdb", "truncate /dev/sdb"],
    ["debugfs -w -R 'rm x' /dev/sdb", "write /dev/sdb; truncate /dev/sdb possible"],
    ["e2fsck -n /dev/sdb", ""],
    ["losetup -a", ""],
    ["losetup -d /dev/loop0", "execute losetup -d /dev/loop0 (builtin)"],
    ["umount /mnt", "execute umount /mnt (builtin)"],
    ["blockdev --getsize64 /dev/sdb", ""],
    ["blockdev --setro /dev/sdb", "execute blockdev --setro /dev/sdb (builtin)"],
  ])("%s", (script, acts) => {
    expect(actsOf(script).join("; ")).toBe(acts);
  });
});

describe("schedules", () => {
  const table = "/var/spool/cron/crontabs/";
  it.each([
    ["crontab -l", ""],
    ["crontab -r", `delete glob:${table}* possible`],
    ["crontab -u alice -r", `delete ${table}alice`],
    ["crontab -n f", ""],
    [
      "echo '* * * * * rm x' | crontab -u alice -",
      `write ${table}alice; truncate ${table}alice possible; delete /w/x possible`,
    ],
    [
      "crontab -u alice f",
      `write ${table}alice; truncate ${table}alice possible; unknown: commands that crontab runs later`,
    ],
    ["logrotate -d c", ""],
    ["tmpreaper 7d /tmp/x", "delete /tmp/x/** possible"],
    ["run-parts --test d", ""],
  ])("%s", (script, acts) => {
    const found = actsOf(script).join("; ");
    expect(found.replace(/ possible$/, "")).toBe(acts.replace(/ possible$/, ""));
  });
});

describe("programs that only look", () => {
  it.each([
    ["cat a b", "read /w/a; read /w/b"],
    ["head -n 5 a", "read /w/a"],
    ["tail -f -n 5 a", "read /w/a"],
    ["wc -l a", "read /w/a"],
    ["grep -n foo a b", "read /w/a; read /w/b"],
    ["grep -e foo -f pats a", "read /w/a; read /w/pats"],
    ["grep -rn foo", "read /w/**"],
    ["rg -n foo src", "read /w/src/**"],
    ["rg foo", "read /w/**"],
    ["rg --files", "read /w/**"],
    ["diff -r a b", "read /w/a/**; read /w/b/**"],
    ["ls", "list /w"],
    ["ls -la d", "list /w/d"],
    ["ls -R", "list /w/**"],
    ["stat a", "list /w/a"],
    ["du -sh d", "list /w/d/**"],
    ["tree -L 2", "list /w/**"],
    ["file a", "read /w/a"],
    ["sha256sum a", "read /w/a"],
    ["jq --arg a b . f", "read /w/f"],
    ["less a", "read /w/a"],
    ["readlink -f a", "list /w/a"],
    ["which rm", "look which rm"],
    ["man rm", "look man rm"],
    ["date +%s", "look date +%s"],
    ["hostname", "look hostname"],
    ["ps aux", "look ps aux"],
    ["printenv PATH", "look printenv PATH"],
    ["sleep 1", "look sleep 1"],
    ["id -u", "look id -u"],
  ])("%s", (script, effects) => {
    expect(effectsOf(script).join("; ")).toBe(effects);
  });

  it.each([
    ["date -s tomorrow", "execute date -s tomorrow (builtin)"],
    ["date 01010000", "execute date 01010000 (builtin)"],
    ["hostname new", "execute hostname new (builtin)"],
    ["dmesg -C", "execute dmesg -C (builtin)"],
    ["tree -o out", "write /w/out; truncate /w/out possible"],
    ["less -o log a", "write /w/log; truncate /w/log possible"],
    ["rg --pre 'rm x' foo", "delete /w/x possible"],
    ["man -P 'rm x' ls", "delete /w/x possible"],
    ["PAGER='rm x' man ls", "delete /w/x possible"],
    ["LESSOPEN='|rm %s' less a", "delete /w/%s possible"],
    ["bat --pager 'rm x' a", "delete /w/x possible"],
  ])("%s does more", (script, acts) => {
    expect(actsOf(script).join("; ")).toBe(acts);
  });
});
