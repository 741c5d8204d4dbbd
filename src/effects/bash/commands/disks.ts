// Tools for disks, volumes and file systems: what is on a device is lost when it is laid out anew.

import type { Command, CommandFamily, Word } from "../command.ts";
import { leadingText, type Options } from "../options.ts";
import { type Act, type FamilyRow, family, program, tool } from "../tool.ts";

/** Makes its device empty, whatever was there. */
interface Wipe {
  readonly programs: string;
  /** Options with an argument, and those that other fields name. */
  readonly options?: string;
  /** It does so only with one of these options, and looks otherwise. */
  readonly only?: readonly string[];
  /** It only looks with one of these options. */
  readonly looks?: readonly string[];
  /** Every operand is a device; otherwise one is. */
  readonly all?: true;
}

const wipes: readonly Wipe[] = [
  // Beside a device its `-V` means verbose.
  { programs: "mkfs", options: "t,type: V v,verbose" },
  {
    programs:
      "mkfs.ext2 mkfs.ext3 mkfs.ext4 mkfs.ext4dev mke2fs mkfs.xfs mkfs.btrfs mkfs.vfat mkfs.fat mkfs.msdos mkdosfs mkfs.exfat mkexfatfs mkfs.ntfs mkntfs mkfs.f2fs mkfs.minix mkfs.bfs mkfs.cramfs mkfs.jfs mkfs.reiserfs mkreiserfs mkfs.udf mkudffs mkfs.erofs mkfs.gfs2 mkfs.ocfs2 newfs newfs_apfs newfs_hfs newfs_msdos newfs_exfat",
    options:
      "t,type: b: C: d: e: E: g: G: i: I: J: l: L,label: m,metadata: M: n,nodesize: N: o: O,features: r,rootdir: R,runtime-features: s,sectorsize: S: T: U,uuid: z: f F q v V,version c k p D K",
    looks: ["V"],
  },
  {
    programs: "wipefs",
    options: "a,all b,backup f,force n,no-act o,offset: O,output: t,types: lock:: h,help V,version",
    only: ["a", "o"],
    looks: ["n"],
    all: true,
  },
  {
    programs: "blkdiscard",
    options: "f,force o,offset: l,length: p,step: s,secure z,zeroout v,verbose h,help V,version",
  },
  {
    programs: "mkswap",
    options: "p,pagesize: L,label: v,swapversion: U,uuid: lock:: h,help V,version e: o: s: F:",
  },
  { programs: "badblocks", options: "w n s v b: c: d: e: f i: o: p: t: X B", only: ["w"] },
  {
    programs: "pvcreate pvremove vgremove",
    options:
      "f,force y,yes u,uuid: Z,zero: M,metadatatype: t,test S,select: reportformat: config: dataalignment: labelsector: bootloaderareasize: metadatasize: restorefile:",
    looks: ["t"],
    all: true,
  },
  {
    programs: "nwipe scrub",
    options:
      "m,method: p,pattern: D,dirent: S,signature R no-signature autonuke r,rounds: verify: l,logfile: prng: s,device-size:",
    all: true,
  },
  {
    programs: "hdparm",
    options:
      "security-erase: security-erase-enhanced: trim-sector-ranges: write-sector: make-bad-sector: sanitize-block-erase sanitize-crypto-scramble sanitize-overwrite: I i g t T N:: B:: S: W:: a:: user-master:",
    only: [
      "security-erase",
      "security-erase-enhanced",
      "trim-sector-ranges",
      "write-sector",
      "make-bad-sector",
      "sanitize-block-erase",
      "sanitize-crypto-scramble",
      "sanitize-overwrite",
    ],
  },
  {
    programs: "sgdisk",
    options:
      "A,attributes: a,set-alignment: b,backup: B,byte-swap-name: c,change-name: C,recompute-chs d,delete: D,display-alignment e,move-second-header g,mbrtogpt G,randomize-guids h,hybrid: i,info: j: l,load-backup: L,list-types m,gpttombr: n,new: N,largest-new: o,clear O,print-mbr p,print P,pretend r,transpose: R,replicate: s,sort S,resize-table: t,typecode: u,partition-guid: U,disk-guid: v,verify z,zap Z,zap-all",
    only: ["o", "z", "Z", "d", "g", "l", "m", "n", "N", "R", "S"],
    looks: ["P"],
    all: true,
  },
  {
    programs: "lvremove",
    options:
      "A,autobackup: f,force y,yes t,test S,select: config: reportformat: q v noudevsync nohistory",
    looks: ["t"],
    all: true,
  },
];

