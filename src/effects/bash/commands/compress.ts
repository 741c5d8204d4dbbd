// Compressors: each replaces a file by its compressed form, unless told to keep it.

import type { CommandFamily, Word } from "../command.ts";
import type { Options } from "../options.ts";
import { type Act, type FamilyRow, family, tool } from "../tool.ts";

/** What a compressor is called, and how it departs from gzip. */
interface Compressor {
  readonly compress: string;
  readonly decompress: string;
  readonly suffix: string;
  /** Names that are removed on decompression, with what takes their place. */
  readonly stripped: readonly (readonly [suffix: string, instead: string])[];
  /** Keeps the original unless `--rm` is given. */
  readonly keeps: boolean;
  /** On decompression looks for the suffix where it is not given. */
  readonly guesses?: true;
  readonly options: readonly string[];
}

const common = [
  "c,stdout,to-stdout d,decompress,uncompress f,force k,keep l,list n,no-name N,name q,quiet",
  "r,recursive t,test,integrity v,verbose 1,fast 9,best 2 3 4 5 6 7 8 0 h,help V,version",
];

const ofGzip = [
  "L,license S,suffix: rsyncable synchronous Y,synchronous-write p,processes: b,blocksize: i,independent",
];
const ofBzip2 = ["z,compress s,small L,license p: m: b: S"];
const ofXz = [
  "z,compress S,suffix: e,extreme T,threads: C,check: F,format: M,memlimit,memory: files:: files0::",
  "single-stream no-sparse ignore-check block-size: block-list: flush-timeout: no-adjust no-warn Q",
  "robot info-memory H,long-help memlimit-compress: memlimit-decompress: lzma1:: lzma2:: x86:: delta::",
];
const ofZstd = [
  "z,compress o: rm D: trace: progress no-progress filelist: output-dir-flat: output-dir-mirror:",
  "asyncio no-asyncio check no-check ultra adapt:: long:: patch-from: T:: threads: B:: single-thread",
  "auto-threads: exclude-compressed stream-size: size-hint: format: M:: memory: sparse no-sparse",
  "pass-through no-pass-through train train-cover:: train-fastcover:: train-legacy:: maxdict: dictID:",
  "b,benchmark:: e:: i:: S:: priority: H C no-dictID compress-literals no-compress-literals rsyncable # content-size",
];
const ofLz4 = [
  "z,compress m,multiple rm B:: D: b,benchmark:: e:: i:: no-frame-crc no-crc content-size no-content-size sparse no-sparse favor-decSpeed H no-force #",
];
const ofBrotli = [
  "o,output: j,rm q,quality: w,lgwin: S,suffix: D,dictionary: C,comment: s,squash K,concatenated large_window: Z",
];
const ofLzip = [
  "o,output: s,dictionary-size: m,match-length: b,member-size: a,trailing-error S,volume-size: F,recompress n,threads: L,license z",
];

const gzip: Compressor = {
  compress: "gzip pigz zopfli",
  decompress: "gunzip unpigz",
  suffix: ".gz",
  stripped: [
    [".gz", ""],
    [".tgz", ".tar"],
    [".Z", ""],
    [".z", ""],
    [".taz", ".tar"],
    ["-gz", ""],
  ],
  keeps: false,
  guesses: true,
  options: [...common, ...ofGzip],
};

const compressors: readonly Compressor[] = [
  gzip,
  { ...gzip, compress: "compress", decompress: "uncompress", suffix: ".Z" },
  {
    compress: "bzip2 pbzip2 lbzip2",
    decompress: "bunzip2 pbunzip2 lbunzip2",
    suffix: ".bz2",
    stripped: [
      [".bz2", ""],
      [".bz", ""],
      [".tbz2", ".tar"],
      [".tbz", ".tar"],
    ],
    keeps: false,
    options: [...common, ...ofBzip2],
  },
  {
    compress: "xz pixz pxz",
    decompress: "unxz",
    suffix: ".xz",
    stripped: [
      [".xz", ""],
      [".txz", ".tar"],
      [".lzma", ""],
      [".tlz", ".tar"],
    ],
    keeps: false,
    options: [...common, ...ofXz],
  },
  {
    compress: "lzma",
    decompress: "unlzma",
    suffix: ".lzma",
    stripped: [
      [".lzma", ""],
      [".tlz", ".tar"],
    ],
    keeps: false,
    options: [...common, ...ofXz],
  },
  {
    compress: "zstd zstdmt pzstd",
    decompress: "unzstd",
    suffix: ".zst",
    stripped: [
      [".zst", ""],
      [".tzst", ".tar"],
    ],
    keeps: true,
    options: [...common, ...ofZstd],
  },
  {
    compress: "lz4",
    decompress: "unlz4",
    suffix: ".lz4",
    stripped: [[".lz4", ""]],
    keeps: true,
    options: [...common, ...ofLz4],
  },
  {
    compress: "brotli",
    decompress: "unbrotli",
    suffix: ".br",
    stripped: [[".br", ""]],
    keeps: true,
    options: [...common, ...ofBrotli],
  },
  {
    compress: "lzip plzip clzip",
    decompress: "lunzip",
    suffix: ".lz",
    stripped: [
      [".lz", ""],
      [".tlz", ".tar"],
    ],
    keeps: false,
    options: [...common, ...ofLzip],
  },
  {
    compress: "lzop",
    decompress: "unlzop",
    suffix: ".lzo",
    stripped: [
      [".lzo", ""],
      [".tzo", ".tar"],
    ],
    keeps: true,
    options: [
      ...common,
      "x,extract U,unlink,delete,rm o,output: p,path:: S,suffix: P T,threads: i,info I",
    ],
  },
];