function wiping(row: Wipe): Command {
  return tool<string>(row.options ?? "", (act, options) => wipe(act, options, row), {
    singleDash: row.programs === "hdparm",
  });
}

function wipe(act: Act, options: Options, row: Wipe): undefined {
  const has = (names: readonly string[]): boolean => names.some((name) => options.has(name));
  const looks = has(row.looks ?? []) || (row.only !== undefined && !has(row.only));
  const devices = row.all ? options.operands : options.operands.filter(isDevice).slice(0, 1);
  const named = devices.length > 0 ? devices : options.operands.slice(-1);
  for (const device of named) {
    if (looks) act.list(device);
    else act.truncate(device);
  }
}

/** Block counts and labels may stand beside the device. */
function isDevice(word: Word): boolean {
  return word.value === undefined || /[/.]/.test(leadingText(word));
}

/** What a subcommand does to the place that its operands name. */
type Deed = "looks" | "changes" | "wipes" | "deletes" | "machine";

interface Verbs {
  readonly programs: string;
  /** Options with an argument, so that the verb and its operands are found. */
  readonly options?: string;
  /** So many operands stand before the verb. */
  readonly before?: number;
  readonly verbs: Readonly<Record<string, Deed>>;
  /** Verbs that are not listed. */
  readonly others: Deed;
  /** Which operands are places. Default: the last one. */
  readonly places?: "first" | "all" | "device";
  readonly looks?: readonly string[];
}

const verbTools: readonly Verbs[] = [
  {
    programs: "parted",
    options: "s,script a,align: l,list m,machine j,json f,fix",
    before: 1,
    verbs: {
      mklabel: "wipes",
      mktable: "wipes",
      rm: "wipes",
      rescue: "changes",
      print: "looks",
      p: "looks",
      unit: "looks",
      "align-check": "looks",
      help: "looks",
    },
    others: "changes",
    places: "device",
    looks: ["l"],
  },
  {
    programs: "cryptsetup",
    options:
      "c,cipher: h,hash: d,key-file: s,key-size: S,key-slot: o,offset: p,skip: i,iter-time: l,keyfile-size: type: label: uuid: header: header-backup-file: q,batch-mode M: token-id: sector-size: pbkdf: volume-key-file,master-key-file: new-keyfile-size: keyfile-offset: timeout,t: tries,T: priority: subsystem: integrity: b,size:",
    verbs: {
      luksFormat: "wipes",
      erase: "wipes",
      luksErase: "wipes",
      format: "wipes",
      luksKillSlot: "wipes",
      luksRemoveKey: "wipes",
      reencrypt: "changes",
      luksAddKey: "changes",
      luksChangeKey: "changes",
      luksConvertKey: "changes",
      convert: "changes",
      config: "changes",
      luksHeaderRestore: "wipes",
      luksDump: "looks",
      isLuks: "looks",
      luksUUID: "looks",
      status: "looks",
      benchmark: "looks",
      luksHeaderBackup: "looks",
    },
    others: "machine",
    places: "first",
  },
  {
    programs: "lvm",
    options: "f y t",
    verbs: {
      lvremove: "wipes",
      vgremove: "wipes",
      pvremove: "wipes",
      pvcreate: "wipes",
      lvs: "looks",
      vgs: "looks",
      pvs: "looks",
      lvdisplay: "looks",
      vgdisplay: "looks",
      pvdisplay: "looks",
      version: "looks",
      help: "looks",
      dumpconfig: "looks",
    },
    others: "machine",
    places: "all",
  },
  {
    programs: "zfs",
    options: "o: t: s: S: d: b: D: x: V: f r R n v p",
    verbs: {
      destroy: "deletes",
      rollback: "deletes",
      list: "looks",
      get: "looks",
      diff: "looks",
      holds: "looks",
      version: "looks",
      help: "looks",
      send: "looks",
    },
    others: "machine",
    looks: ["n"],
  },
  {
    programs: "zpool",
    options: "o: O: R: m: t: T: f n",
    verbs: {
      destroy: "deletes",
      labelclear: "wipes",
      create: "wipes",
      add: "wipes",
      replace: "wipes",
      attach: "wipes",
      list: "looks",
      status: "looks",
      get: "looks",
      history: "looks",
      iostat: "looks",
      events: "looks",
      version: "looks",
    },
    others: "machine",
    looks: ["n"],
  },
  {
    programs: "mdadm",
    options:
      "C,create l,level: n,raid-devices: x,spare-devices: c,config: e,metadata: N,name: b,bitmap: layout: chunk: size,z: homehost: uuid,u: zero-superblock D,detail E,examine Q,query S,stop A,assemble s,scan f r a G,grow R,run v,verbose q K",
    verbs: {},
    others: "machine",
  },
  {
    programs: "nvme",
    options: "n,namespace-id: l,lbaf: s,ses: a,sanact: f,force o,output-format: r,reset",
    verbs: {
      format: "wipes",
      sanitize: "wipes",
      "write-zeroes": "wipes",
      write: "wipes",
      dsm: "wipes",
      "delete-ns": "wipes",
      list: "looks",
      "id-ctrl": "looks",
      "id-ns": "looks",
      "smart-log": "looks",
      read: "looks",
      version: "looks",
    },
    others: "machine",
    places: "first",
  },
  {
    programs: "dmsetup",
    options: "c o,options: u: table: notable noheadings S,select: force retry",
    verbs: {
      ls: "looks",
      info: "looks",
      status: "looks",
      table: "looks",
      deps: "looks",
      targets: "looks",
      version: "looks",
    },
    others: "machine",
  },
  {
    programs: "diskutil",
    verbs: {
      eraseDisk: "wipes",
      eraseVolume: "wipes",
      reformat: "wipes",
      zeroDisk: "wipes",
      randomDisk: "wipes",
      secureErase: "wipes",
      partitionDisk: "wipes",
      list: "looks",
      info: "looks",
      activity: "looks",
    },
    others: "machine",
  },
];

function verbTool(row: Verbs): Command {
  return tool<string>(row.options ?? "", (act, options) => byVerb(act, options, row));
}

function byVerb(act: Act, options: Options, row: Verbs): undefined {
  const { operands } = options;
  const at = row.before ?? 0;
  if (row.programs === "mdadm") return mdadm(act, options);
  // parted takes several commands in one line: `mklabel gpt mkpart ...`.
  const verbs = row.places === "device" ? operands.slice(at) : operands.slice(at, at + 1);
  const deeds = verbs.flatMap((verb) => row.verbs[verb.value ?? ""] ?? []);
  const deed = strongest(deeds.length > 0 ? deeds : verbs.length > 0 ? [row.others] : ["looks"]);
  const looks = row.looks?.some((name) => options.has(name)) === true;
  for (const place of placesOf(operands, row)) perform(act, looks ? "looks" : deed, place);
}

const strength: readonly Deed[] = ["looks", "machine", "changes", "deletes", "wipes"];

function strongest(deeds: readonly Deed[]): Deed {
  return deeds.reduce((one, other) =>
    strength.indexOf(other) > strength.indexOf(one) ? other : one,
  );
}