type CompressorOptions = Options<string>;

function compressor(kind: Compressor, decompresses: boolean) {
  return tool<string>(
    kind.options,
    (act, options) => {
      const lists = ["files", "files0", "filelist"].flatMap((name) => options.values(name));
      for (const list of lists) {
        act.read(list);
        const names = { form: "unresolved", path: `names in ${list.source}` } as const;
        if (!keeps(kind, options)) act.delete(names);
      }
      const unpacks = isUnpacking(options, decompresses);
      for (const operand of options.operands) {
        if (operand.value === "-") continue;
        const file = unpacks ? packed(act, operand, kind, options) : operand;
        act.read(file, { recursive: options.has("r") });
        if (!looks(options)) replace(act, file, kind, options, unpacks);
      }
    },
    { mild: true },
  );
}

function isUnpacking(options: CompressorOptions, usual: boolean): boolean {
  const last = options.last("d", "z", "x");
  return last === undefined ? usual : last !== "z";
}

/** gunzip looks for `file.gz` where it is told `file`. */
function packed(act: Act, file: Word, kind: Compressor, options: CompressorOptions): Word {
  const name = file.value;
  const plain = name !== undefined && !kind.stripped.some(([end]) => name.endsWith(end));
  const guesses = kind.guesses === true && plain && !options.has("S") && !options.has("r");
  return guesses ? act.scope.word(`${name}${kind.suffix}`) : file;
}

function looks(options: CompressorOptions): boolean {
  return options.last("c", "l", "t", "benchmark", "info") !== undefined;
}

function keeps(kind: Compressor, options: CompressorOptions): boolean {
  const removes = options.last("rm", "k", "U", "j");
  return removes === undefined ? kind.keeps : removes === "k" || looks(options);
}

function replace(
  act: Act,
  file: Word,
  kind: Compressor,
  options: CompressorOptions,
  unpacks: boolean,
): void {
  const recursive = options.has("r");
  const to = options.value("o") ?? resultOf(act, file, kind, options, unpacks);
  if (recursive || to === undefined) act.write(file, { recursive, certainty: "possible" });
  else if (options.has("f")) act.overwrite(to);
  else act.write(to);
  if (!keeps(kind, options))
    act.delete(file, { recursive, ...(recursive ? { certainty: "possible" } : {}) });
}

/** The name that takes the place of the file; undefined where that is not known. */
function resultOf(
  act: Act,
  file: Word,
  kind: Compressor,
  options: CompressorOptions,
  unpacks: boolean,
): Word | undefined {
  const name = file.value;
  const folder = options.value("output-dir-flat");
  if (folder !== undefined) return folder;
  if (name === undefined) return undefined;
  const suffix = options.value("S")?.value ?? kind.suffix;
  if (!unpacks) return act.scope.word(`${name}${suffix.startsWith(".") ? "" : "."}${suffix}`);
  const stripped = [[suffix, ""] as const, ...kind.stripped].find(([end]) => name.endsWith(end));
  return stripped && act.scope.word(`${name.slice(0, -stripped[0].length)}${stripped[1]}`);
}

/** gzexe replaces programs by ones that unpack themselves, and keeps `file~`. */
const gzexe = tool(
  "d",
  (act, { operands }) => {
    for (const file of operands) {
      act.move(file, act.scope.word(`${file.value ?? file.source}~`));
      act.write(file);
    }
  },
  { mild: true },
);

const rows = compressors.flatMap((kind): readonly FamilyRow[] => [
  [kind.compress, compressor(kind, false)],
  [kind.decompress, compressor(kind, true)],
]);

export const compress: CommandFamily = family(...rows, ["gzexe", gzexe]);