function placesOf(operands: readonly Word[], { places, before = 0 }: Verbs): readonly Word[] {
  if (places === "device") return operands.slice(0, 1);
  const named = operands.slice(before + 1);
  if (places === "all") return named;
  return places === "first" ? named.slice(0, 1) : named.slice(-1);
}

function perform(act: Act, deed: Deed, place: Word): undefined {
  switch (deed) {
    case "looks":
      return act.inspect();
    case "machine":
      return act.execute();
    case "changes":
      return act.write(place);
    case "wipes":
      return act.truncate(place);
    case "deletes":
      // A dataset or a pool is mounted anywhere.
      return act.delete(
        { form: "unresolved", path: place.value ?? place.source },
        { recursive: true, certainty: "certain" },
      );
  }
}

function mdadm(act: Act, options: Options): undefined {
  if (options.last("D", "E", "Q") !== undefined) return act.inspect();
  const wipesAll = options.has("C") || options.has("zero-superblock");
  if (!wipesAll) return act.execute();
  for (const device of options.operands) act.truncate(device);
}

/** btrfs COMMAND SUBCOMMAND, each of which may be cut short. */
const btrfs = tool(
  "c,commit-after C,commit-each v,verbose q,quiet i,subvolid: f,force L: t: o: a",
  (act, options) => {
    const [group, verb, ...words] = options.operands;
    const name = `${group?.value ?? ""} ${verb?.value ?? ""}`;
    if (/^su\w* d/.test(name))
      for (const word of words)
        act.delete(word, { recursive: true, via: "btrfs subvolume delete" });
    else if (/^su\w* (?:c|sn)/.test(name))
      for (const word of words.slice(-1)) act.write(word, { creates: true });
    else if (
      !/^(?:su\w* (?:l|sh|get|find)|f\w* (?:df|du|sh|us)|d\w* (?:st|us)|sc\w* st|insp|ver|help)/.test(
        name,
      )
    )
      act.execute();
  },
);

/** fdisk and its kin read their commands from standard input. */
const fdisk = tool(
  "b,sector-size: B c,compatibility:: L,color:: l,list x,list-details n o,output: t,type: u,units:: s,getsz w,wipe: W,wipe-partitions: C: H: S: h,help V,version",
  (act, options) => {
    const [device] = options.operands;
    if (options.last("l", "x", "s") !== undefined || device === undefined) return;
    const commands = act.input?.split("\n").map((line) => line.trim());
    if (commands === undefined) return act.unknown("the commands that fdisk reads");
    if (!commands.some((line) => /^w/.test(line))) return act.list(device);
    if (commands.some((line) => /^[dgosG]$/.test(line))) act.truncate(device);
    else act.write(device);
  },
);

const sfdisk = tool(
  "A,activate d,dump J,json B,backup-pt-sectors g,show-geometry l,list F,list-free r,reorder s,show-size T,list-types V,verify delete part-label part-type part-uuid part-attrs disk-id relocate a,append b,backup bytes move-data:: f,force color:: lock:: N,partno: n,no-act no-reread O,backup-file: o,output: q,quiet w,wipe: W,wipe-partitions: X,label: Y,label-nested: h,help v,version",
  (act, options) => {
    const [device] = options.operands;
    if (device === undefined) return;
    if (options.last("d", "J", "g", "l", "F", "s", "T", "V", "n") !== undefined)
      return act.list(device);
    if (
      options.last("A", "part-label", "part-type", "part-uuid", "part-attrs", "disk-id", "a") !==
      undefined
    )
      return act.write(device);
    return act.truncate(device);
  },
);

const mount = tool(
  "a,all f,fake F i l,show-labels n,no-mtab o,options: O,test-opts: r,read-only v w,rw,read-write t,types: source: target: L,label: U,uuid: B,bind M,move R,rbind make-shared make-slave make-private make-unbindable N: options-mode: options-source: T,fstab:",
  (act, options) => {
    const changes = options
      .values("o")
      .map((word) => word.value ?? word.source)
      .join(",");
    const place = options.value("target") ?? options.operands.at(-1);
    if (options.has("f") || (place === undefined && !options.has("a"))) return;
    if (/(?:^|,)remount(?:,|$)/.test(changes) && place !== undefined) {
      return act.permission(place, { family: "attribute", change: changes }, { recursive: true });
    }
    return act.execute();
  },
);

/** They change the state of the machine and no file. */
const machine = program((act) => act.execute());

const losetup = tool(
  "a,all d,detach D,detach-all f,find c,set-capacity: j,associated: L o,offset: sizelimit: b,sector-size: P r,read-only direct-io:: show v J,json l,list n O,output: output-all raw h,help V,version",
  (act, options) => {
    const looks =
      options.last("a", "l", "j") !== undefined ||
      (options.operands.length === 0 && options.last("d", "D", "c") === undefined);
    return looks ? act.inspect() : act.execute();
  },
);

const blockdev = tool(
  "q v V,version h,help getsz getss getbsz getsize64 getro getra getfra getpbsz getiomin getioopt getalignoff getmaxsect getsize getdiscardzeroes getzonesz report setro setrw setbsz: setra: setfra: flushbufs rereadpt",
  (act, options) =>
    options.last("setro", "setrw", "setbsz", "setra", "setfra", "flushbufs", "rereadpt") ===
    undefined
      ? act.inspect()
      : act.execute(),
);

/** Checks and repairs write to the device unless they are told to look only. */
const check = tool(
  "n,N a p y f r t: C:: b: B: E: l: L: j: z: o: d P s A M R T V v",
  (act, options) => {
    const device = options.operands.at(-1);
    if (device === undefined) return;
    if (options.has("n")) act.list(device);
    else act.write(device);
  },
);

const debugfs = tool("w i f: R: b: s: c C D d: z: V", (act, options) => {
  const device = options.operands.at(-1);
  if (device === undefined) return;
  if (!options.has("w")) return act.read(device);
  act.write(device);
  if (
    /^\s*(?:rm|rmdir|kill_file|unlink|clri|zap_block|freei|punch)\b/.test(
      options.value("R")?.value ?? "rm",
    )
  )
    act.truncate(device, { certainty: "possible" });
});

const rows: readonly FamilyRow[] = [
  ...wipes.map((row): FamilyRow => [row.programs, wiping(row)]),
  ...verbTools.map((row): FamilyRow => [row.programs, verbTool(row)]),
];

export const disks: CommandFamily = family(
  ...rows,
  ["btrfs", btrfs],
  ["fdisk gdisk", fdisk],
  ["sfdisk", sfdisk],
  ["mount", mount],
  ["losetup", losetup],
  ["blockdev", blockdev],
  ["debugfs", debugfs],
  [
    "fsck fsck.ext2 fsck.ext3 fsck.ext4 e2fsck fsck.xfs xfs_repair fsck.btrfs fsck.vfat fsck.fat dosfsck fsck.f2fs fsck.exfat tune2fs resize2fs e2label xfs_growfs xfs_admin btrfstune fatlabel ntfsresize ntfsfix",
    check,
  ],
  [
    "umount fstrim partprobe partx kpartx cfdisk cgdisk eject udisksctl lvcreate lvextend lvreduce lvresize lvchange lvrename lvconvert vgcreate vgextend vgreduce vgchange vgrename vgcfgrestore pvmove pvchange pvresize growpart multipath iscsiadm zramctl hdiutil",
    machine,
  ],
  [
    "lvs vgs pvs lvdisplay vgdisplay pvdisplay lvscan vgscan pvscan dumpe2fs xfs_info smartctl",
    program((act) => act.inspect()),
  ],
);
